"""What an observation does to the a_ℓm of a sky, and the exact mean and covariance of its coupled C_ℓ.

Exposure and weight depend on declination alone, so that each m stands for itself: ã_ℓm = Σ_ℓ' K^m_ℓℓ' a_ℓ'm + n_ℓm with
the noise covariance N^m. With r_m real parts of a mode (1 for m = 0, 2 for ±m > 0, 0 where the mode is removed),

    C̃_ℓ = Σ_m r_m |ã_ℓm|²/(2ℓ+1).

For Gaussian skies, isotropic ones with S^m = K^m C K^mᵀ,

    ⟨C̃_ℓ⟩ = Σ_m r_m (S + N)^m_ℓℓ/(2ℓ+1),
    cov(C̃_ℓ, C̃_ℓ') = 2 Σ_m r_m [(S + N)^m_ℓℓ']² / [(2ℓ+1)(2ℓ'+1)].

A zonal sky about b has a_ℓm = √(4π/(2ℓ+1)) Y*_ℓm(b) z_ℓ, with the same z for all m. Its signal is the quadratic form
C̃_ℓ = z Q_ℓ z with ⟨z zᵀ⟩ = Z, so that the signal's own part of the covariance is 2 tr(Q_ℓ Z Q_ℓ' Z) instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.legendre import meridian_harmonics

__all__ = ["Coupling", "IsotropicSky", "Sky", "ZonalSky"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IsotropicSky:
    """A Gaussian sky that is statistically isotropic.

    Parameters
    ----------
    c_ell
        C_ℓ, shape (lmax + 1,).
    """

    c_ell: Array

    def scaled(self, factor: float) -> IsotropicSky:
        """The sky with its power multiplied."""
        return IsotropicSky(factor * self.c_ell)


@dataclass(frozen=True, eq=False)
class ZonalSky:
    """A Gaussian sky of the pitch angle alone.

    Parameters
    ----------
    matrix
        ⟨z_ℓ z_ℓ'⟩ of m = 0 about the magnetic field, shape (lmax + 1, lmax + 1).
    sine
        Sine of the declination of the field.
    """

    matrix: Array
    sine: float

    def scaled(self, factor: float) -> ZonalSky:
        """The sky with its power multiplied."""
        return ZonalSky(factor * self.matrix, self.sine)

    @cached_property
    def root(self) -> Array:
        """A with A Aᵀ = Z, shape (lmax + 1, lmax + 1)."""
        values, vectors = np.linalg.eigh(self.matrix)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))

    @cached_property
    def harmonics(self) -> Array:
        """√(4π/(2ℓ+1)) |Y_ℓm(b)| with its sign, shape (lmax + 1, lmax + 1) with the axes m, ℓ."""
        size = len(self.matrix)
        out = np.zeros((size, size))
        for m, rows in enumerate(meridian_harmonics(np.array([self.sine]), size - 1, size - 1)):
            out[m, m:] = rows[:, 0]
        return np.asarray(out * np.sqrt(4 * math.pi / (2 * np.arange(size) + 1)))


Sky = IsotropicSky | ZonalSky


@dataclass(frozen=True, eq=False)
class Coupling:
    """Coupling of an observation, for multipoles 0…lmax.

    Parameters
    ----------
    signal, noise
        K^m and N^m, shape (lmax + 1, lmax + 1, lmax + 1) with the axes m, ℓ, ℓ'.
    parts
        r_m, shape (lmax + 1,).
    """

    signal: Array
    noise: Array
    parts: Array

    @classmethod
    def from_rings(
        cls,
        sine: Array,
        area: Array,
        exposure: Array,
        weight: Array,
        lmax: int,
        beam: Array,
        *,
        keep_zonal: bool,
    ) -> Self:
        """Coupling of the relative intensity on rings of equal declination.

        Parameters
        ----------
        sine
            Sine of the declination of each ring, shape (rings,).
        area
            Solid angle of all pixels of the ring [sr], shape (rings,).
        exposure
            Expected counts on the ring for an isotropic sky, shape (rings,); 0 outside the field of view.
        weight
            Weight of the relative intensity in spectra, shape (rings,); 0 where there is no exposure.
        lmax
            Highest multipole.
        beam
            Factor of the a_ℓm for the point spread, shape (lmax + 1,).
        keep_zonal
            Whether m = 0 is kept; the counts are then normalised to the whole exposure.
        """
        signal, noise = np.zeros((2, lmax + 1, lmax + 1, lmax + 1))
        seen = exposure > 0
        one = weight * area
        # Variance of a relative intensity is 1/counts; |w|² of the ring is shared by its pixels.
        scatter = np.divide(one**2, exposure, out=np.zeros_like(one), where=seen)
        for m, rows in enumerate(meridian_harmonics(sine, lmax, lmax)):
            signal[m, m:, m:] = (rows * one) @ rows.T
            noise[m, m:, m:] = (rows * scatter) @ rows.T
            if m == 0 and keep_zonal:
                # The mean over the exposure is one: what is above it is subtracted from all the sky.
                constant, mean = rows @ one, rows @ exposure / exposure.sum()
                signal[0] -= np.outer(constant, mean)
                noise[0] -= np.outer(constant, constant) / exposure.sum()
        parts = np.full(lmax + 1, 2.0)
        parts[0] = float(keep_zonal)
        return cls(signal * beam, noise, parts)

    @cached_property
    def orders(self) -> Array:
        """2ℓ + 1, shape (lmax + 1,)."""
        return np.arange(1.0, 2 * len(self.parts), 2)

    @cached_property
    def matrix(self) -> Array:
        """⟨C̃_ℓ⟩ = Σ_ℓ' M_ℓℓ' C_ℓ' of isotropic skies, shape (lmax + 1, lmax + 1)."""
        return self._per_order(np.einsum("m,mij->ij", self.parts, self.signal**2))

    @cached_property
    def noise_power(self) -> Array:
        """Noise in ⟨C̃_ℓ⟩, shape (lmax + 1,)."""
        return np.asarray(np.einsum("m,mii->i", self.parts, self.noise) / self.orders)

    def power(self, sky: Sky) -> Array:
        """⟨C̃_ℓ⟩ of the sky without noise, shape (lmax + 1,)."""
        if isinstance(sky, IsotropicSky):
            return np.asarray(self.matrix @ sky.c_ell)
        return np.asarray(np.einsum("lii->l", self._forms(sky)))

    def covariances(self, sky: Sky) -> tuple[Array, Array, Array]:
        """Covariance of the C̃_ℓ of one sky by powers of the noise.

        Parameters
        ----------
        sky
            The sky.

        Returns
        -------
        tuple of ndarray
            Of the signal alone, of the signal with the noise, and of the noise alone, each (lmax + 1, lmax + 1).
            Where the counts are multiplied by a, the second is divided by a and the third by a².
        """
        if isinstance(sky, IsotropicSky):
            signal = np.einsum("mil,l,mjl->mij", self.signal, sky.c_ell, self.signal, optimize=True)
            own = np.einsum("m,mij->ij", self.parts, signal**2)
        else:
            seen = self._seen(sky)
            signal = np.einsum("mil,mjl->mij", seen, seen, optimize=True)
            forms = self._forms(sky).reshape(len(self.parts), -1)
            # Forms are divided by 2ℓ+1 already.
            own = forms @ forms.T * np.outer(self.orders, self.orders)
        cross = 2 * np.einsum("m,mij->ij", self.parts, signal * self.noise)
        noise = np.einsum("m,mij->ij", self.parts, self.noise**2)
        own, cross, noise = (
            2 * self._per_order(part) / self.orders for part in (own, cross, noise)
        )
        return own, cross, noise

    def _seen(self, sky: ZonalSky) -> Array:
        """Response of ã_ℓm to the columns of the root of Z, shape (m, ℓ, columns)."""
        return np.asarray((self.signal * sky.harmonics[:, np.newaxis]) @ sky.root)

    def _forms(self, sky: ZonalSky) -> Array:
        """Aᵀ Q_ℓ A with Z = A Aᵀ, shape (ℓ, columns, columns)."""
        seen = self._seen(sky)
        forms = np.einsum("m,mli,mlj->lij", self.parts, seen, seen, optimize=True)
        return np.asarray(forms / self.orders[:, np.newaxis, np.newaxis])

    def _per_order(self, sums: Array) -> Array:
        """Rows divided by 2ℓ+1."""
        return np.asarray(sums / self.orders[:, np.newaxis])
