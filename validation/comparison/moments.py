"""Variance and third cumulant of C_ℓ of one sky: cosmic variance, and shot noise of two halves of the particles.

The signal is the sum of 2ℓ+1 squares with the variances V_m of the a_ℓm about the axis of the sky: all equal in
isotropic skies, one alone (m = 0) in skies of the pitch angle. Let P be the noise power of the sky of all particles;
each half has 2P. The cross-spectrum of the halves is the difference of the independent squares of half their sum and
half their difference:

    C_ℓ = Σ (s² − d²)/(2ℓ+1),  ⟨s²⟩ = V_m + P, ⟨d²⟩ = P.

Cumulants of independent squares add: of order n, 2^(n−1) (n−1)! ⟨s²⟩ⁿ each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.results.shot_noise import smoothed_noise
from eddysky.validation.comparison.realizations import NoVerdictError

if TYPE_CHECKING:
    from eddysky.simulator.results.result import Result
    from eddysky.validation.comparison.expectation import Expectation

__all__ = ["Moments", "measured_noise", "moments_of_squares", "sky_moments"]

Array = NDArray[np.float64]
Moments = tuple[Array, Array]


def measured_noise(result: Result) -> Array:
    """Power of the shot noise in the sky of all particles, from the difference of its halves.

    The ensemble mean is smoothed over ℓ: a chance excess of P goes with a deficit of the cross-spectrum, and weights
    from unsmoothed values would bias weighted means.

    Parameters
    ----------
    result
        An ensemble.

    Returns
    -------
    ndarray
        P of ℓ = 0…lmax, shape (lmax + 1,); zero without particles.

    Raises
    ------
    NoVerdictError
        If the results do not contain it; older versions did not store it.
    """
    if not result.config.particles_drawn:
        return np.zeros(result.config.lmax + 1)
    if result.noise is None:
        raise NoVerdictError(
            "written by an older version, which stored no shot noise; repeat the run with this version"
        )
    return smoothed_noise(result.noise)


def sky_moments(
    expected: Expectation, ell: NDArray[np.int64], c_ell: Array, noise: Array
) -> Moments:
    """Variance and third cumulant of C_ℓ of one Gaussian sky.

    Parameters
    ----------
    expected
        Expectation of its configuration, which knows how the power is shared by the a_ℓm.
    ell, c_ell, noise : (n,)
        Multipoles, their C_ℓ, and the noise P.

    Returns
    -------
    variance, third : (n,)
        The two cumulants.
    """
    second, third = expected.concentration[:, ell]
    return moments_of_squares(np.asarray(2.0 * ell + 1), c_ell, noise, second, third)


def moments_of_squares(
    size: Array, mean: Array, noise: Array, second: Array | float = 1.0, third: Array | float = 1.0
) -> Moments:
    """Variance and third cumulant of a mean of squares, of which noise is subtracted.

    Parameters
    ----------
    size
        Number of squares, shape (n,).
    mean
        Their mean variance V, shape (n,).
    noise
        P, shape (n,).
    second, third
        Means of V_m² and V_m³, over those powers of their mean.

    Returns
    -------
    variance, third : (n,)
        The two cumulants.
    """
    # Expanded differences of powers, against cancellation where noise dominates.
    variance = second * mean**2 + 2 * mean * noise + 2 * noise**2
    cubes = third * mean**3 + 3 * second * mean**2 * noise + 3 * mean * noise**2
    return np.asarray(2 * variance / size), np.asarray(8 * cubes / size**2)
