"""Fits of models of C_ℓ to a measured spectrum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.first_guess import first_guess
from eddysky.validation.fitting.likelihood import CosmicVariance, Gaussian, Goodness, Likelihood
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.minimum import NoMinimumError, Search, minimise
from eddysky.validation.fitting.report import paragraph
from eddysky.validation.fitting.sources import open_spectrum
from eddysky.validation.fitting.spectral_models import MODELS, NOISE, Model, Value

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
    allowed
        Ends of the allowed range.
    """

    name: str
    unit: str
    value: float
    interval: tuple[float, float]
    interval95: tuple[float, float]
    allowed: tuple[float, float] = (-math.inf, math.inf)

    @property
    def error(self) -> float:
        """Half the width of the 68.27% interval; infinite if the data do not bound that on both sides."""
        low, high = self.bounds(self.interval)
        return math.inf if low is None or high is None else (high - low) / 2

    def bounds(self, interval: tuple[float, float]) -> tuple[float | None, float | None]:
        """Ends of an interval; None where it goes on to the end of the allowed range."""
        low, high = interval
        return (
            low if low > self.allowed[0] else None,
            high if high < self.allowed[1] else None,
        )

    @property
    def measured(self) -> bool:
        """Whether the 68.27% interval has two ends: otherwise the data give a limit at most."""
        return None not in self.bounds(self.interval)

    @property
    def limit95(self) -> tuple[str, float] | None:
        """The side, lower or upper, and the one end of a 95% interval that is open on the other side; else None."""
        low, high = self.bounds(self.interval95)
        if low is None and high is not None:
            return "upper", high
        if high is None and low is not None:
            return "lower", low
        return None


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
    fixed
        The parameters that were not fitted, by name.
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
    fixed: dict[str, Value]
    expected: Array
    goodness: Goodness

    def __getitem__(self, name: str) -> Estimate:
        """The estimate of a parameter."""
        return {estimate.name: estimate for estimate in self.estimates}[name]

    def __str__(self) -> str:
        """How good the fit is, its parameters with errors or limits, and what was assumed."""
        return paragraph(self)

    def __repr__(self) -> str:
        """Model, parameters with errors and p-value in one line."""
        found = ", ".join(f"{e.name} = {e.value:.4g} ± {e.error:.2g}" for e in self.estimates)
        return (
            f"<Fit: {self.model.name}, {found or 'nothing free'}, p = {self.goodness.p_value:.2g}>"
        )

    def _repr_html_(self) -> str:
        """The same as `str`, for notebooks."""
        first, *others = map(escape, str(self).split("\n  "))
        return "<br>".join([f"<b>{first}</b>", *others])

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
        return self.model.expected(ell, {**self.fixed, **found})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is infinite, not known or not bounded by the data becomes None."""
        return {
            "model": self.model.name,
            "parameters": {
                estimate.name: {
                    "value": estimate.value,
                    "unit": estimate.unit,
                    "error": _finite(estimate.error),
                    "interval_68": list(estimate.bounds(estimate.interval)),
                    "interval_95": list(estimate.bounds(estimate.interval95)),
                    "limit_95": None
                    if estimate.limit95 is None
                    else dict(zip(("side", "value"), estimate.limit95, strict=True)),
                }
                for estimate in self.estimates
            },
            "correlation": [[_finite(value) for value in row] for row in self.correlation.tolist()],
            "fixed": {
                name: {
                    "value": value if isinstance(value, str) else _finite(value),
                    "unit": self.model[name].unit,
                }
                for name, value in self.fixed.items()
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
    data: MeasuredPower | Result | str | Path,
    model: str = "isotropic",
    *,
    lmin: int | None = None,
    lmax: int | None = None,
    fixed: Mapping[str, Value] | None = None,
    likelihood: str = "gaussian",
    noise: bool = False,
    realizations: int | None = None,
) -> Fit:
    """Fit a model of C_ℓ to a measured spectrum, by maximum likelihood.

    Parameters
    ----------
    data
        Measured spectrum; or a table (columns ell, c_ell, error) or results, whose comments or configuration say what
        is fixed where `fixed` does not.
    model
        "isotropic" or "parallel": velocity dispersion σ(L) [km/s] and index γ of a power law of turbulence. C_ℓ depends
        on σ² (λ/L)^(γ−1), so σ is that for the mean free path λ given. "a14": its amplitude C_1. "am15": C_1 and the
        exponent p.
    lmin, lmax
        Lowest and highest multipole to use; all by default.
    fixed
        Values of parameters that are not to be fitted, or not to have their defaults, in the units of `MODELS`:
        {"free_path": "exponential", "scatterings": 3, "mean_free_path": 5.0}. With outer_scale and inner_scale the
        turbulence is a power law between the two, without on all scales.
    likelihood
        "gaussian": errors as given; "cosmic-variance": Ĉ_ℓ of Gaussian skies, ν Ĉ_ℓ/C_ℓ a χ² with ν = 2ℓ+1 degrees of
        freedom, with "parallel" ν = 1. C_ℓ includes the noise, which must not have been subtracted from the data.
    noise
        Whether to fit a white noise N ≥ 0 on top of the model.
    realizations
        Number of skies that the data are the mean of, for "cosmic-variance"; by default what the data say, or 1.

    Returns
    -------
    Fit
        Estimates, their intervals and correlation, and how good the fit is.

    Raises
    ------
    InputError
        If an argument is not allowed, the data are too few or do not suit the likelihood, or no minimum is found.

    Examples
    --------
    >>> import numpy as np
    >>> from eddysky import fit
    >>> from eddysky.validation import MeasuredPower
    >>> ell = np.arange(2, 31)
    >>> c_ell = 2.6e-6 * (ell + 0.5) ** -2.67
    >>> found = fit(MeasuredPower(ell, c_ell, 0.1 * c_ell))
    >>> print(f"{found['index'].value:.2f} +- {found['index'].error:.2f}")
    1.45 +- 0.02
    """
    if model not in MODELS:
        raise InputError(f"model = {model!r}: must be one of {', '.join(MODELS)}")
    chosen = MODELS[model]
    data, stated, skies = open_spectrum(data, chosen, errors=likelihood == "gaussian")
    if lmin is not None or lmax is not None:
        data = data.between(lmin, lmax)
    if realizations is None:
        realizations = 1 if likelihood == "gaussian" else skies
    given = stated | dict(fixed or {})
    for name, value in given.items():
        chosen[name].check(value)
    if noise and "noise" in given:
        raise InputError("noise: is to be fitted and fixed at once; drop one of the two")
    _check_path(given)
    constant = {p.name: p.default for p in chosen.parameters if p.default is not None} | given
    if constant.get("free_path") != "erlang":
        constant.pop("erlang_order", None)
    _check_band(constant, data)
    if noise:
        del constant["noise"]
    fitted = [p.name for p in chosen.parameters if p.default is None or (noise and p == NOISE)]
    free = [name for name in fitted if name not in given]
    noisy = noise or float(constant["noise"]) > 0
    scatter = _choose_likelihood(data, chosen, likelihood, noisy, realizations)
    if len(data.ell) <= len(free):
        raise InputError(
            f"{data.name}: {len(data.ell)} multipoles are too few for {len(free)} free parameters "
            f"({', '.join(free)}); at least {len(free) + 1} are needed"
        )

    def expected(values: Sequence[float] | Array) -> Array:
        found = dict(zip(free, map(float, values), strict=True))
        return chosen.expected(data.ell, {**constant, **found})

    start = first_guess(data, chosen, scatter, constant, free)
    searches = [
        Search(name, start[name], chosen[name].low, chosen[name].high, name == chosen.scale)
        for name in free
    ]
    try:
        minimum = minimise(lambda values: scatter.statistic(expected(values)), searches)
    except NoMinimumError as error:
        raise InputError(f"{data.name}: {model} cannot be fitted: {error}") from None
    best = expected(minimum.values)
    return Fit(
        model=chosen,
        data=data,
        likelihood=scatter,
        estimates=tuple(
            Estimate(
                name,
                chosen[name].unit,
                float(minimum.values[i]),
                _ends(minimum.intervals[0, i]),
                _ends(minimum.intervals[1, i]),
                (chosen[name].low, chosen[name].high),
            )
            for i, name in enumerate(free)
        ),
        correlation=minimum.correlation,
        fixed=constant,
        expected=best,
        goodness=scatter.goodness(best, len(free)),
    )


def _ends(interval: Array) -> tuple[float, float]:
    """Both ends of an interval (2,) as plain numbers."""
    return float(interval[0]), float(interval[1])


def _finite(value: float) -> float | None:
    """A number that JSON can hold."""
    return value if math.isfinite(value) else None


def _check_path(given: Mapping[str, Value]) -> None:
    """An Erlang law has an order, and no other law has."""
    path = given.get("free_path", "fixed")
    if path == "erlang" and "erlang_order" not in given:
        raise InputError("free_path = erlang: needs erlang_order, a whole number from 1 to 10000")
    if path != "erlang" and "erlang_order" in given:
        raise InputError(
            f"erlang_order = {given['erlang_order']}: only with free_path = erlang, not {path}"
        )


def _check_band(fixed: Mapping[str, Value], data: MeasuredPower) -> None:
    """A band has two ends or none, in order; without any, an observer at rest sees an infinite dipole."""
    if "outer_scale" not in fixed:
        return
    outer, inner = float(fixed["outer_scale"]), float(fixed["inner_scale"])
    if np.isinf(outer) != (inner == 0):
        missing = "outer_scale" if np.isinf(outer) else "inner_scale"
        raise InputError(f"{missing}: must be given too; a band of turbulence has two ends or none")
    if not inner < outer:
        raise InputError(
            f"inner_scale = {inner:.10g} pc: must be below outer_scale = {outer:.10g} pc"
        )
    if inner == 0 and fixed["frame"] == "observer" and data.ell[0] == 1:
        raise InputError(
            "frame = observer: has an infinite dipole where the turbulence is a power law on all scales; give "
            "outer_scale and inner_scale, or leave l = 1 out"
        )


def _choose_likelihood(
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
