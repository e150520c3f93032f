r"""Mode coupling of a field of view that depends on right ascension, ring by ring.

On the ring r of HEALPix pixels the sky is Σ_m b_m(r) e^(imφ), b_m = Σ_ℓ λ_ℓm(θ_r) a_ℓm. With the Fourier sums of the
weight, ŵ_k = Σ_p w_p e^(−ikφ_p), and of the exposure of the ring, ê_k = Σ_p e_p e^(−ikφ_p)/Σ_p e_p,

    K_ℓm,ℓ'm' = Ω Σ_r λ_ℓm(θ_r) [ŵ_(m−m')(r) − ŵ_m(r) ê*_m'(r)] λ_ℓ'm'(θ_r):

the second term is the removal of the mean of the ring, weighted by the exposure, inside the field of view. The sums
over pixels are those of the analysis itself: nothing is left out. With m = 0 kept, the mean over the field is removed
in place of those of rings, K = Ω Σ_r λ_ℓm ŵ_(m−m') λ_ℓ'm' − w_ℓm e*_ℓ'm', as in `mode_coupling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.legendre import meridian_harmonics
from eddysky.validation.theory.ring_sums import RingSums

__all__ = ["MaskCoupling"]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# Largest products of rings, ℓ, ℓ' and m' with m: some minutes.
_MAX_WORK = 1e13


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MaskCoupling:
    """Coupling by any weight and exposure: the mean of coupled C_ℓ, but not their covariance.

    Parameters
    ----------
    matrix
        M_ℓℓ', shape (lmax + 1, lmax_sky + 1).
    noise_bias
        Mean of C̃_ℓ of the noise of the counts alone, shape (lmax + 1,).
    """

    matrix: Array
    noise_bias: Array

    @property
    def lmax(self) -> int:
        """Highest multipole of the coupled spectrum."""
        return len(self.matrix) - 1

    @classmethod
    def from_maps(
        cls,
        weight: Array,
        exposure: Array,
        lmax: int,
        keep_zonal: bool,
        lmax_sky: int | None = None,
    ) -> Self:
        """Sum over the rings, two seconds for lmax = 64 and nside = 64; times 16 for twice the lmax.

        Parameters
        ----------
        weight, exposure, lmax, keep_zonal, lmax_sky
            As in `ZonalCoupling.from_maps`.

        Raises
        ------
        InputError
            If a pixel has a weight without an exposure, or lmax and nside are too large.
        """
        sky = lmax if lmax_sky is None else lmax_sky
        rings = RingSums.from_pixels(len(weight))
        if np.any((weight != 0) & (exposure <= 0)):
            raise InputError("the field of view: a pixel that has a weight has no exposure")
        used = np.flatnonzero(np.add.reduceat(np.abs(weight), rings.start) > 0)
        if len(used) * (lmax + 1.0) ** 2 * (sky + 1.0) ** 2 > _MAX_WORK:
            raise InputError(
                f"lmax = {lmax}: too large for a field of view that depends on right ascension with so many pixels; "
                "choose a smaller sky.lmax, or a field of declination alone"
            )
        longitudes = rings.first_longitude[used]
        highest = lmax + sky
        of_weight = _fourier(rings, used, weight, longitudes, highest)
        of_exposure = _fourier(rings, used, exposure, longitudes, sky)
        on_ring = np.add.reduceat(exposure, rings.start)[used]
        noise = np.add.reduceat(
            np.divide(weight**2, exposure, out=np.zeros(len(weight)), where=exposure > 0),
            rings.start,
        )[used]
        total = float(exposure.sum())
        z = rings.z[used]
        columns, orders = _columns(z, sky)
        starts = np.arange(sky + 1) ** 2
        size = 2 * np.arange(lmax + 1) + 1
        mean_of_field = np.zeros(0)
        if keep_zonal:
            # e*_ℓm, over all pixels with an exposure.
            all_rings = np.flatnonzero(np.add.reduceat(exposure, rings.start) > 0)
            whole = _fourier(rings, all_rings, exposure, rings.first_longitude[all_rings], sky)
            every, orders = _columns(rings.z[all_rings], sky)
            mean_of_field = np.sum(every * whole[:, sky + orders], axis=0).conj() / total
        matrix, bias = np.zeros((lmax + 1, sky + 1)), np.zeros(lmax + 1)
        for m, harmonics in enumerate(meridian_harmonics(z, lmax, lmax)):
            if m == 0 and not keep_zonal:
                continue
            rows, times = rings.area * harmonics, 1 if m == 0 else 2
            own = of_weight[:, highest + m]
            factor = of_weight[:, highest + m - orders]
            removed = np.zeros(len(z))
            if not keep_zonal:
                ratio = own / on_ring
                factor = factor - ratio[:, np.newaxis] * of_exposure[:, sky + orders].conj()
                removed = np.abs(own) ** 2 / on_ring
            couplings = rows @ (factor.real * columns) + 1j * (rows @ (factor.imag * columns))
            of_noise = rows**2 @ (noise - removed)
            if keep_zonal:
                of_mean = rows @ own
                couplings -= np.outer(of_mean, mean_of_field)
                of_noise -= np.abs(of_mean) ** 2 / total
            squares = couplings.real**2 + couplings.imag**2
            matrix[m:] += times * np.add.reduceat(squares, starts, axis=1)
            bias[m:] += times * of_noise
        return cls(matrix / size[:, np.newaxis], bias / size)


def _fourier(
    rings: RingSums, used: NDArray[np.int64], values: Array, longitudes: Array, highest: int
) -> ComplexArray:
    """Σ_p f_p e^(−ikφ_p) for k = −highest…highest on the rings used, shape (rings, 2 highest + 1)."""
    k = np.arange(-highest, highest + 1)
    out = np.empty((len(used), len(k)), dtype=np.complex128)
    for place, ring in enumerate(used.tolist()):
        first, count = int(rings.start[ring]), int(rings.count[ring])
        out[place] = np.fft.fft(values[first : first + count])[k % count]
    return np.asarray(out * np.exp(-1j * np.outer(longitudes, k)))


def _columns(z: Array, lmax: int) -> tuple[Array, NDArray[np.int64]]:
    """λ_ℓm for m = −ℓ…ℓ of each ℓ ≤ lmax in turn, shape (rings, (lmax + 1)²), and m of each column."""
    ell = np.repeat(np.arange(lmax + 1), 2 * np.arange(lmax + 1) + 1)
    orders = np.arange((lmax + 1) ** 2) - ell**2 - ell
    columns = np.empty((len(z), len(ell)))
    for m, rows in enumerate(meridian_harmonics(z, lmax, lmax)):
        below = np.arange(m, lmax + 1)
        columns[:, below**2 + below + m] = rows.T
        columns[:, below**2 + below - m] = rows.T
    return columns, orders
