"""Smoothing with a top hat: the mean over the seen pixels within an angle R of each direction.

The harmonics of a top hat normalised to 1 are, with c = cos R,

    b_ℓ = [P_(ℓ−1)(c) − P_(ℓ+1)(c)] / [(2ℓ + 1)(1 − c)],  b_0 = 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError

__all__ = ["smoothed", "top_hat_beam"]

Array = NDArray[np.float64]


def top_hat_beam(radius: float, lmax: int) -> Array:
    """b_ℓ of a top hat, shape (lmax + 1,).

    Parameters
    ----------
    radius
        R [rad], above 0 and at most π.
    lmax
        Highest multipole.
    """
    cosine = math.cos(radius)
    legendre = np.ones(lmax + 2)
    legendre[1] = cosine
    for n in range(1, lmax + 1):
        legendre[n + 1] = ((2 * n + 1) * cosine * legendre[n] - n * legendre[n - 1]) / (n + 1)
    ell = np.arange(1, lmax + 1)
    beam = np.ones(lmax + 1)
    # 1 − cos R without loss of digits at small R.
    beam[1:] = (legendre[:-2] - legendre[2:]) / ((2 * ell + 1) * 2 * math.sin(radius / 2) ** 2)
    return beam


def smoothed(values: Array, radius: float) -> Array:
    """A map whose seen pixels hold the mean of the seen pixels within an angle of them.

    Parameters
    ----------
    values
        HEALPix map in RING order, NaN where nothing was seen, shape (12 nside²,).
    radius
        R [rad].

    Returns
    -------
    ndarray
        NaN where `values` is.

    Raises
    ------
    InputError
        If the radius is smaller than a pixel, or is no angle up to π.
    """
    import healpy

    nside = healpy.npix2nside(len(values))
    pixel = healpy.nside2resol(nside)
    if not pixel <= radius <= math.pi:
        raise InputError(
            f"smoothing radius = {math.degrees(radius):.4g} deg: must be from {math.degrees(pixel):.2g} deg, the size "
            f"of a pixel of nside {nside}, to 180 deg"
        )
    seen, lmax = np.isfinite(values), 3 * nside - 1
    beam = top_hat_beam(radius, lmax)

    def averaged(sky: Array) -> Array:
        alm = healpy.map2alm(sky, lmax=lmax, iter=3, use_pixel_weights=False)
        return np.asarray(healpy.alm2map(healpy.almxfl(alm, beam), nside, lmax=lmax))

    result = averaged(np.where(seen, values, 0.0))
    if not seen.all():
        # At a seen pixel at least a part of the disc was seen.
        with np.errstate(invalid="ignore", divide="ignore"):
            result /= averaged(seen.astype(np.float64))
    return np.where(seen, result, np.nan)
