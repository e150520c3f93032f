"""Laws of the free path s between two scatterings, in units of the mean free path.

A law of one's own is a subclass of `FreePathLaw` with a name, its quantiles and its characteristic function; simulation
and prediction need nothing else. `fixed` is the mean-free-path step of ZL24 and ZL25, `exponential` that of BGK
relaxation, and `erlang` of order q, the sum of q exponentials, lies between.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.errors import InputError

__all__ = [
    "BUILT_IN",
    "ENTRY_POINTS",
    "ErlangPath",
    "ExponentialPath",
    "FixedPath",
    "FreePathLaw",
    "MissingPath",
    "check_law",
    "free_path_law",
    "installed_law",
]

Array = NDArray[np.float64]

# Group of entry points under which installed packages give laws a name: a class, called with its parameters.
ENTRY_POINTS = "eddysky.free_paths"
# Names of the laws below.
BUILT_IN = ("fixed", "exponential", "erlang")
# Equally likely paths that stand for a law where its digits do not matter.
SAMPLES = 4096
# Mean and characteristic function of a law may differ from those of its quantiles by this.
TOLERANCE = 1e-6
# Where the quantiles are looked at, besides the middle: as near to 0 and 1 as random deviates come in practice.
TAILS = 10.0 ** -np.arange(4, 16)
# Where the characteristic functions are compared.
WAVENUMBERS = (0.3, 1.0, 3.0)


class FreePathLaw(ABC):
    """Distribution of the free path s ≥ 0 in mean free paths: ⟨s⟩ = 1.

    Subclasses give `name`, `quantile` and `characteristic`. A law is never changed, and two laws of the same parameters
    are equal: a frozen dataclass is both.

    Attributes
    ----------
    name
        What configurations and results files call it.
    version
        To be changed with the law, so that results of the former law are not continued.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class UniformPath(FreePathLaw):
    ...     width: float
    ...     name = "uniform"
    ...
    ...     def quantile(self, probability):
    ...         return 1 + self.width * (np.asarray(probability) - 0.5)
    ...
    ...     def characteristic(self, q):
    ...         q = np.asarray(q)
    ...         return np.exp(1j * q) * np.sinc(self.width * q / (2 * np.pi))
    """

    name: ClassVar[str]
    version: ClassVar[str] = "1"

    @abstractmethod
    def quantile(self, probability: ArrayLike) -> Array:
        """Free paths below which a path lies with these probabilities, the inverse of the distribution function.

        Parameters
        ----------
        probability
            Inside (0, 1), shape (n,). Random paths are the quantiles of uniform deviates.

        Returns
        -------
        ndarray
            s ≥ 0 [mean free paths], shape (n,), not decreasing with the probability.
        """

    @abstractmethod
    def characteristic(self, q: ArrayLike) -> NDArray[np.complex128]:
        """Characteristic function ⟨e^(iqs)⟩.

        Parameters
        ----------
        q
            Wavenumber times mean free path, real, of any shape.

        Returns
        -------
        ndarray
            Complex, of the same shape.
        """

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What tells this law from others of its name, for the configuration: numbers, words, lists of them.

        The fields of a dataclass or else the attributes of the object. An entry point is called with them.
        """
        if dataclasses.is_dataclass(self):
            return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.init}
        return vars(self)

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of s, near enough to choose cells of stratified sampling."""
        return float(np.std(self.quantile((np.arange(SAMPLES) + 0.5) / SAMPLES)))

    @property
    def words(self) -> str:
        """The law in words, for titles."""
        return f"{self.name} paths"


@dataclasses.dataclass(frozen=True)
class FixedPath(FreePathLaw):
    """Every path is one mean free path long (ZL24, ZL25)."""

    name = "fixed"

    def quantile(self, probability: ArrayLike) -> Array:
        """One for all."""
        return np.ones_like(probability, dtype=np.float64)

    def characteristic(self, q: ArrayLike) -> NDArray[np.complex128]:
        """e^(iq)."""
        return np.asarray(np.exp(1j * np.asarray(q)))

    @property
    def standard_deviation(self) -> float:
        """None."""
        return 0.0


@dataclasses.dataclass(frozen=True)
class ErlangPath(FreePathLaw):
    """Sum of `order` exponentials of mean 1/order.

    Parameters
    ----------
    order
        Their number, 1 or more.

    Raises
    ------
    ValueError
        If it is not a whole number, or below 1.
    """

    order: int
    name = "erlang"

    def __post_init__(self) -> None:
        if self.order != int(self.order) or self.order < 1:
            raise ValueError(f"Erlang order must be a positive integer, got {self.order}")

    def quantile(self, probability: ArrayLike) -> Array:
        """−ln(1 − p) for one exponential, else the inverse of the incomplete gamma function."""
        if self.order == 1:
            return np.asarray(-np.log1p(-np.asarray(probability)))
        from scipy.special import gammaincinv

        return np.asarray(gammaincinv(self.order, probability) / self.order)

    def characteristic(self, q: ArrayLike) -> NDArray[np.complex128]:
        """(1 − iq/n)^(−n)."""
        return np.asarray((1 - 1j * np.asarray(q) / self.order) ** -float(self.order))

    @property
    def standard_deviation(self) -> float:
        """1/√n."""
        return 1 / math.sqrt(self.order)

    @property
    def words(self) -> str:
        """With its order."""
        return f"Erlang paths of order {self.order}"


@dataclasses.dataclass(frozen=True)
class ExponentialPath(ErlangPath):
    """The law of BGK relaxation: scatterings are independent of each other."""

    order: int = dataclasses.field(default=1, init=False)
    name = "exponential"

    @property
    def words(self) -> str:
        """By its own name."""
        return "exponential paths"


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
    from importlib.metadata import entry_points

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


def check_law(law: Any) -> None:
    """Refuse what is not a law of the free path, or whose functions do not fit each other.

    The quantiles must be finite, not negative and not decreasing from 1e-15 to 1 − 1e-15. Their mean must be 1, and
    their characteristic function that of the law at q = 0, 0.3, 1 and 3, each within 1e-6. The averages over quantiles
    are adaptive quadratures of both halves of (0, 1), which resolve jumps and tails to 1e-8; beyond 1 − 1e-16, where
    numbers end, tails of a finite variance hold about 1e-8 of the mean.

    Raises
    ------
    InputError
        Says what is wrong.
    """
    if not isinstance(law, FreePathLaw):
        raise InputError(
            "must be the name of a law, a table with name and parameters, or a FreePathLaw"
        )
    try:
        hash(law)
    except TypeError:
        raise InputError("must be hashable, such as a frozen dataclass") from None
    for key in ("name", "version"):
        if not isinstance(getattr(law, key, None), str) or not getattr(law, key):
            raise InputError(f"its {key} must be a text")
    if law.name in BUILT_IN and not isinstance(law, FixedPath | ErlangPath):
        raise InputError(f"its name {law.name!r} is that of a built-in law")
    problem = _mismatch(law)
    if problem is not None:
        raise InputError(f"{law.name!r}: {problem}")


@lru_cache(maxsize=64)
def _mismatch(law: FreePathLaw) -> str | None:
    """What is wrong with the functions of a law, in words."""
    middle = (np.arange(SAMPLES) + 0.5) / SAMPLES
    probability = np.concatenate([TAILS[::-1], middle, 1 - TAILS])
    probability.sort()
    try:
        paths = np.asarray(law.quantile(probability), dtype=np.float64)
        values = np.asarray(law.characteristic(np.array([0.0, *WAVENUMBERS])), np.complex128)
    except Exception as error:
        # As where laws are loaded.
        return f"cannot be evaluated: {type(error).__name__}: {error}"
    if paths.shape != probability.shape or values.shape != (1 + len(WAVENUMBERS),):
        return "quantile and characteristic must take arrays (n,) to arrays (n,)"
    if not np.all(np.isfinite(paths)) or np.any(paths < 0):
        return "quantile must be finite and not negative between 0 and 1"
    if np.any(np.diff(paths) < 0):
        return "quantile must not decrease"
    averages = [
        _average(law, lambda s: s),
        *(_average(law, lambda s, q=q: np.cos(q * s)) for q in WAVENUMBERS),
        *(_average(law, lambda s, q=q: np.sin(q * s)) for q in WAVENUMBERS),
    ]
    if not abs(averages[0] - 1) <= TOLERANCE:
        return f"the mean of its quantiles is {averages[0]:.8g}; must be 1 within {TOLERANCE:g}"
    count = len(WAVENUMBERS)
    expected = [1, *(np.array(averages[1 : count + 1]) + 1j * np.array(averages[count + 1 :]))]
    for q, value, wanted in zip((0.0, *WAVENUMBERS), values, expected, strict=True):
        if not abs(value - wanted) <= TOLERANCE:
            return (
                f"characteristic({q:g}) is {value:.8g}; must be {wanted:.8g}, the mean of e^(iqs), "
                f"within {TOLERANCE:g}"
            )
    return None


def _average(law: FreePathLaw, function: Any) -> float:
    """Mean of a function of the free path, by adaptive quadrature over the quantiles."""
    from scipy.integrate import quad

    def integrand(probability: float) -> float:
        return float(function(law.quantile(np.array([probability]))[0]))

    halves = ((0.0, 0.5), (0.5, 1.0))
    return float(
        sum(
            quad(integrand, *half, epsabs=1e-8, epsrel=0, limit=100, full_output=1)[0]
            for half in halves
        )
    )
