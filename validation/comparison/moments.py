"""Variance and third cumulant of C_ℓ of one sky: cosmic variance, and shot noise of two halves of the particles.

The signal has ν equal squares: ν = 2ℓ+1, or one, m = 0 about the field, with parallel transport. With the noise power P
of the sky of all particles each half has the noise 2P, and the cross-spectrum of the halves is a difference of
independent squares, those of half their sum and of half their difference:

    C_ℓ = Σ (s² − d²)/(2ℓ+1),  ⟨s²⟩ = (2ℓ+1) C/ν + P for ν of the m and P for the others,  ⟨d²⟩ = P for all.

Cumulants of independent squares add: of order n, 2^(n−1) (n−1)! ⟨s²⟩ⁿ each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.comparison.realizations import NoVerdictError

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.results.result import Result

__all__ = ["Moments", "measured_noise", "sky_moments"]

Array = NDArray[np.float64]
Moments = tuple[Array, Array]

# Degree of the polynomial in ln(2ℓ+1) that smooths ln P: white noise has the degree 0; that of stratified particles
# grows towards it.
DEGREE = 2


def measured_noise(result: Result) -> Array:
    """Power P of the shot noise in the sky of all particles, ℓ = 0…lmax, from the difference of its halves.

    The ensemble mean is smoothed over ℓ. Where P was too high by chance the cross-spectrum is too low, so weights
    made of single values would be correlated with what they weigh, and weighted means would be biased.

    Raises
    ------
    NoVerdictError
        If the results do not hold it, as those of older versions.
    """
    config = result.config
    if config.sampling == "pixel-centre":
        return np.zeros(config.lmax + 1)
    if result.noise is None:
        raise NoVerdictError(
            "made by an older eddysky, which kept no shot noise; the same run with this one can be judged"
        )
    mean = result.noise.mean(axis=0)
    if not np.all(mean > 0):
        return np.asarray(mean)
    size = 2 * np.arange(len(mean)) + 1.0
    degree = min(DEGREE, len(mean) - 1)
    # ln P of n squares is good to √(2/n).
    fit = np.polynomial.Polynomial.fit(np.log(size), np.log(mean), degree, w=np.sqrt(size))
    return np.asarray(np.exp(fit(np.log(size))))


def sky_moments(config: Config, ell: NDArray[np.int64], c_ell: Array, noise: Array) -> Moments:
    """Variance and third cumulant of C_ℓ of one Gaussian sky.

    Parameters
    ----------
    config
        Decides how many squares carry the signal.
    ell, c_ell, noise : (n,)
        Multipoles, their C_ℓ, and the noise P.

    Returns
    -------
    tuple of ndarray
        Each of shape (n,).
    """
    size = 2 * ell + 1.0
    squares = np.ones(len(ell)) if config.transport.mode == "parallel" else size
    # Differences of powers, written out: the noise may be any number of times larger than the signal.
    signal = size / squares * c_ell
    second = squares * signal * (signal + 2 * noise) + 2 * size * noise**2
    third = squares * signal * (signal**2 + 3 * signal * noise + 3 * noise**2)
    return np.asarray(2 * second / size**2), np.asarray(8 * third / size**3)
