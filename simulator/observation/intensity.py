"""Relative intensity of counts: what is left after division by the exposure and by the mean of each ring of pixels.

An array on the ground cannot tell its acceptance at a declination from the intensity there: its analysis removes all
m = 0 multipoles in equatorial axes. With n_p counts and the exposure e_p,

    I_p = n_p/(A_r e_p) − 1,  A_r = Σ n/Σ e over the ring r of p, inside the field of view.

To keep the m = 0 multipoles, A is the same over the whole field.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.rings import healpix_rings

__all__ = ["expected_background", "relative_intensity"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def expected_background(counts: Counts, exposure: Array, nside: int, keep_zonal: bool) -> Array:
    """Counts A_r e_p that each pixel expects of an isotropic sky, from all counts of its ring, or of the field.

    Parameters
    ----------
    counts, exposure
        Of each pixel, shape (npix,), RING order.
    nside
        Resolution.
    keep_zonal
        Whether the m = 0 multipoles are kept.

    Returns
    -------
    ndarray
        Shape (npix,), 0 outside the field of view.
    """
    if keep_zonal:
        return np.asarray(exposure * (np.sum(counts) / np.sum(exposure)))
    rings = healpix_rings(nside)
    sums, expected = (np.add.reduceat(each, rings.start) for each in (counts, exposure))
    factor = np.divide(sums, expected, out=np.zeros(len(sums)), where=expected > 0)
    return np.asarray(exposure * np.repeat(factor, rings.longitudes))


def relative_intensity(
    counts: Counts, exposure: Array, nside: int, keep_zonal: bool
) -> tuple[Array, Array]:
    """Relative intensity of each pixel and its variance, which is that of the counts, n_p/(A_r e_p)².

    Parameters
    ----------
    counts, exposure, nside, keep_zonal
        As in `expected_background`.

    Returns
    -------
    intensity, variance
        Each of shape (npix,), NaN outside the field of view.
    """
    background = expected_background(counts, exposure, nside, keep_zonal)
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = np.where(exposure > 0, background, np.nan)
        return counts / seen - 1.0, counts / seen**2
