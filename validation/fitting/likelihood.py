"""How a measured C_ℓ scatters about its expectation: likelihoods of a spectrum, and how good a fit is.

`Gaussian` takes the errors as given. `CosmicVariance` is the exact likelihood of a Gaussian sky: ν Ĉ_ℓ/C_ℓ is a χ²
with ν degrees of freedom, 2ℓ+1 in general and one where m = 0 alone carries power, times the number of skies averaged.
Far from normal at small ν, it needs no errors: the expectation itself sets the scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = ["CosmicVariance", "Gaussian", "Goodness", "Likelihood"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Goodness:
    """How well a model fits.

    Parameters
    ----------
    statistic
        −2 ln L above that of a model that meets every point: χ² for a Gaussian.
    dof
        Multipoles less fitted parameters.
    expected
        Mean of the statistic for a true model.
    p_value
        Probability of a larger statistic.
    """

    statistic: float
    dof: int
    expected: float
    p_value: float


class Likelihood(Protocol):
    """Probability of a measured spectrum, given what is expected of it."""

    @property
    def name(self) -> str:
        """What the command line calls it."""
        ...

    @property
    def saturated(self) -> float:
        """−2 ln L where the expectation is what was measured."""
        ...

    def statistic(self, expected: Array) -> float:
        """−2 ln L above `saturated`, for expectations (n,)."""
        ...

    def goodness(self, expected: Array, fitted: int) -> Goodness:
        """How good the fit of so many parameters is."""
        ...

    def deviates(self, expected: Array) -> Array:
        """Measured values as standard normal deviates (n,)."""
        ...

    def information(self, expected: Array) -> Array:
        """Inverse variance of the measured values (n,)."""
        ...

    def scatter(self, expected: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of what may be measured, each (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Independent normal errors, known beforehand.

    Parameters
    ----------
    measured
        Ĉ_ℓ, shape (n,).
    error
        Standard errors, shape (n,).
    """

    measured: Array
    error: Array

    @property
    def name(self) -> str:
        """What the command line calls it."""
        return "gaussian"

    @property
    def saturated(self) -> float:
        """−2 ln L where the expectation is what was measured."""
        return float(np.sum(2 * np.log(self.error))) + len(self.error) * math.log(2 * math.pi)

    def statistic(self, expected: Array) -> float:
        """χ²."""
        return float(np.sum(self.deviates(expected) ** 2))

    def goodness(self, expected: Array, fitted: int) -> Goodness:
        """χ² for n less the fitted parameters degrees of freedom."""
        chi2, dof = self.statistic(expected), len(self.measured) - fitted
        return Goodness(chi2, dof, float(dof), float(stats.chi2.sf(chi2, dof)))

    def deviates(self, expected: Array) -> Array:
        """(measured − expected)/error."""
        return (self.measured - expected) / self.error

    def information(self, expected: Array) -> Array:
        """1/error², whatever is expected."""
        return 1 / self.error**2

    def scatter(self, expected: Array) -> tuple[Array, Array]:
        """One error to either side."""
        return expected - self.error, expected + self.error


@dataclass(frozen=True, slots=True)
class CosmicVariance:
    """Exact likelihood of the power of a Gaussian sky: ν Ĉ/C is a χ² with ν degrees of freedom.

    Parameters
    ----------
    measured
        Ĉ_ℓ > 0, shape (n,).
    freedom
        ν, shape (n,).
    """

    measured: Array
    freedom: Array

    @property
    def name(self) -> str:
        """What the command line calls it."""
        return "cosmic-variance"

    @property
    def saturated(self) -> float:
        """−2 ln L where the expectation is what was measured.

        The density of Ĉ is (ν/2C)^(ν/2) Ĉ^(ν/2−1) e^(−νĈ/2C) / Γ(ν/2).
        """
        half = self.freedom / 2
        logarithm = half * np.log(half) - special.gammaln(half) - half - np.log(self.measured)
        return float(-2 * np.sum(logarithm))

    def statistic(self, expected: Array) -> float:
        """Deviance Σ ν (r − 1 − ln r), r = Ĉ/C."""
        ratio = self.measured / expected
        return float(np.sum(self.freedom * (ratio - 1 - np.log(ratio))))

    def goodness(self, expected: Array, fitted: int) -> Goodness:
        """Deviance against a gamma distribution of its exact mean and variance for a true model.

        A term has the mean ν [ln(ν/2) − ψ(ν/2)] and the variance ν² ψ'(ν/2) − 2ν, ψ the digamma function: those of
        a χ² with one degree of freedom for ν → ∞. A fitted parameter takes one from the mean and two from the variance.
        """
        half = self.freedom / 2
        mean = float(np.sum(self.freedom * (np.log(half) - special.digamma(half)))) - fitted
        variance = np.sum(self.freedom**2 * special.polygamma(1, half) - 2 * self.freedom)
        spread = (float(variance) - 2 * fitted) / mean
        deviance = self.statistic(expected)
        tail = float(stats.gamma.sf(deviance, mean / spread, scale=spread))
        return Goodness(deviance, len(half) - fitted, mean, tail)

    def deviates(self, expected: Array) -> Array:
        """Normal deviates of the same probability, from the nearer tail."""
        scaled = self.freedom * self.measured / expected
        tiny = np.finfo(float).tiny
        above = stats.norm.isf(np.maximum(stats.chi2.sf(scaled, self.freedom), tiny))
        below = -stats.norm.isf(np.maximum(stats.chi2.cdf(scaled, self.freedom), tiny))
        return np.asarray(np.where(above > 0, above, below))

    def information(self, expected: Array) -> Array:
        """ν/(2 C²)."""
        return np.asarray(self.freedom / (2 * expected**2))

    def scatter(self, expected: Array) -> tuple[Array, Array]:
        """Quantiles of the χ²."""
        tail = stats.norm.sf(1.0)
        low, high = (stats.chi2.ppf(p, self.freedom) for p in (tail, 1 - tail))
        return expected * low / self.freedom, expected * high / self.freedom
