"""Turbulence that knows the magnetic field: distribution of its wavevectors about b, and their polarisation.

With y = |k̂·b|, waves of wavenumber k are distributed as g(y; k), ∫₀¹ g dy = 1; w(k) stays as given. Goldreich–Sridhar
turbulence has the spectrum k_⊥^(−10/3) exp(−k_∥ L^(1/3)/k_⊥^(2/3)), so that

    g ∝ (1 − y²)^(−5/3) exp(−(kL)^(1/3) y/(1 − y²)^(1/3)),

with the outer scale L (Goldreich & Sridhar 1995; Cho, Lazarian & Vishniac 2002). The polarisations are those of a
plasma whose thermal pressure exceeds the magnetic one: fast waves along k, slow waves across k.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import Spectrum, TransverseFraction, fraction_at

__all__ = ["TRANSVERSE_FRACTION", "Anisotropy", "Polarization", "TurbulentPart"]

Array = NDArray[np.float64]

Anisotropy = Literal["isotropic", "slab", "two-dimensional", "goldreich-sridhar"]
Polarization = Literal["isotropic", "alfven", "slow", "fast"]

# y of all waves.
COSINES = {"slab": 1.0, "two-dimensional": 0.0}
# β of the polarisations that fix it.
TRANSVERSE_FRACTION = {"alfven": 1.0, "slow": 1.0, "fast": 0.0}


@dataclass(frozen=True, slots=True)
class TurbulentPart:
    """One component of the turbulence on its band.

    Parameters
    ----------
    spectrum
        w(k).
    transverse_fraction
        β, or β(k).
    anisotropy, polarization
        As in the configuration; L = 2π/k_min.
    """

    spectrum: Spectrum
    transverse_fraction: TransverseFraction
    anisotropy: Anisotropy
    polarization: Polarization

    @property
    def cosine(self) -> float | None:
        """The y that all waves have; None where it is distributed."""
        return COSINES.get(self.anisotropy)

    def cosine_density(self, k: Array, y: Array) -> Array:
        """g(y; k) times a function of k alone.

        Parameters
        ----------
        k, y
            Wavenumbers [1/pc] and cosines 0 ≤ y ≤ 1, of shapes that broadcast. Only where y is distributed.
        """
        if self.anisotropy == "isotropic":
            return np.ones(np.broadcast_shapes(np.shape(k), np.shape(y)))
        # At y = 1 the exponential wins.
        across = np.maximum((1 - y) * (1 + y), 1e-30)
        stretched = np.cbrt(2 * np.pi * k / (self.spectrum.k_min * across))
        return np.asarray(across ** (-5 / 3) * np.exp(-stretched * y))

    def polarizations(self, k: Array) -> tuple[Array, Array, Array]:
        """Parts of the variance of waves at wavenumbers k [1/pc] (n,), each (n,).

        Along k; across k in the plane of k and b; and across both, along k × b.
        """
        none, whole = np.zeros_like(k), np.ones_like(k)
        if self.polarization == "fast":
            return whole, none, none
        if self.polarization == "slow":
            return none, whole, none
        if self.polarization == "alfven":
            return none, none, whole
        beta = np.asarray(fraction_at(self.transverse_fraction, k))
        return 1 - beta, beta / 2, beta / 2
