"""Likelihoods of a measured C_ℓ, and the goodness of fit.

`Gaussian` takes the errors as given. `CosmicVariance` is the exact likelihood of a Gaussian sky and needs no errors:
ν Ĉ_ℓ/C_ℓ is a χ² with ν degrees of freedom, 2ℓ+1 in general and 1 if only m = 0 has power. For the mean of N skies ν is
N times as large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.spectral_models import Model

__all__ = ["CosmicVariance", "Gaussian", "Goodness", "Likelihood", "choose_likelihood"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Goodness:
    """Goodness of fit.

    Parameters
    ----------
    statistic
        χ² for `Gaussian`, the deviance −2 ln L/L_max for `CosmicVariance`.
    dof
        Number of multipoles less that of fitted parameters.
    expected
        Mean of the statistic for a true model.
    p_value
        Probability of a larger statistic.
    """

    statistic: float
    dof: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Independent normal errors of known size.

    Parameters
    ----------
    measured
        Ĉ_ℓ, shape (n,).
    error
        Standard errors, shape (n,).
    """

    measured: Array
    error: Array
    name: ClassVar[str] = "gaussian"

    @property
    def saturated(self) -> float:
        """−2 ln L_max, of a model equal to the data."""
        return float(np.sum(2 * np.log(self.error))) + len(self.error) * math.log(2 * math.pi)

    def statistic(self, expected: Array) -> float:
        """χ² of the expected C_ℓ (n,)."""
        return float(np.sum(self.deviates(expected) ** 2))

    def goodness(self, expected: Array, fitted: int) -> Goodness:
        """χ² with n − `fitted` degrees of freedom."""
        chi2, dof = self.statistic(expected), len(self.measured) - fitted
        return Goodness(chi2, dof, float(dof), float(special.chdtrc(dof, chi2)))

    def deviates(self, expected: Array) -> Array:
        """(measured − expected)/error, shape (n,)."""
        return (self.measured - expected) / self.error

    def information(self, expected: Array) -> Array:
        """Inverse variance of the data, 1/error², shape (n,)."""
        return 1 / self.error**2

    def scatter(self, expected: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of the data, one error to either side of the expectation, each (n,)."""
        return expected - self.error, expected + self.error


@dataclass(frozen=True, slots=True)
class CosmicVariance:
    """Exact likelihood of C_ℓ of Gaussian skies: ν Ĉ/C is a χ² with ν degrees of freedom.

    Parameters
    ----------
    measured
        Ĉ_ℓ > 0, shape (n,).
    dof
        ν, shape (n,).
    """

    measured: Array
    dof: Array
    name: ClassVar[str] = "cosmic-variance"

    @property
    def saturated(self) -> float:
        """−2 ln L_max, of a model equal to the data.

        The density of Ĉ is (ν/2C)^(ν/2) Ĉ^(ν/2−1) e^(−νĈ/2C) / Γ(ν/2).
        """
        half = self.dof / 2
        logarithm = half * np.log(half) - special.gammaln(half) - half - np.log(self.measured)
        return float(-2 * np.sum(logarithm))

    def statistic(self, expected: Array) -> float:
        """Deviance Σ ν (r − 1 − ln r), r = Ĉ/C."""
        ratio = self.measured / expected
        return float(np.sum(self.dof * (ratio - 1 - np.log(ratio))))

    def goodness(self, expected: Array, fitted: int) -> Goodness:
        """Deviance; its p-value is from a gamma distribution with the exact mean and variance for a true model.

        With the digamma function ψ, one multipole has the mean ν [ln(ν/2) − ψ(ν/2)] and the variance ν² ψ'(ν/2) − 2ν,
        which for ν → ∞ are those of a χ² with one degree of freedom. Each fitted parameter lowers the mean by 1 and
        the variance by 2.
        """
        half = self.dof / 2
        mean = float(np.sum(self.dof * (np.log(half) - special.digamma(half)))) - fitted
        variance = np.sum(self.dof**2 * special.polygamma(1, half) - 2 * self.dof)
        spread = (float(variance) - 2 * fitted) / mean
        deviance = self.statistic(expected)
        tail = float(special.gammaincc(mean / spread, deviance / spread))
        return Goodness(deviance, len(half) - fitted, mean, tail)

    def deviates(self, expected: Array) -> Array:
        """Normal deviates with the probability of the nearer tail, shape (n,)."""
        scaled = self.dof * self.measured / expected
        tiny = np.finfo(float).tiny
        above = -special.ndtri(np.maximum(special.chdtrc(self.dof, scaled), tiny))
        below = special.ndtri(np.maximum(special.chdtr(self.dof, scaled), tiny))
        return np.asarray(np.where(above > 0, above, below))

    def information(self, expected: Array) -> Array:
        """Inverse variance of the data, ν/(2 C²), shape (n,)."""
        return np.asarray(self.dof / (2 * expected**2))

    def scatter(self, expected: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of the data, from quantiles of χ², each (n,)."""
        tail = special.ndtr(-1.0)
        low, high = (2 * special.gammaincinv(self.dof / 2, p) for p in (tail, 1 - tail))
        return expected * low / self.dof, expected * high / self.dof


Likelihood = Gaussian | CosmicVariance


def choose_likelihood(
    name: str, data: MeasuredPower, model: Model, *, noisy: bool, realizations: int
) -> Likelihood:
    """Likelihood of data under a model.

    Parameters
    ----------
    name
        "gaussian" or "cosmic-variance".
    data
        Measured spectrum; "gaussian" needs its errors, "cosmic-variance" every c_ell positive.
    model
        Decides how many degrees of freedom a multipole of one sky has.
    noisy
        Whether the model includes white noise.
    realizations
        Number of skies in the mean; 1 with "gaussian".

    Returns
    -------
    Likelihood
        `Gaussian` or `CosmicVariance`.

    Raises
    ------
    InputError
        If there is no such likelihood, or it does not suit the data or the model.
    """
    if realizations < 1:
        raise InputError(f"realizations = {realizations}: must be at least 1")
    if name == "gaussian":
        if realizations > 1:
            raise InputError(
                f"realizations = {realizations}: only with the likelihood cosmic-variance; "
                "gaussian takes the errors as they are"
            )
        if data.error is None:
            raise InputError(f"{data.name}: the likelihood gaussian needs errors")
        return Gaussian(data.c_ell, data.error)
    if name != "cosmic-variance":
        raise InputError(f"likelihood = {name!r}: must be one of gaussian, cosmic-variance")
    if not np.all(data.c_ell > 0):
        raise InputError(f"{data.name}: the likelihood cosmic-variance needs every c_ell positive")
    if model.axisymmetric and noisy:
        # The sum of power in m = 0 and noise in all m is no χ².
        raise InputError(
            f"noise: not with the likelihood cosmic-variance and the model {model.name}, where the signal has "
            "only m = 0 and the noise all m; use gaussian"
        )
    dof = np.ones(len(data.ell), dtype=np.int64) if model.axisymmetric else 2 * data.ell + 1
    return CosmicVariance(data.c_ell, np.asarray(realizations * dof, dtype=np.float64))
