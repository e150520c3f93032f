"""Coupled C_ℓ of fields of view that depend on right ascension: exact mean, covariance from drawn skies.

The a_ℓm of different m mix, and an exact covariance would take matrices of all of them. Instead Gaussian skies and the
noise of counts are drawn and seen as the analysis sees them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.simulator.sky.harmonics import cross_power
from eddysky.simulator.sky.rings import Rings, healpix_rings
from eddysky.validation.forecasting.skies import IsotropicSky, Sky
from eddysky.validation.theory.legendre import zonal_harmonics
from eddysky.validation.theory.mask_coupling import MaskCoupling
from eddysky.validation.theory.ring_sums import RingSums

__all__ = ["DRAWS", "DrawnSpectra"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Number of skies and seed: standard deviations are known to 3%, and the same forecast gives the same numbers.
DRAWS, _SEED = 1000, 20


@dataclass(frozen=True, eq=False)
class DrawnSpectra:
    """Coupled C_ℓ of an observation through any mask.

    Parameters
    ----------
    exposure, weight
        Expected counts and weight of each pixel, RING order, shape (12 nside²,).
    lmax
        Highest multipole.
    keep_zonal
        Whether m = 0 is kept.
    field
        Unit vector along the magnetic field in equatorial axes, shape (3,).
    """

    exposure: Array
    weight: Array
    lmax: int
    keep_zonal: bool
    field: Array

    @cached_property
    def coupling(self) -> MaskCoupling:
        """Mean coupling of isotropic skies."""
        return MaskCoupling.from_maps(self.weight, self.exposure, self.lmax, self.keep_zonal)

    @property
    def noise(self) -> Array:
        """Noise in ⟨C̃_ℓ⟩, shape (lmax + 1,)."""
        return self.coupling.noise_bias

    def inflation(self, count: int) -> float:
        """Factor of the covariance of `count` multipoles for which its inverse is unbiased (Hartlap et al. 2007)."""
        return (DRAWS - 1) / (DRAWS - count - 2)

    def power(self, sky: Sky) -> Array:
        """⟨C̃_ℓ⟩ of a sky without noise, shape (lmax + 1,)."""
        if isinstance(sky, IsotropicSky):
            return np.asarray(self.coupling.matrix @ sky.c_ell)
        return np.asarray(np.tensordot(self.forms, sky.matrix))

    def covariance_parts(self, sky: Sky) -> tuple[Array, Array, Array]:
        """Covariance of the C̃_ℓ of one sky, as that of `CoupledSpectra`."""
        rng = np.random.Generator(np.random.Philox(_SEED))
        scatter = np.divide(
            1, np.sqrt(self.exposure), out=np.zeros_like(self.exposure), where=self.exposure > 0
        )
        signal, mixed, noise = np.empty((3, DRAWS, self.lmax + 1))
        for row in range(DRAWS):
            drawn = self._draw(sky, rng)
            counts = self._seen(scatter * rng.standard_normal(len(scatter)))
            signal[row] = cross_power(drawn, drawn, self.lmax)
            mixed[row] = 2 * cross_power(drawn, counts, self.lmax)
            noise[row] = cross_power(counts, counts, self.lmax)
        return np.cov(signal.T), np.cov(mixed.T), np.cov(noise.T)

    @cached_property
    def responses(self) -> Alm:
        """ã_ℓm for each z_ℓ = 1 of a zonal sky, shape (lmax + 1, number of ã_ℓm)."""
        harmonics = zonal_harmonics(self.field, self.lmax)
        phase = math.atan2(self.field[1], self.field[0])
        ell, m = ells_and_ms(self.lmax)
        alm = harmonics[m, ell] * np.exp(-1j * m * phase)
        return np.array([self._sky(np.where(ell == one, alm, 0)) for one in range(self.lmax + 1)])

    @cached_property
    def forms(self) -> Array:
        """As that of `CoupledSpectra`."""
        size = self.lmax + 1
        out = np.empty((size, size, size))
        for i, one in enumerate(self.responses):
            for j, other in enumerate(self.responses[: i + 1]):
                out[:, i, j] = out[:, j, i] = cross_power(one, other, self.lmax)
        return out

    @cached_property
    def _rings(self) -> Rings:
        """Rings of pixels."""
        return healpix_rings(math.isqrt(len(self.exposure) // 12))

    def _draw(self, sky: Sky, rng: np.random.Generator) -> Alm:
        """ã_ℓm of one Gaussian sky."""
        if not isinstance(sky, IsotropicSky):
            return np.asarray((sky.root @ rng.standard_normal(self.lmax + 1)) @ self.responses)
        ell, m = ells_and_ms(self.lmax)
        parts = rng.standard_normal((2, len(ell)))
        alm = np.where(m == 0, parts[0], (parts[0] + 1j * parts[1]) / math.sqrt(2))
        return self._sky(alm * np.sqrt(sky.c_ell[ell]))

    def _sky(self, alm: Alm) -> Alm:
        """ã_ℓm of a sky of these a_ℓm."""
        return self._seen(self._rings.synthesise(alm.astype(np.complex128), self.lmax))

    def _seen(self, values: Array) -> Alm:
        """ã_ℓm of a relative intensity in all pixels, without the mean of each ring or of the field."""
        rings = RingSums.from_pixels(len(values))
        above = rings.without_means(values, self.exposure, self.keep_zonal)
        alm: Alm = self._rings.project(self.weight * above, self.lmax)
        if not self.keep_zonal:
            alm[: self.lmax + 1] = 0
        return alm * (4 * math.pi / len(values))
