"""Coupled C_ℓ of Gaussian skies, isotropic or zonal about a given field: mean and covariance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.forecasting.skies import IsotropicSky, Sky
from eddysky.validation.theory.coupled_sky import isotropic_moments, zonal_moments
from eddysky.validation.theory.legendre import zonal_harmonics
from eddysky.validation.theory.mode_coupling import ZonalCoupling

__all__ = ["CoupledSpectra"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoupledSpectra:
    """Coupled C_ℓ of an observation.

    Parameters
    ----------
    coupling
        Of weight and exposure.
    field
        Unit vector along the magnetic field in equatorial axes, shape (3,).
    """

    coupling: ZonalCoupling
    field: Array

    @cached_property
    def forms(self) -> Array:
        """Q_ℓ with ⟨C̃_ℓ⟩ = Σ Q_ℓ,ij Z_ij of zonal skies, shape (lmax + 1, lmax + 1, lmax + 1)."""
        coupling = self.coupling
        turned = (
            coupling.couplings
            * zonal_harmonics(self.field, coupling.lmax)[coupling.orders, np.newaxis]
        )
        sums = (turned.transpose(1, 2, 0) * coupling.twice) @ turned.transpose(1, 0, 2)
        return np.asarray(sums / (2 * np.arange(len(sums)) + 1)[:, np.newaxis, np.newaxis])

    @property
    def noise(self) -> Array:
        """Noise in ⟨C̃_ℓ⟩, shape (lmax + 1,)."""
        return self.coupling.noise_bias

    def inflation(self, count: int) -> float:
        """Factor of the covariance for which its inverse is unbiased: one, as it is exact."""
        return 1.0

    def power(self, sky: Sky) -> Array:
        """⟨C̃_ℓ⟩ of a sky without noise, shape (lmax + 1,)."""
        if isinstance(sky, IsotropicSky):
            return np.asarray(self.coupling.matrix @ sky.c_ell)
        return np.asarray(np.tensordot(self.forms, sky.matrix))

    def covariance_parts(self, sky: Sky) -> tuple[Array, Array, Array]:
        """Covariance of the C̃_ℓ of one sky: of the signal, of the signal with the noise, and of the noise.

        Each has the shape (lmax + 1, lmax + 1). If the counts are multiplied by x, the second is divided by x and the
        third by x².
        """
        coupling = self.coupling
        silent = replace(coupling, noise=np.zeros_like(coupling.noise))
        noise = isotropic_moments(coupling, np.zeros(coupling.lmax + 1)).covariance
        whole, own = (
            isotropic_moments(given, sky.c_ell).covariance
            if isinstance(sky, IsotropicSky)
            else zonal_moments(given, sky.matrix, self.field).covariance
            for given in (coupling, silent)
        )
        return own, whole - own - noise, noise
