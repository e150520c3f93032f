"""Fits of models of C_ℓ to a measured spectrum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.first_guess import first_guess
from eddysky.validation.likelihood import CosmicVariance, Gaussian, Goodness, Likelihood
from eddysky.validation.measured import MeasuredPower
from eddysky.validation.minimum import NoMinimumError, Search, minimise
from eddysky.validation.spectral_models import MODELS, Model

__all__ = ["LIKELIHOODS", "Estimate", "Fit", "fit"]

Array = NDArray[np.float64]

LIKELIHOODS = ("gaussian", "cosmic-variance")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted parameter.

    Parameters
    ----------
    name, unit
        Of the parameter.
    value
        Where −2 ln L is lowest.
    interval, interval95
        Ends of the 68.27% and 95% confidence intervals, from the profile of −2 ln L; an end of the allowed range where
        the data do not bound the parameter.
    """

    name: str
    unit: str
    value: float
    interval: tuple[float, float]
    interval95: tuple[float, float]

    @property
    def error(self) -> float:
        """Half the width of the 68.27% interval; infinite if that is not bounded."""
        return (self.interval[1] - self.interval[0]) / 2


@dataclass(frozen=True, slots=True)
class Fit:
    """A model fitted to a spectrum.

    Parameters
    ----------
    model
        The model.
    data
        What it was fitted to.
    likelihood
        How the data scatter.
    estimates
        The fitted parameters.
    correlation
        Of the fitted parameters, shape (p, p).
    held
        The parameters that were given, by name.
    expected
        Fitted C_ℓ at the multipoles of the data, with noise, shape (n,).
    goodness
        How good the fit is.
    """

    model: Model
    data: MeasuredPower
    likelihood: Likelihood
    estimates: tuple[Estimate, ...]
    correlation: Array
    held: dict[str, float]
    expected: Array
    goodness: Goodness

    def __getitem__(self, name: str) -> Estimate:
        """The estimate of a parameter."""
        return {estimate.name: estimate for estimate in self.estimates}[name]

    @property
    def minus_two_log_likelihood(self) -> float:
        """−2 ln L at the best fit; its differences between models of the same data compare these."""
        return self.goodness.statistic + self.likelihood.saturated

    @property
    def deviates(self) -> Array:
        """Data about the fit as standard normal deviates, shape (n,)."""
        return self.likelihood.deviates(self.expected)

    def curve(self, ell: NDArray[np.int64]) -> Array:
        """Fitted C_ℓ, with noise, at multipoles (k,) ascending from 1."""
        found = {estimate.name: estimate.value for estimate in self.estimates}
        return self.model.expected(ell, self.held | found)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is infinite or not known becomes None."""
        return {
            "model": self.model.name,
            "parameters": {
                estimate.name: {
                    "value": estimate.value,
                    "unit": estimate.unit,
                    "error": finite(estimate.error),
                    "interval_68": [finite(end) for end in estimate.interval],
                    "interval_95": [finite(end) for end in estimate.interval95],
                }
                for estimate in self.estimates
            },
            "correlation": [[finite(value) for value in row] for row in self.correlation.tolist()],
            "fixed": {
                name: {"value": finite(value), "unit": self.model[name].unit}
                for name, value in self.held.items()
            },
            "statistic": self.goodness.statistic,
            "dof": self.goodness.dof,
            "expected_statistic": self.goodness.expected,
            "p_value": self.goodness.p_value,
            "minus_two_log_likelihood": self.minus_two_log_likelihood,
            "ell": self.data.ell.tolist(),
            "measured": self.data.c_ell.tolist(),
            "fitted": self.expected.tolist(),
            "deviate": self.deviates.tolist(),
        }


def fit(
    data: MeasuredPower,
    model: str = "isotropic",
    *,
    fixed: Mapping[str, float] | None = None,
    likelihood: str = "gaussian",
    noise: bool = False,
    realizations: int = 1,
) -> Fit:
    """Fit a model of C_ℓ to a measured spectrum, by maximum likelihood.

    Parameters
    ----------
    data
        Measured spectrum.
    model
        "isotropic" or "parallel": velocity dispersion σ(L) [km/s] and index γ of a power law of turbulence. C_ℓ depends
        on σ² (λ/L)^(γ−1), so σ is that for the mean free path λ given. "a14": its amplitude C_1. "am15": C_1 and the
        exponent p.
    fixed
        Values of parameters that are not to be fitted, or not to have their defaults, in the units of `MODELS`.
    likelihood
        "gaussian": errors as given; "cosmic-variance": Ĉ_ℓ of Gaussian skies, ν Ĉ_ℓ/C_ℓ a χ² with ν = 2ℓ+1 degrees of
        freedom, with "parallel" ν = 1. C_ℓ includes the noise, which must not have been subtracted from the data.
    noise
        Whether to fit a white noise N ≥ 0 on top of the model.
    realizations
        Number of skies that the data are the mean of, for "cosmic-variance".

    Returns
    -------
    Fit
        Estimates, their intervals and correlation, and how good the fit is.

    Raises
    ------
    InputError
        If an argument is not allowed, the data are too few or do not suit the likelihood, or no minimum is found.
    """
    if model not in MODELS:
        raise InputError(f"model = {model!r}: must be one of {', '.join(MODELS)}")
    chosen = MODELS[model]
    given = dict(fixed or {})
    for name, value in given.items():
        chosen[name].check(value)
    if noise and "noise" in given:
        raise InputError("noise: is to be fitted and fixed at once; drop one of the two")
    held = {p.name: p.default for p in chosen.parameters if p.default is not None} | given
    check_band(held)
    if noise:
        del held["noise"]
    free = [p.name for p in chosen.parameters if p.name not in held]
    law = scatter_law(data, chosen, likelihood, noise or held["noise"] > 0, realizations)
    if len(data.ell) <= len(free):
        raise InputError(
            f"{data.name}: {len(data.ell)} multipoles are too few for {len(free)} free parameters "
            f"({', '.join(free)}); at least {len(free) + 1} are needed"
        )

    def expected(values: Sequence[float] | Array) -> Array:
        found = dict(zip(free, map(float, values), strict=True))
        return chosen.expected(data.ell, held | found)

    start = first_guess(data, chosen, law, held, free)
    searches = [
        Search(name, start[name], chosen[name].low, chosen[name].high, name == chosen.scale)
        for name in free
    ]
    try:
        minimum = minimise(lambda values: law.statistic(expected(values)), searches)
    except NoMinimumError as error:
        raise InputError(f"{data.name}: {model} cannot be fitted: {error}") from None
    best = expected(minimum.values)
    return Fit(
        model=chosen,
        data=data,
        likelihood=law,
        estimates=tuple(
            Estimate(
                name,
                chosen[name].unit,
                float(minimum.values[i]),
                *((float(ends[i, 0]), float(ends[i, 1])) for ends in minimum.intervals),
            )
            for i, name in enumerate(free)
        ),
        correlation=minimum.correlation,
        held=held,
        expected=best,
        goodness=law.goodness(best, len(free)),
    )


def finite(value: float) -> float | None:
    """A number that JSON can hold."""
    return value if math.isfinite(value) else None


def check_band(held: Mapping[str, float]) -> None:
    """A band has two ends or none, in order."""
    if "outer_scale" not in held:
        return
    outer, inner = held["outer_scale"], held["inner_scale"]
    if np.isinf(outer) != (inner == 0):
        missing = "outer_scale" if np.isinf(outer) else "inner_scale"
        raise InputError(f"{missing}: must be given too; a band of turbulence has two ends or none")
    if not inner < outer:
        raise InputError(
            f"inner_scale = {inner:.10g} pc: must be below outer_scale = {outer:.10g} pc"
        )


def scatter_law(
    data: MeasuredPower, model: Model, likelihood: str, noisy: bool, realizations: int
) -> Likelihood:
    """The likelihood of a name."""
    if realizations < 1:
        raise InputError(f"realizations = {realizations}: must be at least 1")
    if likelihood == "gaussian":
        if realizations > 1:
            raise InputError(
                f"realizations = {realizations}: only with the likelihood cosmic-variance; "
                "gaussian takes the errors as they are"
            )
        if data.error is None:
            raise InputError(f"{data.name}: the likelihood gaussian needs errors")
        return Gaussian(data.c_ell, data.error)
    if likelihood != "cosmic-variance":
        raise InputError(f"likelihood = {likelihood!r}: must be one of {', '.join(LIKELIHOODS)}")
    if not np.all(data.c_ell > 0):
        raise InputError(f"{data.name}: the likelihood cosmic-variance needs every c_ell positive")
    if model.axisymmetric and noisy:
        # Power in m = 0 and noise in all m make the sum of two unlike gamma variables.
        raise InputError(
            f"noise: not with the likelihood cosmic-variance and the model {model.name}, where the signal has "
            "m = 0 alone and noise all m; use gaussian"
        )
    freedom = np.ones(len(data.ell), dtype=np.int64) if model.axisymmetric else 2 * data.ell + 1
    return CosmicVariance(data.c_ell, np.asarray(realizations * freedom, dtype=np.float64))
