"""Laws of the free path by their names: those built in, those of installed packages, and those missing here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.config.free_path import (
    BUILT_IN,
    ErlangPath,
    ExponentialPath,
    FixedPath,
    FreePathLaw,
)
from eddysky.simulator.config.free_path_check import check_law
from eddysky.simulator.errors import InputError

__all__ = ["MissingPath", "free_path_law", "installed_law"]

Array = NDArray[np.float64]

# Group of entry points under which installed packages give laws a name: a class, called with its parameters.
ENTRY_POINTS = "eddysky.free_paths"


class MissingPath(FreePathLaw):
    """A law of a results file that is not installed here: it can be compared and written, but not used.

    Parameters
    ----------
    name, version, parameters
        Of the law.
    reason
        Why it is missing.
    """

    def __init__(self, name: str, version: str, parameters: Mapping[str, Any], reason: str) -> None:
        # As the law itself, they belong to the object and not to its class.
        self.__dict__.update(name=name, version=version, given=dict(parameters), reason=reason)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As the file says."""
        given: dict[str, Any] = self.__dict__["given"]
        return given

    def __eq__(self, other: object) -> bool:
        names = ("name", "version", "parameters")
        return isinstance(other, MissingPath) and all(
            getattr(self, name) == getattr(other, name) for name in names
        )

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def quantile(self, probability: ArrayLike) -> Array:
        """Refuse."""
        raise self.missing()

    def characteristic(self, q: ArrayLike) -> NDArray[np.complex128]:
        """Refuse."""
        raise self.missing()

    def missing(self) -> InputError:
        """What to do about it."""
        return InputError(
            f"transport.free_path = {self.name!r}: not installed here ({self.__dict__['reason']}); install it as an "
            f"entry point {ENTRY_POINTS!r}, or give the law itself: "
            'config.replace({"transport.free_path": law})'
        )


def free_path_law(free_path: str | FreePathLaw, order: int = 1) -> FreePathLaw:
    """Law of this name.

    Parameters
    ----------
    free_path
        "fixed", "exponential", "erlang", or the name of an installed law (`ENTRY_POINTS`) that needs no parameters;
        or a law, which is given back.
    order
        Of the Erlang law.

    Returns
    -------
    FreePathLaw

    Raises
    ------
    ValueError
        If there is no such law, or an order is given to a law that has none.

    Examples
    --------
    >>> free_path_law("erlang", 4).characteristic(0.0)
    array(1.+0.j)
    """
    if free_path == "erlang":
        return ErlangPath(order)
    if order != 1:
        name = free_path if isinstance(free_path, str) else free_path.name
        raise ValueError(f'Erlang order {order} has no meaning for the free path law "{name}"')
    if isinstance(free_path, FreePathLaw):
        return free_path
    built_in = {"fixed": FixedPath, "exponential": ExponentialPath}
    return built_in[free_path]() if free_path in built_in else installed_law(free_path, None, {})


def installed_law(name: str, version: str | None, parameters: Mapping[str, Any]) -> FreePathLaw:
    """Law of an installed package; a `MissingPath` where a version is wanted that cannot be had.

    Raises
    ------
    InputError
        If it is not a law, or cannot be had and no version is named.
    """
    found = entry_points(group=ENTRY_POINTS, name=name)
    if not found:
        if version is not None:
            return MissingPath(name, version, parameters, "no package has it")
        names = [*BUILT_IN, *sorted(entry_points(group=ENTRY_POINTS).names)]
        raise InputError(f"no free-path law {name!r}; allowed are {', '.join(map(repr, names))}")
    try:
        law = next(iter(found)).load()(**parameters)
    except Exception as error:
        # Whatever is wrong with code that is not ours, it is not a fault of ours.
        reason = f"{next(iter(found)).value} cannot be used: {type(error).__name__}: {error}"
        if version is not None:
            return MissingPath(name, version, parameters, reason)
        raise InputError(f"{name!r}: {reason}") from None
    check_law(law)
    if law.name != name:
        raise InputError(f"{name!r}: its entry point gives the law {law.name!r}")
    if version is not None and law.version != version:
        return MissingPath(
            name, version, parameters, f"version {version}; installed is {law.version}"
        )
    checked: FreePathLaw = law
    return checked
