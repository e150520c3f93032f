"""Sums over discs of a map, and the counts that a disc expects from what was counted beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.discs import disc_background, disc_sums
from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.rings import healpix_rings

__all__ = ["background_of_discs", "check_radius", "mean_over_discs", "sums_over_discs"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def sums_over_discs(values: NDArray[Any], radius: float) -> Array:
    """Sum of a map over all pixels whose centres lie within `radius` [degrees] of the centre of each pixel.

    Parameters
    ----------
    values
        Map in RING order, shape (12 nside²,).
    radius
        Radius of the discs [degrees]; 0 for the pixel alone.

    Returns
    -------
    ndarray
        Shape (12 nside²,).

    Examples
    --------
    >>> sums_over_discs(np.ones(12), 180.0).tolist() == [12.0] * 12
    True
    """
    result = np.zeros(len(values))
    disc_sums(*geometry(len(values)), cosine(radius), along_rings(values), result)
    return result


def mean_over_discs(values: Array, radius: float) -> Array:
    """Top-hat smoothing: the mean over the seen pixels of a disc around each pixel.

    Parameters
    ----------
    values
        Map in RING order, NaN where nothing was seen, shape (12 nside²,).
    radius
        Radius of the discs [degrees].

    Returns
    -------
    ndarray
        NaN where `values` is, shape (12 nside²,).
    """
    seen = np.isfinite(values)
    number = sums_over_discs(seen, radius)
    total = sums_over_discs(np.where(seen, values, 0.0), radius)
    return np.asarray(np.divide(total, number, out=np.full(len(values), np.nan), where=seen))


def background_of_discs(
    counts: Counts, exposure: Array, radius: float, keep_zonal: bool
) -> tuple[Array, Array, Array]:
    """Counts in the disc around each pixel, what they are expected to be, and the variance of that.

    Parameters
    ----------
    counts, exposure
        Of each pixel, shape (npix,), RING order. The exposure may be multiplied by a model of the sky.
    radius
        Radius of the discs [degrees].
    keep_zonal
        Whether the expectation comes from the whole field of view beside the disc; else it comes from the rings that
        the disc crosses.

    Returns
    -------
    on, expected, variance
        Each of shape (npix,); 0 where there is nothing to compare with.
    """
    if keep_zonal:
        on, inside = sums_over_discs(counts, radius), sums_over_discs(exposure, radius)
        beside = np.sum(exposure) - inside
        off = np.sum(counts) - on
        share = np.divide(inside, beside, out=np.zeros(len(on)), where=beside > 1e-10 * inside)
        return np.where(share > 0, on, 0.0), share * off, share**2 * off
    on, expected, variance = np.zeros((3, len(counts)))
    sums = (along_rings(counts), along_rings(exposure))
    disc_background(*geometry(len(counts)), cosine(radius), *sums, on, expected, variance)
    return on, expected, variance


def geometry(pixels: int) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64]]:
    """Cosine of the colatitude, first longitude, number of pixels, and index of the first, of each ring."""
    rings = healpix_rings(math.isqrt(pixels // 12))
    z = np.array([math.cos(theta) for theta in rings.colatitude.tolist()])
    return z, rings.first_longitude, rings.longitudes, rings.start


def check_radius(radius: float) -> None:
    """Refuse a radius [degrees] that is no angle."""
    if not 0 <= radius <= 180:
        raise InputError(f"smooth = {radius:g} deg: must be from 0 to 180 deg")


def cosine(radius: float) -> float:
    """Cosine of the radius of a disc [degrees], which must be an angle."""
    check_radius(radius)
    return math.cos(math.radians(radius))


def along_rings(values: NDArray[Any]) -> Array:
    """For each ring the sums of its first 0, 1, … pixels, one ring after the other, shape (npix + rings,)."""
    _, _, count, start = geometry(len(values))
    sums = np.zeros(len(values) + len(count))
    for ring, (first, number) in enumerate(zip(start.tolist(), count.tolist(), strict=True)):
        sums[first + ring + 1 : first + ring + 1 + number] = np.cumsum(
            values[first : first + number]
        )
    return sums
