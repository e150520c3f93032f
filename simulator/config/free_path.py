"""Laws of the free path s between two scatterings, in units of the mean free path.

A user-defined law is a subclass of `FreePathLaw` with a name, its quantiles and its characteristic function; simulation
and prediction need nothing else. `fixed` is the mean-free-path step of ZL24 and ZL25, `exponential` that of BGK
relaxation, and `erlang` of order q, the sum of q exponentials, lies between.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BUILT_IN",
    "ErlangPath",
    "ExponentialPath",
    "FixedPath",
    "FreePathLaw",
]

Array = NDArray[np.float64]

# Names of the laws below.
BUILT_IN = ("fixed", "exponential", "erlang")
# Equally likely paths that stand for a law where its digits do not matter.
SAMPLES = 4096


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
        """Zero."""
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
        from scipy.special import gammaincinv, log1p

        if self.order == 1:
            # SciPy's rounds alike on any processor.
            return np.asarray(-log1p(-np.asarray(probability)))
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
