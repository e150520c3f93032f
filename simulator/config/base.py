"""Base class of the sections of a configuration, and the types of their plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, NoReturn

import numpy as np
from astropy import units
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from eddysky.simulator.config.messages import error_message
from eddysky.simulator.errors import InputError

__all__ = ["Count", "Number", "Section", "plain", "shown"]

# Longer lists of numbers are cut when shown.
LONGEST_LIST = 4


def plain(given: Any) -> Any:
    """Convert NumPy scalars and arrays to Python numbers and lists, and array Quantities to lists of Quantities."""
    if isinstance(given, units.Quantity):
        return given if given.isscalar else [plain(part) for part in given]
    return given.tolist() if isinstance(given, np.ndarray | np.generic) else given


# Strict: true, "4096" and 4096.0 are not accepted as counts.
Count = Annotated[int, BeforeValidator(plain), Field(strict=True)]
Number = Annotated[float, BeforeValidator(plain), Field(strict=True)]


class Section(BaseModel):
    """Base class of all sections: immutable, without unknown keys or NaN.

    Sections compare by value and are hashable; `repr` lists the keys that differ from the defaults.

    Raises
    ------
    InputError
        If a key is unknown or its value is not allowed: names the key, the value and what is allowed.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )

    # Name of the section in TOML; empty for the whole configuration.
    section: ClassVar[str] = ""

    def __init__(self, /, **values: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(values, self_instance=self)
        except ValidationError as error:
            raise InputError(error_message(error, type(self), self.section)) from None

    # Pydantic's mark of its own __init__: nested sections are then validated in the context of the configuration.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise InputError(
            f"{name} = {value!r}: a configuration does not change; Config.replace returns a changed copy"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise InputError(
            f"{name}: a configuration does not change; Config.replace gives a changed copy"
        )

    def changed(self) -> dict[str, Any]:
        """Keys and values that differ from the defaults, with units, as written in TOML."""
        given = self.model_dump(mode="json", exclude_none=True)
        defaults = type(self)().model_dump(mode="json", exclude_none=True)
        return {key: value for key, value in given.items() if value != defaults.get(key)}

    def __repr__(self) -> str:
        values = (f"{key}={shown(value)}" for key, value in self.changed().items())
        return f"{type(self).__name__}({', '.join(values)})"

    __str__ = __repr__


def shown(value: Any, quote: Callable[[Any], str] = repr) -> str:
    """Format a value with long lists abbreviated; `quote` formats the scalars."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {shown(part, quote)}' for key, part in value.items())}}}"
    if isinstance(value, list) and len(value) > LONGEST_LIST:
        return f"[{value[0]!r}, {value[1]!r}, ... {len(value)} values]"
    if isinstance(value, list):
        return f"[{', '.join(shown(part, quote) for part in value)}]"
    return quote(value)
