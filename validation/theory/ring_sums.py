"""Sums over the pixels of HEALPix rings: multipoles of a map, means of rings, and maps of declination alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError

__all__ = ["RingSums"]

Array = NDArray[np.float64]

# Largest relative difference of pixels of one ring of a map of declination alone.
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class RingSums:
    """HEALPix rings: pixels of equal colatitude.

    Parameters
    ----------
    z
        cos θ of each ring, from north to south, shape (rings,).
    count, start
        Number of pixels of each ring and the index of its first one, shape (rings,).
    first_longitude
        Of the first pixel of each ring [rad], shape (rings,).
    area
        Solid angle of a pixel [sr].
    """

    z: Array
    count: NDArray[np.int64]
    start: NDArray[np.int64]
    first_longitude: Array
    area: float

    @classmethod
    def from_pixels(cls, pixels: int) -> Self:
        """Rings of a map of so many pixels.

        Raises
        ------
        InputError
            If it is not 12 nside².
        """
        nside = math.isqrt(pixels // 12)
        if nside < 1 or pixels != 12 * nside**2:
            raise InputError(f"a map of {pixels} pixels: must have 12 nside^2 pixels")
        info = ducc0.healpix.Healpix_Base(nside, "RING").sht_info()
        count = info["nphi"].astype(np.int64)
        return cls(
            np.cos(info["theta"]),
            count,
            info["ringstart"].astype(np.int64),
            info["phi0"],
            math.pi / (3 * nside**2),
        )

    def alm(self, values: Array, lmax: int) -> NDArray[np.complex128]:
        """Ω Σ_p f_p Y*_ℓm(p), m ≥ 0, m by m up to lmax."""
        alm: NDArray[np.complex128] = ducc0.sht.adjoint_synthesis(
            map=values[np.newaxis],
            spin=0,
            lmax=lmax,
            theta=np.arccos(self.z),
            nphi=self.count.astype(np.uint64),
            phi0=self.first_longitude,
            ringstart=self.start.astype(np.uint64),
        )[0]
        return self.area * alm

    def without_means(self, values: Array, exposure: Array, keep_zonal: bool) -> Array:
        """Values without their mean, weighted by the exposure, on each ring, or over all pixels with m = 0 kept.

        Parameters
        ----------
        values, exposure
            Of each pixel, shape (pixels,).
        keep_zonal
            Whether m = 0 is kept.

        Returns
        -------
        ndarray
            Shape (pixels,); zero where there is no exposure.
        """
        weighted = exposure * values
        if keep_zonal:
            means: Array | float = float(weighted.sum() / exposure.sum())
        else:
            sums, whole = (np.add.reduceat(each, self.start) for each in (weighted, exposure))
            on_ring = np.divide(sums, whole, out=np.zeros_like(sums), where=whole > 0)
            means = np.repeat(on_ring, self.count)
        return np.where(exposure > 0, values - means, 0.0)

    def of_declination(self, values: Array) -> Array | None:
        """Value on each ring, shape (rings,), of a map that is the same on whole rings, else None."""
        means = np.add.reduceat(values, self.start) / self.count
        same = np.abs(values - np.repeat(means, self.count)) <= _EQUAL * np.max(np.abs(values))
        return means if np.all(same) else None
