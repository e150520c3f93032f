"""A sky map: relative intensity per HEALPix pixel, and how well random particles determine it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.binning import accumulate
from eddysky.simulator.config.sampling_limits import MAX_EXPECTED_LMAX
from eddysky.simulator.sky.rings import healpix_rings

__all__ = ["PixelSums", "Sky", "map_lmax", "pixel_means"]

Array = NDArray[np.float64]

# Points along each side of a pixel in the mean over it, and the finest grid of such points.
POINTS, FINEST = 8, 1024


def map_lmax(nside: int) -> int:
    """Highest multipole in a map of pixel means: 4 nside, beyond which a pixel averages away most of the power.

    Above nside 128, where that would take longer than the spectrum of many skies, it is less, but at least 2 nside.
    """
    return min(4 * nside, max(2 * nside, 512), MAX_EXPECTED_LMAX)


def pixel_means(alm: NDArray[np.complex128], nside: int) -> Array:
    """Means over the pixels, in RING order, of a sky given by its a_ℓm up to `map_lmax`; the monopole is left out.

    They are means over 64 points of each pixel, with nside above 128 over fewer, from 1024 at the centre alone. Their
    error falls as the square of the distance of the points, and is extrapolated to zero from a quarter of the points.
    """
    alm = alm.copy()
    alm[0] = 0.0
    points = max(1, min(POINTS, FINEST // nside))
    means = means_over_points(alm, nside, points)
    if points == 1:
        return means
    return means + (means - means_over_points(alm, nside, points // 2)) / 3


def means_over_points(alm: NDArray[np.complex128], nside: int, points: int) -> Array:
    """Means over points² equal parts of each pixel, of the values at their centres."""
    values = healpix_rings(points * nside).synthesise(alm, map_lmax(nside))
    fine = ducc0.healpix.Healpix_Base(points * nside, "RING")
    coarse = ducc0.healpix.Healpix_Base(nside, "RING")
    nested = values[fine.nest2ring(np.arange(len(values)))]
    means = nested.reshape(-1, points**2).mean(axis=1)
    return np.asarray(means[coarse.ring2nest(np.arange(len(means)))])


@dataclass(frozen=True, slots=True)
class Sky:
    """Relative intensity with its monopole removed, in RING order, equatorial (J2000) axes.

    Parameters
    ----------
    intensity
        I − ⟨I⟩ at pixel directions, which are arrival directions; NaN where no particle fell. (12 nside²,)
    hits
        Particles per pixel; None at pixel centres.
    variance
        Squared standard error of `intensity`; NaN with fewer than two hits. None at pixel centres.
    """

    intensity: Array
    hits: NDArray[np.int64] | None = None
    variance: Array | None = None


@dataclass(frozen=True, slots=True)
class PixelSums:
    """Running sums of particles per pixel."""

    nside: int
    count: NDArray[np.int64] = field(repr=False)
    total: Array = field(repr=False)
    square: Array = field(repr=False)

    @classmethod
    def empty(cls, nside: int) -> Self:
        """Sums before the first particle."""
        pixels = 12 * nside**2
        return cls(nside, np.zeros(pixels, dtype=np.int64), np.zeros(pixels), np.zeros(pixels))

    def add(self, angles: Array, values: Array) -> None:
        """Add particles from colatitudes and longitudes (N, 2) with values (N,)."""
        pixels = ducc0.healpix.Healpix_Base(self.nside, "RING").ang2pix(angles)
        accumulate(pixels, values, self.count, self.total, self.square)

    def sky(self, mean: float) -> Sky:
        """Pixel averages above `mean`, with their standard errors squared."""
        with np.errstate(invalid="ignore", divide="ignore"):
            average = self.total / self.count
            spread = np.maximum(self.square / self.count - average**2, 0.0)
            variance = np.where(self.count > 1, spread / (self.count - 1.0), np.nan)
        return Sky(average - mean, self.count, variance)
