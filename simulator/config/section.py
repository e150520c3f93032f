"""What all sections of a configuration have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, NoReturn

import numpy as np
from astropy import units
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from eddysky.simulator.config.complaints import complaint
from eddysky.simulator.errors import InputError

__all__ = ["Count", "Number", "Section", "plain", "shown"]

# Longer lists of numbers are cut when shown.
LONGEST_LIST = 4


def plain(given: Any) -> Any:
    """Value as TOML would give it: NumPy's numbers and arrays become Python's, arrays of quantities become lists."""
    if isinstance(given, units.Quantity):
        return given if given.isscalar else [plain(part) for part in given]
    return given.tolist() if isinstance(given, np.ndarray | np.generic) else given


# A number must be a number: TOML's true, "4096" and 4096.0 are not counts.
Count = Annotated[int, BeforeValidator(plain), Field(strict=True)]
Number = Annotated[float, BeforeValidator(plain), Field(strict=True)]


class Section(BaseModel):
    """Settings shared by all sections: immutable, no unknown keys, no NaN.

    Sections are compared by value, can be keys of a dictionary, and say with `repr` what differs from the defaults.

    Raises
    ------
    InputError
        If a key is unknown or its value is impossible: names the key, the value and what is allowed.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )

    # Key of the section in a configuration; empty for the configuration as a whole.
    section: ClassVar[str] = ""

    def __init__(self, /, **values: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(values, self_instance=self)
        except ValidationError as error:
            raise InputError(complaint(error, type(self), self.section)) from None

    # As pydantic marks its own: sections inside a configuration are validated with it, in its context.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise InputError(
            f"{name} = {value!r}: a configuration does not change; Config.replace gives a changed copy"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise InputError(
            f"{name}: a configuration does not change; Config.replace gives a changed copy"
        )

    def changed(self) -> dict[str, Any]:
        """Keys whose values differ from the defaults, with their units, as TOML has them."""
        given = self.model_dump(mode="json", exclude_none=True)
        defaults = type(self)().model_dump(mode="json", exclude_none=True)
        return {key: value for key, value in given.items() if value != defaults.get(key)}

    def __repr__(self) -> str:
        values = (f"{key}={shown(value)}" for key, value in self.changed().items())
        return f"{type(self).__name__}({', '.join(values)})"

    __str__ = __repr__


def shown(value: Any, quote: Callable[[Any], str] = repr) -> str:
    """Text of a value in which tables of numbers are cut; `quote` makes that of what is no list or dictionary."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {shown(part, quote)}' for key, part in value.items())}}}"
    if isinstance(value, list) and len(value) > LONGEST_LIST:
        return f"[{value[0]!r}, {value[1]!r}, ... {len(value)} values]"
    if isinstance(value, list):
        return f"[{', '.join(shown(part, quote) for part in value)}]"
    return quote(value)
