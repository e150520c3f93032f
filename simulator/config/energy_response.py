"""Energy response of a detector and mass composition: the rigidities of the particles that make one sky.

A sky of median energy E_med is a mean over the energies E that the detector mixes, and over charges Z. Rigidity
decides: with y = ln(E/E_med) − ln Z, the mean free path is λ e^((2−γ_g) y) and the Larmor radius r_L e^y. The flow is
the same at all of them, so that every a_ℓm is averaged, and not C_ℓ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.config.spectrum import natural_log

__all__ = ["Composition", "EnergyResponse", "LogNormalResponse", "ResponseTable", "Rigidities"]

Array = NDArray[np.float64]

# A log-normal response ends where 1e-12 of the particles lie beyond, half of them on either side.
REACH = 7.131


class EnergyResponse(Protocol):
    """Distribution of x = ln(E/E_med)."""

    @property
    def low(self) -> float:
        """Where the distribution begins."""

    @property
    def high(self) -> float:
        """Where it ends."""

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Values of x inside (low, high) at which the density has a kink, ascending."""

    @property
    def words(self) -> str:
        """The response in words, for titles."""

    def density(self, x: ArrayLike) -> Array:
        """Probability per unit of x, of the shape of x; zero or negligible outside."""

    def quantile(self, probability: ArrayLike) -> Array:
        """Values of x below which a particle lies with these probabilities, inside (0, 1)."""


@dataclass(frozen=True, slots=True)
class LogNormalResponse:
    """Normal distribution of x = ln(E/E_med) about zero.

    Parameters
    ----------
    width
        Its standard deviation, above 0.
    """

    width: float

    @property
    def low(self) -> float:
        """Value of x below which 5e-13 of the particles lie."""
        return -REACH * self.width

    @property
    def high(self) -> float:
        """Value of x above which as many lie."""
        return REACH * self.width

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """None."""
        return ()

    @property
    def words(self) -> str:
        """With its width."""
        return rf"$\sigma$(ln E) = {self.width:.3g}"

    def density(self, x: ArrayLike) -> Array:
        """Gaussian of this width."""
        scaled = np.asarray(x, dtype=np.float64) / self.width
        return np.float_power(math.e, -0.5 * scaled**2) / (self.width * math.sqrt(2 * math.pi))

    def quantile(self, probability: ArrayLike) -> Array:
        """Inverse of the normal distribution."""
        from scipy.special import ndtri

        return np.asarray(self.width * ndtri(probability))


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """Table of the response per unit of ln E, interpolated linearly in ln E and zero outside.

    Parameters
    ----------
    energies
        E/E_med, ascending.
    values
        Response, of any normalisation.
    """

    energies: tuple[float, ...]
    values: tuple[float, ...]
    # Kept, as each of thousands of averages needs them: ln of the energies, and the integral of the values up to each.
    places: Array = field(init=False, repr=False, compare=False)
    _below: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places, values = natural_log(self.energies), np.array(self.values)
        steps = 0.5 * (values[1:] + values[:-1]) * np.diff(places)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "_below", np.cumsum(np.append(0.0, steps)))

    @property
    def low(self) -> float:
        """The first row."""
        return float(self.places[0])

    @property
    def high(self) -> float:
        """The last."""
        return float(self.places[-1])

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The rows between."""
        return tuple(self.places[1:-1].tolist())

    @property
    def words(self) -> str:
        """With its ends."""
        return (
            f"response of a table from {self.energies[0]:.3g} to {self.energies[-1]:.3g} times that"
        )

    def density(self, x: ArrayLike) -> Array:
        """The response, normalised to one."""
        found = np.interp(np.asarray(x), self.places, self.values, left=0.0, right=0.0)
        return np.asarray(found / self._below[-1])

    def quantile(self, probability: ArrayLike) -> Array:
        """Inverse of the distribution function, which is quadratic between rows."""
        x, values, below = self.places, np.array(self.values), self._below
        wanted = np.asarray(probability) * below[-1]
        row = np.clip(np.searchsorted(below, wanted) - 1, 0, len(x) - 2)
        slope = (values[row + 1] - values[row]) / (x[row + 1] - x[row])
        rest = wanted - below[row]
        root = np.sqrt(np.maximum(values[row] ** 2 + 2 * slope * rest, 0.0))
        step = 2 * rest / np.maximum(values[row] + root, np.finfo(np.float64).tiny)
        return np.asarray(np.minimum(x[row] + step, x[row + 1]))


@dataclass(frozen=True, slots=True)
class Composition:
    """Charges of the nuclei and their parts of the particles, at the same energies.

    Parameters
    ----------
    charges
        Z, ascending.
    fractions
        Parts of the particles, of sum one.
    """

    charges: tuple[int, ...]
    fractions: tuple[float, ...]

    @property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """For each charge −ln Z and the fraction of its particles, as `Rigidities` has them."""
        total = math.fsum(self.fractions)
        both = zip(self.charges, self.fractions, strict=True)
        return tuple((0.0 - math.log(charge), fraction / total) for charge, fraction in both)

    @property
    def words(self) -> str:
        """The charges with their parts."""
        parts = zip(self.charges, self.fractions, strict=True)
        return " + ".join(f"{part:.3g} of charge {charge}" for charge, part in parts)


@dataclass(frozen=True, slots=True)
class Rigidities:
    """Distribution of y = ln(rigidity/E_med), rigidity = E/Z, of the particles of one sky.

    Parameters
    ----------
    parts
        For each charge −ln Z and the fraction of its particles.
    response
        Distribution of x = y + ln Z, the same for all charges; None: all particles have x = 0.

    Examples
    --------
    >>> from eddysky.simulator.config import Config
    >>> Config().rigidities is None
    True
    >>> rays = {"composition": {"charges": [1, 2], "fractions": [0.75, 0.25]}}
    >>> Config(cosmic_rays=rays).rigidities.quantile([0.5, 0.9])
    array([ 0.        , -0.69314718])
    """

    parts: tuple[tuple[float, float], ...]
    response: EnergyResponse | None

    @property
    def low(self) -> float:
        """Lowest y."""
        return min(shift for shift, _ in self.parts) + (self.response.low if self.response else 0)

    @property
    def high(self) -> float:
        """Highest y."""
        return max(shift for shift, _ in self.parts) + (self.response.high if self.response else 0)

    def path_range(self, exponent: float) -> tuple[float, float]:
        """Shortest and longest mean free path over that of y = 0, both e^(ay) with a = `exponent`."""
        low, high = sorted((exponent * self.low, exponent * self.high))
        return math.exp(low), math.exp(high)

    @property
    def nearly_lowest(self) -> float:
        """Value of y below which at most 1e-4 of the particles of any charge lie."""
        smallest = 0.0 if self.response is None else float(self.response.quantile(1e-4))
        return min(shift for shift, _ in self.parts) + smallest

    def quantile(self, probability: ArrayLike) -> Array:
        """Values of y for uniform deviates inside (0, 1): ascending for each charge, one charge after the other."""
        deviates = np.asarray(probability, dtype=np.float64)
        shifts, fractions = (np.array(part) for part in zip(*self.parts, strict=True))
        ends = np.cumsum(fractions)
        part = np.minimum(np.searchsorted(ends, deviates), len(ends) - 1)
        if self.response is None:
            return np.asarray(shifts[part])
        inside = (deviates - (ends - fractions)[part]) / fractions[part]
        # Rounding must not give 0 or 1, whose quantiles are infinite.
        tiny = 2.0**-53
        return np.asarray(shifts[part] + self.response.quantile(np.clip(inside, tiny, 1 - tiny)))
