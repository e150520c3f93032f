r"""Mode coupling of a part of the sky: what the multipoles of weight × sky are made of.

The a_ℓm of a sky that is multiplied by a weight w are sums over those of the sky, ã_ℓm = Σ K_ℓm,ℓ'm' a_ℓ'm', so that
C̃_ℓ = Σ_m |ã_ℓm|²/(2ℓ+1) of a statistically isotropic sky has the mean Σ_ℓ' M_ℓℓ' C_ℓ' with the mode-coupling matrix

    M_ℓℓ' = Σ_mm' |K_ℓm,ℓ'm'|²/(2ℓ+1) = (2ℓ'+1) Σ_L (2L+1)/4π W_L (ℓ ℓ' L; 0 0 0)²     (all m; Hivon et al. 2002),

W_L the power spectrum of the weight. A weight of declination alone couples equal m only. With the pixel sums of a map
in HEALPix rings of n_r pixels of solid angle Ω at the colatitude θ_r,

    K^m_ℓℓ' = Ω Σ_r n_r w_r λ_ℓm(θ_r) λ_ℓ'm(θ_r),   λ_ℓm(θ) = Y_ℓm(θ, 0).

Analyses of ground-based detectors remove m = 0: the mean of each ring. That leaves out m = 0 of this sum. With m = 0
kept, the relative intensity is that to the mean over the exposure e (counts expected of an isotropic sky), and
K^0_ℓℓ' becomes K^0_ℓℓ' − w_ℓ e_ℓ', w_ℓ = Ω Σ n w λ_ℓ0, e_ℓ' = Σ n e λ_ℓ'0/Σ n e.

The noise of counts has the variance 1/e_r in each pixel and the covariance N^m_ℓℓ' = Ω² Σ_r n_r w_r²/e_r λ_ℓm λ_ℓ'm,
for m = 0 less w_ℓ w_ℓ'/Σ n e. (Rings near the poles have few pixels and mix m with m ± n_r; up to ℓ = 2 nside the λ_ℓm
of these m are small there, and it is left out.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.legendre import meridian_harmonics
from eddysky.validation.theory.ring_sums import RingSums

__all__ = [
    "ZonalCoupling",
    "coupling_matrix",
    "coupling_matrix_of_spectrum",
    "weight_power",
]

Array = NDArray[np.float64]


def coupling_matrix_of_spectrum(power: Array, lmax: int, lmax_sky: int | None = None) -> Array:
    """M_ℓℓ' of a weight with the power spectrum W_L, all m kept.

    Parameters
    ----------
    power
        W_L of the weight for L = 0…lmax + lmax_sky or fewer, shape (n,).
    lmax, lmax_sky
        Highest multipoles ℓ of the coupled spectrum and ℓ' of the sky; lmax_sky is lmax by default.

    Returns
    -------
    ndarray
        Shape (lmax + 1, lmax_sky + 1).

    Examples
    --------
    >>> import numpy as np
    >>> whole_sky = np.array([4 * np.pi])
    >>> bool(np.allclose(coupling_matrix_of_spectrum(whole_sky, 3), np.eye(4)))
    True
    """
    sky = lmax if lmax_sky is None else lmax_sky
    matrix: Array = ducc0.misc.experimental.coupling_matrix_rect(
        spec=np.ascontiguousarray(power[: lmax + sky + 1])[np.newaxis],
        optype=(0,),
        res=np.empty((1, lmax + 1, sky + 1)),
    )[0]
    return matrix * (2 * np.arange(sky + 1) + 1)


def weight_power(weight: Array, lmax: int) -> Array:
    """Power spectrum W_L of a weight map by pixel sums.

    Parameters
    ----------
    weight
        Weight of each pixel, RING order, shape (12 nside²,).
    lmax
        Highest multipole.

    Returns
    -------
    ndarray
        Shape (lmax + 1,).
    """
    rings = RingSums.from_pixels(len(weight))
    alm = rings.alm(weight, lmax)
    squares = np.abs(alm) ** 2
    power = squares[: lmax + 1].copy()
    first = lmax + 1
    for m in range(1, lmax + 1):
        power[m:] += 2 * squares[first : first + lmax + 1 - m]
        first += lmax + 1 - m
    return power / (2 * np.arange(lmax + 1) + 1)


def coupling_matrix(weight: Array, lmax: int, lmax_sky: int | None = None) -> Array:
    """M_ℓℓ' of any weight map, all m kept.

    Parameters
    ----------
    weight
        Weight of each pixel, RING order, shape (12 nside²,).
    lmax, lmax_sky
        As in `coupling_matrix_of_spectrum`.

    Returns
    -------
    ndarray
        Shape (lmax + 1, lmax_sky + 1).

    Examples
    --------
    >>> import numpy as np
    >>> north = np.repeat([1.0, 0.0], 6 * 16**2)
    >>> matrix = coupling_matrix(north, lmax=8)
    >>> print(f"{matrix[2].sum():.3f}")  # nearly the mean square of the weight, 0.5
    0.480
    """
    highest = lmax + (lmax if lmax_sky is None else lmax_sky)
    return coupling_matrix_of_spectrum(weight_power(weight, highest), lmax, lmax_sky)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ZonalCoupling:
    """Coupling by a weight and an exposure of declination alone: exact, m by m.

    Parameters
    ----------
    orders
        Those m ≥ 0 that are kept, shape (n,): from 1 where m = 0 is removed, else from 0.
    couplings
        K^m_ℓℓ', shape (n, lmax + 1, lmax_sky + 1).
    noise
        Covariance N^m_ℓℓ' of the noise of the counts, shape (n, lmax + 1, lmax + 1).
    """

    orders: NDArray[np.int64]
    couplings: Array
    noise: Array

    @classmethod
    def from_maps(
        cls,
        weight: Array,
        exposure: Array | None,
        lmax: int,
        keep_zonal: bool,
        lmax_sky: int | None = None,
    ) -> Self:
        """Sum over rings.

        Parameters
        ----------
        weight
            Weight of each pixel, RING order, equatorial axes, shape (12 nside²,).
        exposure
            Expected counts of an isotropic sky in each pixel, shape (12 nside²,); None for a sky without noise, with
            the same exposure all over the field of view.
        lmax, lmax_sky
            Highest multipoles of the coupled spectrum and of the sky; lmax_sky is lmax by default.
        keep_zonal
            Whether m = 0 is kept.

        Raises
        ------
        InputError
            If the weight or the exposure depends on right ascension, or a pixel has a weight without an exposure.

        Examples
        --------
        >>> import numpy as np
        >>> south = np.repeat([0.0, 1.0], [1568, 1504])  # nside 16, all rings below the equator
        >>> coupling = ZonalCoupling.from_maps(south, 1e6 * south, lmax=8, keep_zonal=False)
        >>> bool(coupling.matrix[2].sum() < coupling_matrix(south, 8)[2].sum())
        True
        """
        rings = RingSums.from_pixels(len(weight))
        given = (weight != 0).astype(np.float64) if exposure is None else exposure
        weights, counts = rings.of_declination(weight), rings.of_declination(given)
        if weights is None or counts is None:
            raise InputError(
                "the field of view: must be one of declination alone, the same at all right ascensions"
            )
        if np.any((weights != 0) & (counts <= 0)):
            raise InputError("the field of view: a pixel that has a weight has no exposure")
        used = (weights != 0) | (counts > 0)
        z, number, weights, counts = (
            part[used] for part in (rings.z, rings.count, weights, counts)
        )
        sky = lmax if lmax_sky is None else lmax_sky
        highest, low = max(lmax, sky), 0 if keep_zonal else 1
        orders = np.arange(low, lmax + 1)
        couplings = np.zeros((len(orders), lmax + 1, sky + 1))
        noise = np.zeros((len(orders), lmax + 1, lmax + 1))
        of_signal = rings.area * number * weights
        of_noise = np.zeros(len(z))
        if exposure is not None:
            some = weights != 0
            of_noise[some] = rings.area**2 * (number * weights**2)[some] / counts[some]
        for m, harmonics in enumerate(meridian_harmonics(z, highest, min(lmax, highest))):
            if m < low:
                continue
            rows, columns = harmonics[: lmax + 1 - m], harmonics[: sky + 1 - m]
            if m <= sky:
                couplings[m - low, m:, m:] = (rows * of_signal) @ columns.T
            noise[m - low, m:, m:] = (rows * of_noise) @ rows.T
            if m == 0:
                total = float(np.sum(number * counts))
                of_mean = rows @ of_signal
                couplings[0] -= np.outer(of_mean, columns @ (number * counts) / total)
                if exposure is not None:
                    noise[0] -= np.outer(of_mean, of_mean) / total
        return cls(orders, couplings, noise)

    @property
    def lmax(self) -> int:
        """Highest multipole of the coupled spectrum."""
        return int(self.couplings.shape[1]) - 1

    @property
    def twice(self) -> Array:
        """How often each order counts, m and −m: 1 for m = 0, else 2; shape (n,)."""
        return np.where(self.orders == 0, 1.0, 2.0)

    @property
    def matrix(self) -> Array:
        """M_ℓℓ' of the orders kept, shape (lmax + 1, lmax_sky + 1)."""
        size = 2 * np.arange(self.lmax + 1) + 1
        return np.asarray(np.tensordot(self.twice, self.couplings**2, 1) / size[:, np.newaxis])

    @property
    def noise_bias(self) -> Array:
        """Mean of C̃_ℓ of the noise alone, shape (lmax + 1,)."""
        size = 2 * np.arange(self.lmax + 1) + 1
        return np.asarray(self.twice @ np.einsum("mll->ml", self.noise) / size)

    def order_covariances(self, c_ell: Array) -> Array:
        """V^m = K^m diag(C) K^mᵀ + N^m, the covariance of the ã_ℓm of an isotropic sky with the noise of the counts.

        Parameters
        ----------
        c_ell
            C_ℓ of the sky, beam included, shape (lmax_sky + 1,).

        Returns
        -------
        ndarray
            Shape (n, lmax + 1, lmax + 1).
        """
        return np.asarray((self.couplings * c_ell) @ self.couplings.transpose(0, 2, 1) + self.noise)
