"""Likelihoods of a measured C_ℓ, and the goodness of fit.

`Gaussian` takes the errors as given. `CosmicVariance` is the exact likelihood of a Gaussian sky and needs no errors:
ν Ĉ_ℓ/C_ℓ is a χ² with ν degrees of freedom, 2ℓ+1 in general and 1 if only m = 0 has power. For the mean of N skies ν is
N times as large. Bands, partial skies, and errors of measurement on top of cosmic variance are in `sky_likelihood`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from eddysky.validation.fitting.windows import Window

__all__ = ["CosmicVariance", "Gaussian", "Goodness", "Likelihood", "Scatter"]

Array = NDArray[np.float64]

# Errors below and above are equal if their logarithms differ by less.
_EQUAL = 1e-6
# The offset log-normal distribution ends at a finite value; the logarithm is evaluated down to this argument.
_NEAREST = 1e-3


@dataclass(frozen=True, slots=True)
class Scatter:
    """A measure of how far data are from a model.

    Parameters
    ----------
    statistic
        χ², or the deviance −2 ln L/L_max of `CosmicVariance`.
    mean, variance
        Those of the statistic for a true model without fitted parameters.
    """

    statistic: float
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Goodness:
    """Goodness of fit.

    Parameters
    ----------
    statistic
        χ², or the deviance −2 ln L/L_max of `CosmicVariance`.
    dof
        Number of values less that of fitted parameters.
    expected
        Mean of the statistic for a true model.
    p_value
        Probability of a larger statistic.
    """

    statistic: float
    dof: int
    expected: float
    p_value: float

    @classmethod
    def from_scatter(cls, parts: Sequence[Scatter], values: int, fitted: int) -> Goodness:
        """Sum over spectra.

        The p-value is from a gamma distribution with the mean and variance of the statistic, which is the exact one
        of a χ². Each fitted parameter lowers the mean by 1 and the variance by 2.
        """
        statistic = sum(part.statistic for part in parts)
        mean = sum(part.mean for part in parts) - fitted
        spread = (sum(part.variance for part in parts) - 2 * fitted) / mean
        tail = float(special.gammaincc(mean / spread, statistic / spread))
        return cls(statistic, values - fitted, mean, tail)


class Likelihood(Protocol):
    """Likelihood of one measured spectrum; C_ℓ of the model are at the multipoles of its window, shape (k,)."""

    @property
    def name(self) -> str:
        """Name on the command line."""

    @property
    def measured(self) -> Array:
        """Ĉ_ℓ or band powers, shape (n,)."""

    @property
    def window(self) -> Window:
        """From C_ℓ of the model to its expected values of the data."""

    @property
    def offset(self) -> float:
        """−2 ln L less `cost`."""

    def cost(self, c_ell: Array) -> float:
        """−2 ln L, up to a constant."""

    def scatter(self, c_ell: Array) -> Scatter:
        """Statistic of the goodness of fit."""

    def deviates(self, c_ell: Array) -> Array:
        """Residuals as standard normal deviates, shape (n,)."""

    def information(self, c_ell: Array) -> Array:
        """Inverse variances of the data, shape (n,)."""

    def interval(self, c_ell: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of the data, each (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """Normal errors of known size; where those below and above differ, ln(C_ℓ + constant) has a normal error.

    With the errors σ₋ and σ₊ of a value Ĉ this is z = ln[1 + (C − Ĉ)(1/σ₋ − 1/σ₊)]/ln(σ₊/σ₋), which is −1 and 1 at the
    ends of the error bar: the offset log-normal distribution of Bond, Jaffe & Knox (2000), and the logarithmic form of
    Barlow (2004).

    Parameters
    ----------
    measured
        Ĉ_ℓ or band powers, shape (n,).
    error
        Standard errors, shape (n,), or those below and above, shape (2, n).
    window
        From C_ℓ of the model to its expected values.
    covariance
        Covariance of the errors, shape (n, n); `error` is then its diagonal.
    """

    measured: Array
    error: Array
    window: Window
    covariance: Array | None = None
    name: ClassVar[str] = "gaussian"

    @property
    def offset(self) -> float:
        """−2 ln L at χ² = 0."""
        if self.covariance is not None:
            logarithm = float(np.linalg.slogdet(self.covariance)[1])
        else:
            sides = np.broadcast_to(self.error, (2, len(self.measured)))
            logarithm = float(np.sum(2 * np.log(sides.mean(axis=0))))
        return logarithm + len(self.measured) * math.log(2 * math.pi)

    def cost(self, c_ell: Array) -> float:
        """χ²."""
        if self.covariance is None:
            return float(np.sum(self.deviates(c_ell) ** 2))
        residual = self.measured - self.window.mean(c_ell)
        lower = linalg.cholesky(self.covariance, lower=True)
        return float(np.sum(linalg.solve_triangular(lower, residual, lower=True) ** 2))

    def scatter(self, c_ell: Array) -> Scatter:
        """χ²."""
        return Scatter(self.cost(c_ell), len(self.measured), 2 * len(self.measured))

    def deviates(self, c_ell: Array) -> Array:
        """(measured − expected)/error, or −z of asymmetric errors, shape (n,)."""
        excess = self.window.mean(c_ell) - self.measured
        below, above = np.broadcast_to(self.error, (2, len(excess)))
        slope = np.log(above / below)
        equal = np.abs(slope) < _EQUAL
        argument = 1 + excess * (1 / below - 1 / above)
        # Beyond, the logarithm goes on along its tangent.
        near = np.maximum(argument, _NEAREST)
        logarithm = np.log(near) + (argument - near) / near
        normal = 2 * excess / (below + above)
        return np.asarray(-np.where(equal, normal, logarithm / np.where(equal, 1.0, slope)))

    def information(self, c_ell: Array) -> Array:
        """Inverse variance of the data, 1/error², shape (n,)."""
        sides = np.broadcast_to(self.error, (2, len(self.measured)))
        return np.asarray(sides.mean(axis=0) ** -2)

    def interval(self, c_ell: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of the data, each (n,)."""
        expected = self.window.mean(c_ell)
        below, above = np.broadcast_to(self.error, (2, len(expected)))
        return expected - above, expected + below


