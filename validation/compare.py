"""Does an ensemble agree with its prediction? Pulls, χ², amplitude and slope of its C_ℓ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.comparison import Comparison, Slope, first_order_limit
from eddysky.validation.multipoles import judged_multipoles
from eddysky.validation.predict import predict
from eddysky.validation.realizations import require_realizations
from eddysky.validation.statistics import chi_square, gamma_pull

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.result import Result

__all__ = ["compare"]

Array = NDArray[np.float64]

# Multipoles with more shot noise than this many times the signal are left out of amplitude, slope and scatter.
FADED = 3.0
# With less shot noise than this many times the signal, C_l scatters like a sum of squares.
FAINT = 0.1


def compare(result: Result) -> Comparison:
    """Compare an ensemble with `predict` for its own configuration.

    Standard errors come from the scatter of the realisations. χ² allows for errors that are estimated from
    few realisations (Student's t) and for the correlation of neighbouring multipoles (Satterthwaite: n²/tr ρ²
    degrees of freedom, the sampling noise of the correlation matrix ρ removed).

    Parameters
    ----------
    result
        An ensemble, as `simulate` or `read` give it.

    Returns
    -------
    Comparison
        Per multipole and together; `consistent` is the verdict.

    Raises
    ------
    TooFewRealizationsError
        With fewer than ten realisations of something random, or fewer than 100 with fewer than 32 modes.
    """
    config = result.config
    ell = judged_multipoles(config).ell
    power = result.power[:, ell]
    predicted = predict(config).c_ell[ell]
    measured = power.mean(axis=0)
    count = len(power)
    if not config.turbulent and config.sampling == "pixel-centre":
        return Comparison(count, ell, measured, np.zeros(len(ell)), predicted)
    require_realizations(config, count)
    deviation = power.std(axis=0, ddof=1)
    if not config.turbulent:
        # Where particles leave hardly any noise, what first order in u/c leaves out would count as an error.
        deviation = np.hypot(deviation, math.sqrt(count) * first_order_limit(predicted))
    error = deviation / math.sqrt(count)
    variance, noise = cosmic_variance(config, ell), 0.0
    if config.turbulent and config.sampling != "pixel-centre":
        noise = shot_noise(ell, predicted, deviation, variance)
    squares = (noise <= FAINT * predicted) & config.turbulent
    chi2 = chi_square(power, predicted, deviation, squares)
    pulls = math.sqrt(count) * np.mean((power - predicted) / deviation, axis=1)
    amplitude = amplitude_error = amplitude_pull = scatter = slope = seen = None
    if config.turbulent:
        # Deep scattering can leave less than the smallest double.
        seen = (noise <= FADED * predicted) & (predicted > 0)
        if np.any(seen):
            relative = noise / predicted[seen]
            weight = 1 / (variance[seen] + relative * (2 + relative) / (2 * ell[seen] + 1))
            ratios = np.average(power[:, seen] / predicted[seen], axis=1, weights=weight)
            amplitude = float(ratios.mean())
            amplitude_error = float(ratios.std(ddof=1) / math.sqrt(count))
            amplitude_pull = offset(amplitude, amplitude_error, bool(np.all(squares[seen])))
            scatter = float(np.median(deviation[seen] / (np.sqrt(variance) * predicted)[seen]))
            slope = fit_slope(ell[seen], power[:, seen], predicted[seen], weight)
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
        amplitude=amplitude,
        amplitude_error=amplitude_error,
        amplitude_pull=amplitude_pull,
        scatter=scatter,
        slope=slope,
        seen=seen,
    )


def offset(ratio: float, error: float, squares: bool) -> float:
    """Difference of a mean ratio from 1 as a deviate; of a mean of `squares`, by its gamma distribution."""
    if not squares:
        return (ratio - 1) / error
    return float(gamma_pull(np.array([ratio]), np.array([2 * (ratio / error) ** 2]))[0])


def cosmic_variance(config: Config, ell: NDArray[np.int64]) -> Array:
    """Variance of C_ℓ over C_ℓ² for a Gaussian sky, 2/(2ℓ+1); 2 with parallel transport, which has m = 0 only."""
    if config.transport.mode == "parallel":
        return np.full(len(ell), 2.0)
    return np.asarray(2 / (2 * ell + 1))


def shot_noise(
    ell: NDArray[np.int64], predicted: Array, deviation: Array, variance: Array
) -> float:
    """White noise level N of each half of the particles.

    The cross-spectrum of two halves has var C_ℓ = κC² + (2CN + N²)/(2ℓ+1), κ the relative cosmic variance.
    The variance at each ℓ gives an N, and their median counts. A single number from all multipoles keeps
    weights made from it independent of the fluctuation of any one of them, so weighted means stay unbiased.
    """
    excess = (2 * ell + 1) * (deviation**2 - variance * predicted**2)
    root = np.sqrt(np.maximum(predicted**2 + excess, 0.0))
    return max(0.0, float(np.median(root - predicted)))


def fit_slope(
    ell: NDArray[np.int64], power: Array, predicted: Array, weight: Array
) -> Slope | None:
    """Fit the slope of ln C_ℓ against ln ℓ, from ℓ = 10 (or 2, on short ranges) on.

    The ratio of each realisation to the prediction is fitted by 1 + a + δ ln ℓ. This is linear in C_ℓ, so δ is
    unbiased at any ensemble size and its error is plain scatter.
    """
    start = 10 if ell.size and ell[-1] >= 20 else 2
    use = ell >= start
    if np.count_nonzero(use) < 3:
        return None
    x, weight = np.log(ell[use]), weight[use]
    x = x - np.average(x, weights=weight)
    coefficient = weight * x / np.sum(weight * x**2)
    tilt = power[:, use] / predicted[use] @ coefficient
    slope = float(coefficient @ np.log(predicted[use]))
    return Slope(
        lmin=int(start),
        lmax=int(ell[-1]),
        predicted=slope,
        measured=slope + float(tilt.mean()),
        error=float(tilt.std(ddof=1) / math.sqrt(len(tilt))),
    )
