"""Maximum-likelihood fit of a model of C_ℓ to a measured spectrum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import as_html
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.first_guess import first_guess
from eddysky.validation.fitting.likelihood import Goodness, Likelihood, choose_likelihood
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.minimum import NoMinimumError, Search, minimise
from eddysky.validation.fitting.report import paragraph
from eddysky.validation.fitting.sources import open_spectrum
from eddysky.validation.fitting.spectral_models import MODELS, NOISE, Model, Value

__all__ = ["Estimate", "Fit", "fit"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted parameter.

    Parameters
    ----------
    name, unit
        Name of the parameter and unit of its values.
    value
        Maximum-likelihood value.
    interval, interval95
        68.27% and 95% confidence intervals from the profile of −2 ln L; they end at an end of the allowed range where
        the data do not bound the parameter.
    allowed
        Allowed range.
    """

    name: str
    unit: str
    value: float
    interval: tuple[float, float]
    interval95: tuple[float, float]
    allowed: tuple[float, float] = (-math.inf, math.inf)

    @property
    def error(self) -> float:
        """Half the width of the 68.27% interval; infinite if it is open on a side."""
        low, high = self.bounds(self.interval)
        return math.inf if low is None or high is None else (high - low) / 2

    def bounds(self, interval: tuple[float, float]) -> tuple[float | None, float | None]:
        """Ends of an interval; None for an open side, which reaches the end of the allowed range."""
        (low, high), (lowest, highest) = interval, self.allowed
        return low if low > lowest else None, high if high < highest else None

    @property
    def measured(self) -> bool:
        """Whether the 68.27% interval is closed; otherwise the data give at most a limit."""
        return None not in self.bounds(self.interval)

    @property
    def limit95(self) -> tuple[str, float] | None:
        """("upper" or "lower", value) of a limit: the end of a 95% interval that is open on one side; else None."""
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
        Measured spectrum, n multipoles.
    likelihood
        Likelihood of the data.
    estimates
        The p fitted parameters.
    correlation
        Correlation matrix of the fitted parameters, shape (p, p).
    fixed
        Values of the fixed parameters by name.
    expected
        Fitted C_ℓ, with noise, at the multipoles of the data, shape (n,).
    goodness
        Goodness of fit.
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
        """Goodness of fit, parameters with errors or limits, and fixed parameters."""
        return paragraph(self)

    def __repr__(self) -> str:
        """Model, parameters with errors and p-value in one line."""
        found = ", ".join(f"{e.name} = {e.value:.4g} ± {e.error:.2g}" for e in self.estimates)
        return (
            f"<Fit: {self.model.name}, {found or 'nothing free'}, p = {self.goodness.p_value:.2g}>"
        )

    def _repr_html_(self) -> str:
        """The same as `str`, for notebooks."""
        return as_html(str(self))

    @property
    def minus_two_log_likelihood(self) -> float:
        """−2 ln L at the best fit; models of the same data are compared by its differences."""
        return self.goodness.statistic + self.likelihood.saturated

    @property
    def deviates(self) -> Array:
        """Residuals as standard normal deviates, shape (n,)."""
        return self.likelihood.deviates(self.expected)

    def curve(self, ell: NDArray[np.int64]) -> Array:
        """Evaluate the fitted C_ℓ, with noise.

        Parameters
        ----------
        ell
            Ascending multipoles ℓ ≥ 1, shape (k,).

        Returns
        -------
        ndarray
            C_ℓ, shape (k,).
        """
        found = {estimate.name: estimate.value for estimate in self.estimates}
        return self.model.expected(ell, {**self.fixed, **found})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinite and unknown values, and open sides of intervals, become None."""
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
        Measured spectrum; or a table (columns ell, c_ell, error) or results. The comments of a table and the
        configuration of results also fix parameters; `fixed` overrides them.
    model
        "isotropic" or "parallel": velocity dispersion σ(L) [km/s] and index γ of a power law of turbulence. C_ℓ depends
        on σ² (λ/L)^(γ−1) alone, so σ is estimated for a fixed mean free path λ. "a14": amplitude C_1. "am15": C_1 and
        the exponent p.
    lmin, lmax
        Lowest and highest multipole to use; all by default.
    fixed
        Values of fixed parameters, in the units of `MODELS`: {"free_path": "exponential", "scatterings": 3,
        "mean_free_path": 5.0}. With outer_scale and inner_scale the turbulence is a power law between these scales;
        without, a power law on all scales.
    likelihood
        "gaussian": independent normal errors, as given. "cosmic-variance": Gaussian skies, for which ν Ĉ_ℓ/C_ℓ is a χ²
        with ν = 2ℓ+1 degrees of freedom (ν = 1 with "parallel"); do not subtract noise from the data.
    noise
        Whether to add a white noise N ≥ 0 to the model and fit it.
    realizations
        Number of skies in the mean, for "cosmic-variance"; by default that of the table or results, or 1.

    Returns
    -------
    Fit
        Estimates, their intervals and correlation, and the goodness of fit.

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
        raise InputError("noise: is fitted and fixed at once; drop one of the two")
    constant = chosen.complete(given, int(data.ell[0]))
    if noise:
        del constant["noise"]
    fitted = [p.name for p in chosen.parameters if p.default is None or (noise and p == NOISE)]
    free = [name for name in fitted if name not in given]
    noisy = noise or float(constant["noise"]) > 0
    chosen_likelihood = choose_likelihood(
        likelihood, data, chosen, noisy=noisy, realizations=realizations
    )
    if len(data.ell) <= len(free):
        raise InputError(
            f"{data.name}: {len(data.ell)} multipoles are too few for {len(free)} free parameters "
            f"({', '.join(free)}); at least {len(free) + 1} are needed"
        )

    def expected(values: Array) -> Array:
        found = dict(zip(free, map(float, values), strict=True))
        return chosen.expected(data.ell, {**constant, **found})

    start = first_guess(data, chosen, chosen_likelihood, constant, free)
    searches = [
        Search(name, start[name], chosen[name].low, chosen[name].high, name == chosen.scale)
        for name in free
    ]
    try:
        minimum = minimise(lambda values: chosen_likelihood.statistic(expected(values)), searches)
    except NoMinimumError as error:
        raise InputError(f"{data.name}: {model} cannot be fitted: {error}") from None
    best = expected(minimum.values)
    return Fit(
        model=chosen,
        data=data,
        likelihood=chosen_likelihood,
        estimates=tuple(
            Estimate(
                name,
                chosen[name].unit,
                float(value),
                (float(low), float(high)),
                (float(low95), float(high95)),
                (chosen[name].low, chosen[name].high),
            )
            for name, value, (low, high), (low95, high95) in zip(
                free, minimum.values, *minimum.intervals, strict=True
            )
        ),
        correlation=minimum.correlation,
        fixed=constant,
        expected=best,
        goodness=chosen_likelihood.goodness(best, len(free)),
    )


def _finite(value: float) -> float | None:
    """The number, or None if JSON has none for it."""
    return value if math.isfinite(value) else None