@dataclass(frozen=True, slots=True, eq=False)
class CosmicVariance:
    """Exact likelihood of C_ℓ of Gaussian skies: ν Ĉ/C is a χ² with ν degrees of freedom.

    Parameters
    ----------
    measured
        Ĉ_ℓ > 0, shape (n,).
    dof
        ν, shape (n,).
    window
        Of single multipoles.
    """

    measured: Array
    dof: Array
    window: Window
    name: ClassVar[str] = "cosmic-variance"

    @property
    def offset(self) -> float:
        """−2 ln L_max, of a model equal to the data.

        The density of Ĉ is (ν/2C)^(ν/2) Ĉ^(ν/2−1) e^(−νĈ/2C) / Γ(ν/2).
        """
        half = self.dof / 2
        logarithm = half * np.log(half) - special.gammaln(half) - half - np.log(self.measured)
        return float(-2 * np.sum(logarithm))

    def cost(self, c_ell: Array) -> float:
        """Deviance Σ ν (r − 1 − ln r), r = Ĉ/C."""
        ratio = self.measured / c_ell
        return float(np.sum(self.dof * (ratio - 1 - np.log(ratio))))

    def scatter(self, c_ell: Array) -> Scatter:
        """Deviance.

        With the digamma function ψ, one multipole has the mean ν [ln(ν/2) − ψ(ν/2)] and the variance ν² ψ'(ν/2) − 2ν,
        which for ν → ∞ are those of a χ² with one degree of freedom.
        """
        half = self.dof / 2
        mean = np.sum(self.dof * (np.log(half) - special.digamma(half)))
        variance = np.sum(self.dof**2 * special.polygamma(1, half) - 2 * self.dof)
        return Scatter(self.cost(c_ell), float(mean), float(variance))

    def deviates(self, c_ell: Array) -> Array:
        """Normal deviates with the probability of the nearer tail, shape (n,)."""
        scaled = self.dof * self.measured / c_ell
        tiny = np.finfo(float).tiny
        above = -special.ndtri(np.maximum(special.chdtrc(self.dof, scaled), tiny))
        below = special.ndtri(np.maximum(special.chdtr(self.dof, scaled), tiny))
        return np.asarray(np.where(above > 0, above, below))

    def information(self, c_ell: Array) -> Array:
        """Inverse variance of the data, ν/(2 C²), shape (n,)."""
        return np.asarray(self.dof / (2 * c_ell**2))

    def interval(self, c_ell: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of the data, from quantiles of χ², each (n,)."""
        tail = special.ndtr(-1.0)
        low, high = (2 * special.gammaincinv(self.dof / 2, p) for p in (tail, 1 - tail))
        return c_ell * low / self.dof, c_ell * high / self.dof
