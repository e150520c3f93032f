"""Comparison of an ensemble with its prediction: pulls, χ², amplitude and slope of C_ℓ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.moments import Moments, measured_noise, sky_moments
from eddysky.validation.comparison.multipoles import judged_multipoles, multipoles_without_power
from eddysky.validation.comparison.realizations import require_realizations
from eddysky.validation.comparison.slope import fit_slope
from eddysky.validation.comparison.statistics import chi_square, gamma_shift, skewed_pull
from eddysky.validation.comparison.verdict import (
    NOISE_DOMINATED,
    Comparison,
    first_order_limit,
    rounding_limit,
)

__all__ = ["compare"]

Array = NDArray[np.float64]


def compare(result: Result, expected: Expectation | None = None) -> Comparison:
    """Compare an ensemble with `predict` for its own configuration.

    Standard errors are estimated from the scatter of the realisations. χ² allows for their uncertainty (Student's t)
    and for the correlation of neighbouring multipoles (Satterthwaite: n²/tr ρ² degrees of freedom, corrected for the
    sampling noise of the correlation matrix ρ). User-defined velocity fields are assumed to be Gaussian, with the
    configured w(k) and β on the configured band.

    Parameters
    ----------
    result
        An ensemble, from `simulate` or `read`.
    expected
        Expectation of its configuration, if already known; computed by default.

    Returns
    -------
    Comparison
        Results per multipole and of all multipoles together; `consistent` is the verdict.

    Raises
    ------
    NoVerdictError
        If there are too few realisations (`require_realizations`), no multipole can be judged (`judged_multipoles`) or
        the shot noise of the particles is missing.
    InputError
        If `expected` is of another configuration.

    Examples
    --------
    >>> from eddysky import Config, compare, simulate
    >>> settings = {"sky.nside": 8, "flow.inner_scale": "10 pc", "flow.modes": 512}
    >>> config = Config().replace(settings | {"ensemble.realizations": 40})
    >>> comparison = compare(simulate(config))
    >>> comparison.consistent
    True
    >>> comparison.ell
    array([1, 2, 3, 4, 5, 6])
    """
    if not isinstance(result, Result):
        raise InputError(f"result: must be a Result, as read gives it, not {type(result).__name__}")
    config = result.config
    count = len(result.power)
    still = not config.turbulent and config.flow.field is None
    expected = Expectation.from_result(result, expected)
    without_power = multipoles_without_power(expected)
    if config.turbulent and not np.any(expected.prediction.c_ell[1:]):
        # Particles that feel no flow at all have no shot noise either.
        mean = result.power.mean(axis=0)
        if np.all(np.abs(mean[1:]) <= rounding_limit(np.zeros(config.lmax), mean, _shift(config))):
            without_power = np.arange(1, config.lmax + 1)
    empty = len(without_power) == config.lmax
    exact = empty or (still and not config.particles_drawn)
    if not exact:
        require_realizations(config, count)
    noise = None if exact or not config.turbulent else measured_noise(result)
    judged = judged_multipoles(expected, None if exact else count, noise)
    ell = without_power if empty else judged.ell
    power = result.power[:, ell]
    predicted = expected.prediction.c_ell[ell]
    measured = power.mean(axis=0)
    limit = np.zeros(len(ell))
    if empty:
        limit = rounding_limit(predicted, result.power.mean(axis=0), _shift(config))
    elif not config.turbulent:
        limit = first_order_limit(predicted, expected.second_order[ell])
    if exact:
        return Comparison(count, ell, measured, np.zeros(len(ell)), predicted, limit=limit)
    unexpected = _unexpected_power(result, expected, without_power)
    # Without turbulence the neglected orders in u/v may exceed the scatter: they count as an error.
    deviation = np.hypot(power.std(axis=0, ddof=1), math.sqrt(count) * limit)
    error = deviation / math.sqrt(count)
    pulls = math.sqrt(count) * np.mean((power - predicted) / deviation, axis=1)
    shift = np.full(len(ell), np.inf)
    amplitude = slope = scatter = above_noise = None
    if noise is not None:
        noise = noise[ell]
        shift = gamma_shift(predicted, *sky_moments(expected, ell, predicted, noise))
        # After many scatterings the prediction may be below the smallest double.
        above_noise = (noise <= NOISE_DOMINATED * predicted) & (predicted > 0)
    if noise is not None and above_noise is not None and np.any(above_noise):
        used, signal = ell[above_noise], predicted[above_noise]
        ratios = power[:, above_noise] / signal
        moments = sky_moments(expected, used, np.ones(len(used)), noise[above_noise] / signal)
        weights = 1 / moments[0] / np.sum(1 / moments[0])
        amplitude = _WeightedMean.from_values(ratios @ weights, 1.0, weights, moments)

        def tilt(use: NDArray[np.bool_], weights: Array) -> tuple[float, float, float]:
            some = moments[0][use], moments[1][use]
            found = _WeightedMean.from_values(ratios[:, use] @ weights, 0.0, weights, some)
            return found.value, found.error, found.pull

        slope = fit_slope(used, signal, 1 / moments[0], tilt)
        cosmic, _ = sky_moments(expected, used, signal, np.zeros(len(used)))
        scatter = float(np.median(deviation[above_noise] / np.sqrt(cosmic)))
    chi2 = chi_square(power, predicted, deviation, shift)
    return Comparison(
        realizations=count,
        ell=ell,
        measured=measured,
        error=error,
        predicted=predicted,
        chi2=chi2.value,
        dof=chi2.dof,
        p_value=chi2.p_value,
        mean_pull=float(pulls.mean()),
        mean_pull_error=float(pulls.std(ddof=1) / math.sqrt(count)),
        amplitude=amplitude.value if amplitude else None,
        amplitude_error=amplitude.error if amplitude else None,
        amplitude_pull=amplitude.pull if amplitude else None,
        scatter=scatter,
        slope=slope,
        above_noise=above_noise,
        noise=None if result.noise is None else measured_noise(result)[ell],
        excluded={ell: why for ell, why in judged.excluded.items() if ell not in unexpected},
        unexpected=unexpected,
    )


def _unexpected_power(
    result: Result, expected: Expectation, without_power: NDArray[np.int64]
) -> tuple[int, ...]:
    """Multipoles without expected turbulence whose power is not that of the regular flow, to rounding."""
    predicted, mean = expected.prediction.c_ell[without_power], result.power.mean(axis=0)
    off = np.abs(mean[without_power] - predicted) > rounding_limit(
        predicted, mean, _shift(result.config)
    )
    return tuple(without_power[off].tolist())


def _shift(config: Config) -> float:
    """δf/f of the rms velocity of the turbulence."""
    return config.momentum_index * config.turbulent_speed / config.particle_speed


@dataclass(frozen=True, slots=True)
class _WeightedMean:
    """Ensemble mean, its standard error, and its pull (`skewed_pull`)."""

    value: float
    error: float
    pull: float

    @classmethod
    def from_values(
        cls, values: Array, expected: float, weights: Array, moments: Moments
    ) -> _WeightedMean:
        """Mean of one value a realisation: a sum, with `weights`, of independent columns with these `moments`."""
        count = len(values)
        mean, deviation = float(values.mean()), float(values.std(ddof=1))
        variance = np.array([np.sum(weights**2 * moments[0])])
        third = np.array([np.sum(weights**3 * moments[1])])
        centre = np.array([expected])
        shift = gamma_shift(centre, variance, third)
        pull = skewed_pull(np.array([mean]), centre, np.array([deviation]), count, shift)
        return cls(mean, deviation / math.sqrt(count), float(pull[0]))
