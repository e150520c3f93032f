"""Variance and third cumulant of C_ℓ of one sky: cosmic variance, and shot noise of two halves of the particles.

The signal is the sum of ν equal squares: ν = 2ℓ+1, or 1 with parallel and drift-kinetic transport (m = 0 about the
field). Let P be the noise power of the sky of all particles; each half has 2P. The cross-spectrum of the halves is the
difference of the independent squares of half their sum and half their difference:

    C_ℓ = Σ (s² − d²)/(2ℓ+1),  ⟨s²⟩ = (2ℓ+1) C/ν + P for ν of the m and P for the others,  ⟨d²⟩ = P for all.

Cumulants of independent squares add: of order n, 2^(n−1) (n−1)! ⟨s²⟩ⁿ each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.results.shot_noise import smoothed_noise
from eddysky.validation.comparison.realizations import NoVerdictError

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.results.result import Result

__all__ = ["Moments", "measured_noise", "sky_moments"]

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


def sky_moments(config: Config, ell: NDArray[np.int64], c_ell: Array, noise: Array) -> Moments:
    """Variance and third cumulant of C_ℓ of one Gaussian sky.

    Parameters
    ----------
    config
        Its transport decides the number ν of squares.
    ell, c_ell, noise : (n,)
        Multipoles, their C_ℓ, and the noise P.

    Returns
    -------
    variance, third : (n,)
        The two cumulants.
    """
    size = 2 * ell + 1.0
    squares = np.ones(len(ell)) if config.transport.zonal else size
    # Expanded differences of powers, against cancellation where noise dominates.
    signal = size / squares * c_ell
    second = squares * signal * (signal + 2 * noise) + 2 * size * noise**2
    third = squares * signal * (signal**2 + 3 * signal * noise + 3 * noise**2)
    return np.asarray(2 * second / size**2), np.asarray(8 * third / size**3)
