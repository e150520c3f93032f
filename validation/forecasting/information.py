"""All that an observation says about the a_ℓm: Gaussian likelihoods of whole skies, with their phases.

Counts of a field whose exposure e depends on declination alone carry the information F^m_ℓℓ' = Σ_r n_r e_r λ_ℓm λ_ℓ'm
about the a_ℓm, for rings of n_r pixels. Multipoles below ℓ_min, which have other sources too, are fitted freely. With
F^m = H Hᵀ the data are equivalent to y_m = Hᵀ a_m + noise of unit variance. For an isotropic sky these are independent
for different m, with the covariance 1 + Hᵀ C H; for a zonal one y = T z + noise, with 1 + T Z Tᵀ, T being Hᵀ times the
harmonics of the field's direction. If the first of two models with the covariances Σ₁ and Σ₂ is true, the mean of twice
the logarithm of their likelihood ratio is

    2 ⟨ln L₁ − ln L₂⟩ = tr(Σ₂⁻¹ Σ₁ − 1) + ln det Σ₂ − ln det Σ₁.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.forecasting.skies import IsotropicSky, Sky
from eddysky.validation.theory.legendre import meridian_harmonics, zonal_harmonics
from eddysky.validation.theory.ring_sums import RingSums

__all__ = ["Information"]

Array = NDArray[np.float64]

# Combinations of a_ℓm with less than this part of the largest information are not seen.
_LEAST = 1e-12
# Step of parameters for the curvature.
_STEP = 0.01


@dataclass(frozen=True, eq=False)
class Information:
    """Whitened response to the a_ℓm.

    Parameters
    ----------
    response
        Hᵀ, shape (orders, lmax + 1, lmax + 1) with the axes m, datum, ℓ.
    orders
        The m ≥ 0, shape (orders,).
    field
        Unit vector along the magnetic field, shape (3,).
    """

    response: Array
    orders: NDArray[np.int64]
    field: Array

    @classmethod
    def from_exposure(
        cls, exposure: Array, field: Array, lmin: int, lmax: int, keep_zonal: bool
    ) -> Self:
        """Information in counts.

        Parameters
        ----------
        exposure
            Expected counts of an isotropic sky in each pixel, the same on whole rings, shape (12 nside²,).
        field
            Unit vector along the magnetic field, shape (3,).
        lmin, lmax
            Lowest and highest multipole that count.
        keep_zonal
            Whether m = 0 is kept; the number of all events is then unknown.

        Returns
        -------
        Information
            With zeros at multipoles below lmin.
        """
        rings = RingSums.from_pixels(len(exposure))
        counts = np.add.reduceat(exposure, rings.start)
        orders = np.arange(0 if keep_zonal else 1, lmax + 1)
        response = np.zeros((len(orders), lmax + 1, lmax + 1))
        for m, rows in enumerate(meridian_harmonics(rings.z, lmax, lmax)):
            if m < orders[0]:
                continue
            information = (rows * counts) @ rows.T
            free = max(lmin - m, 0)
            used = information[free:, free:]
            if free:
                between = information[free:, :free]
                inverse = np.linalg.pinv(information[:free, :free], hermitian=True)
                used = used - between @ inverse @ between.T
            values, vectors = np.linalg.eigh(used)
            values[values < _LEAST * np.max(np.diag(information))] = 0.0
            response[m - orders[0], m + free :, m + free :] = (vectors * np.sqrt(values)).T
        return cls(response, orders, field)

    @cached_property
    def zonal_response(self) -> Array:
        """T: response to the z_ℓ of the part of the data of m that has them, shape (orders, datum, lmax + 1)."""
        harmonics = zonal_harmonics(self.field, self.response.shape[2] - 1)[self.orders]
        parts = np.sqrt(self.parts)[:, np.newaxis, np.newaxis]
        return np.asarray(parts * self.response * harmonics[:, np.newaxis])

    @cached_property
    def zonal_information(self) -> Array:
        """Tᵀ T, shape (lmax + 1, lmax + 1)."""
        return _sandwich(self.zonal_response)

    @property
    def parts(self) -> Array:
        """Real parts of each m: 1 for m = 0, else 2."""
        return np.where(self.orders == 0, 1.0, 2.0)

    def contrast_with(self, true: Sky) -> Callable[[Sky], float]:
        """2 ⟨ln L(true) − ln L(other)⟩ over the data of the true model, as a function of the other."""
        level = self._log_determinant(true)
        if isinstance(true, IsotropicSky):
            covariance = self._covariance(true)
            excess = self.parts @ (np.trace(covariance, axis1=1, axis2=2) - covariance.shape[1])
            seen = _sandwich(self.zonal_response, covariance)
        else:
            inner = self.zonal_information
            excess = np.sum(inner * true.matrix)
            seen = inner + inner @ true.matrix @ inner

        def contrast(other: Sky) -> float:
            found = self._log_determinant(other) - level
            if not isinstance(other, IsotropicSky):
                # Woodbury: Σ⁻¹ = 1 − T A (1 + Aᵀ Tᵀ T A)⁻¹ Aᵀ Tᵀ with Z = A Aᵀ.
                root = other.root
                missing = np.linalg.solve(self._inner(root), root.T @ seen @ root)
                return float(found + excess - np.trace(missing))
            inverse = np.asarray(np.linalg.inv(self._covariance(other)), dtype=np.float64)
            if isinstance(true, IsotropicSky):
                ratios = np.sum(inverse * covariance, axis=(1, 2)) - inverse.shape[1]
                return float(found + self.parts @ ratios)
            noise = self.parts @ (np.trace(inverse, axis1=1, axis2=2) - inverse.shape[1])
            return float(
                found + noise + np.sum(_sandwich(self.zonal_response, inverse) * true.matrix)
            )

        return contrast

    def fisher(self, sky: Callable[[Array], Sky], size: int) -> Array:
        """Fisher matrix of parameters of the sky at zero, from the curvature of the contrast, shape (size, size).

        Parameters
        ----------
        sky
            Sky at small values of the parameters, shape (size,), on which it depends by factors of about their size.
        size
            Number of parameters.
        """
        found = self.contrast_with(sky(np.zeros(size)))
        unit = _STEP * np.eye(size)
        # The contrast of the parameters x is x·F x; terms of odd order cancel, and Fᵢⱼ with i ≠ j is a difference.
        sums = np.array(
            [
                [(found(sky(a + b)) + found(sky(-a - b))) / 2 if i <= j else 0 for j, b in enumerate(unit)]
                for i, a in enumerate(unit)
            ]
        )  # fmt: skip
        own = np.diag(sums) / 4
        mixed = (sums - own[:, np.newaxis] - own) / 2
        return (np.diag(own) + np.triu(mixed, 1) + np.triu(mixed, 1).T) / _STEP**2

    def _covariance(self, sky: IsotropicSky) -> Array:
        """1 + Hᵀ C H of each m, shape (orders, datum, datum)."""
        signal = (self.response * sky.c_ell) @ self.response.transpose(0, 2, 1)
        return np.asarray(signal + np.eye(len(sky.c_ell)))

    def _inner(self, root: Array) -> Array:
        """1 + Aᵀ Tᵀ T A, shape (lmax + 1, lmax + 1)."""
        return np.asarray(np.eye(len(root)) + root.T @ self.zonal_information @ root)

    def _log_determinant(self, sky: Sky) -> float:
        """Ln det Σ."""
        if isinstance(sky, IsotropicSky):
            return float(self.parts @ np.linalg.slogdet(self._covariance(sky))[1])
        return float(np.linalg.slogdet(self._inner(sky.root))[1])


def _sandwich(response: Array, middle: Array | None = None) -> Array:
    """Sum over m of Tᵀ M T, shape (lmax + 1, lmax + 1); M is 1 by default."""
    other = response if middle is None else middle @ response
    return np.asarray(np.tensordot(response, other, ((0, 1), (0, 1))))
