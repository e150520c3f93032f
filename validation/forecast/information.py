"""All that an observation says about the a_ℓm: Gaussian likelihoods of whole skies, with their phases.

Counts of a field whose exposure depends on declination alone have the information F^m = Σ E Y_ℓm Y_ℓ'm about the a_ℓm,
summed over pixels of exposure E; multipoles below ℓ_min, which have other sources too, are fitted freely. With
F^m = H Hᵀ the data are equivalent to y_m = Hᵀ a_m + noise of unit variance. They are independent for different m for an
isotropic sky, of covariance 1 + Hᵀ C H, and follow from the z_ℓ alone for a zonal one, of covariance 1 + T Z Tᵀ. With the
covariances Σ of two models, the mean of twice the logarithm of their likelihood ratio, where the first is true, is

    2 ⟨ln L₁ − ln L₂⟩ = tr(Σ₂⁻¹ Σ₁ − 1) + ln det Σ₂ − ln det Σ₁.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.forecast.coupling import IsotropicSky, Sky, ZonalSky
from eddysky.validation.theory.legendre import meridian_harmonics

__all__ = ["Information"]

Array = NDArray[np.float64]

# Combinations of a_ℓm with less than this part of the largest information are not seen.
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class Information:
    """Whitened response to the a_ℓm.

    Parameters
    ----------
    response
        Hᵀ, shape (lmax + 1, lmax + 1, lmax + 1) with the axes m, datum, ℓ.
    parts
        Number of real parts of each m, shape (lmax + 1,).
    """

    response: Array
    parts: Array

    @classmethod
    def from_rings(
        cls, sine: Array, exposure: Array, lmin: int, lmax: int, beam: Array, *, keep_zonal: bool
    ) -> Self:
        """Information in the counts of rings; arguments as those of `Coupling.from_rings`."""
        response = np.zeros((lmax + 1, lmax + 1, lmax + 1))
        for m, rows in enumerate(meridian_harmonics(sine, lmax, lmax)):
            if m == 0 and not keep_zonal:
                continue
            information = (rows * exposure) @ rows.T * np.outer(beam[m:], beam[m:])
            free = max(lmin - m, 0)
            used = information[free:, free:]
            if free:
                between = information[free:, :free]
                other = np.linalg.pinv(information[:free, :free], hermitian=True)
                used = used - between @ other @ between.T
            values, vectors = np.linalg.eigh(used)
            seen = values > _LEAST * np.max(np.diag(information))
            response[m, m + free :, m + free :] = (vectors * np.sqrt(values * seen)).T
        parts = np.full(lmax + 1, 2.0)
        parts[0] = float(keep_zonal)
        return cls(response, parts)

    def contrast(self, true: Sky, other: Sky) -> float:
        """2 ⟨ln L(true) − ln L(other)⟩ over the data of the true model."""
        trace = self._log_determinant(other) - self._log_determinant(true)
        if isinstance(other, IsotropicSky):
            inverse = np.linalg.inv(self._covariance(other))
            if isinstance(true, IsotropicSky):
                ratio = np.einsum("mij,mji->m", inverse, self._covariance(true))
                return float(trace + self.parts @ (ratio - len(self.parts)))
            seen = self._zonal(true)
            noise = np.einsum("mii->m", inverse) - len(self.parts)
            return float(trace + self.parts @ noise + np.sum(seen * (inverse @ seen)))
        seen = self._zonal(other)
        inner = np.linalg.inv(np.eye(seen.shape[2]) + _product(seen, seen))
        if isinstance(true, IsotropicSky):
            covariance = self._covariance(true)
            whole = self.parts @ (np.einsum("mii->m", covariance) - len(self.parts))
            weighted = _product(seen, covariance @ seen)
            return float(trace + whole - np.sum(inner * weighted))
        signal = self._zonal(true)
        overlap = _product(seen, signal)
        weighted = _product(seen, seen) + overlap @ overlap.T
        return float(trace + np.sum(signal**2) - np.sum(inner * weighted))

    def _covariance(self, sky: IsotropicSky) -> Array:
        """1 + Hᵀ C H of each m, shape (m, datum, datum)."""
        signal = (self.response * sky.c_ell) @ np.swapaxes(self.response, 1, 2)
        return np.asarray(signal + np.eye(len(self.parts)))

    def _zonal(self, sky: ZonalSky) -> Array:
        """Response to the columns of the root of Z, shape (m, datum, columns); one real part of each m has it."""
        seen = (self.response * sky.harmonics[:, np.newaxis]) @ sky.root
        return np.asarray(np.sqrt(self.parts)[:, np.newaxis, np.newaxis] * seen)

    def _log_determinant(self, sky: Sky) -> float:
        """ln det Σ."""
        if isinstance(sky, IsotropicSky):
            return float(self.parts @ np.linalg.slogdet(self._covariance(sky))[1])
        seen = self._zonal(sky)
        return float(np.linalg.slogdet(np.eye(seen.shape[2]) + _product(seen, seen))[1])


def _product(one: Array, other: Array) -> Array:
    """Sum over m and data of the products of columns, shape (columns, columns)."""
    return np.asarray(np.tensordot(one, other, ((0, 1), (0, 1))))
