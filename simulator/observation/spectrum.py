r"""Spectrum of a part of the sky: coupled C_ℓ of weight × relative intensity, and their noise bias.

With the weight w_p of each pixel, its solid angle Ω and the relative intensity I_p,

    ã_ℓm = Ω Σ_p w_p I_p Y*_ℓm(p),    C̃_ℓ = Σ_m |ã_ℓm|²/(2ℓ+1),

a pixel without a value having the weight 0. Sums over pixels alone are exact: the intensity is known at pixel centres,
and the mode-coupling matrix of the same sums is predicted. The sky couples through them (Hivon et al. 2002).

With all multipoles of m = 0 removed, the relative intensity of each ring of equal declination has the mean zero,
weighted by 1/σ². Then m = 0 is left out of C̃_ℓ, whose denominator remains 2ℓ+1, and pixels of independent counts of
the variance σ_p² (of δf/f) give the noise bias, E_r = Σ 1/σ² on ring r, w̃_m = Σ w e^(−imφ) on it,

    N_ℓ = Ω²/(2ℓ+1) Σ_r { [(2ℓ+1)/4π − λ_ℓ0²(θ_r)] Σ_p w_p² σ_p² − Σ_(m≠0) λ_ℓm²(θ_r) |w̃_m|²/E_r }.

The last term is the noise that leaves with the mean of a ring; where w is constant on whole rings it is zero but for
m of a multiple of the number of pixels of the ring. With m = 0 kept, only the mean over the field of view is removed,
and N_ℓ = Ω² Σ w² σ²/4π − Σ_m |w_ℓm|²/[(2ℓ+1) Σ 1/σ²].
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.harmonics import cross_power
from eddysky.simulator.sky.rings import Rings, healpix_rings

__all__ = ["coupled_power"]

Array = NDArray[np.float64]


def coupled_power(
    intensity: Array, weight: Array, variance: Array, lmax: int, keep_zonal: bool
) -> tuple[Array, Array]:
    """Coupled C_ℓ of weight × relative intensity, and the part of them that is noise.

    Parameters
    ----------
    intensity
        Relative intensity at pixel centres, RING order, equatorial axes, NaN where there is none, shape (12 nside²,).
    weight
        Weight of each pixel, shape (12 nside²,).
    variance
        Variance of the relative intensity of each pixel, 1 over its counts, shape (12 nside²,). Where it is not finite
        and positive the pixel has no noise.
    lmax
        Highest multipole.
    keep_zonal
        Whether m = 0 is kept; else the mean of each ring is that of noise and signal removed.

    Returns
    -------
    power, noise
        C̃_ℓ of all that is in the map, and its noise bias N_ℓ, ℓ = 0…lmax, each of shape (lmax + 1,).

    Examples
    --------
    >>> import numpy as np
    >>> from eddysky.simulator.observation.spectrum import coupled_power
    >>> one = np.ones(12 * 16**2)
    >>> power, noise = coupled_power(np.zeros_like(one), one, one, lmax=8, keep_zonal=True)
    >>> bool(np.all(power == 0) and np.allclose(noise[1:] * 16**2 * 3, np.pi, rtol=1e-3))
    True
    """
    nside = math.isqrt(len(weight) // 12)
    rings, area = healpix_rings(nside), math.pi / (3 * nside**2)
    seen = np.isfinite(intensity)
    weight = np.where(seen, weight, 0.0)
    alm = area * rings.project(weight * np.where(seen, intensity, 0.0), lmax)
    if not keep_zonal:
        alm[: lmax + 1] = 0.0
    noisy = seen & np.isfinite(variance) & (variance > 0)
    squares = np.where(noisy, weight**2 * np.where(noisy, variance, 0.0), 0.0)
    exposure = np.zeros(len(weight))
    exposure[noisy] = 1 / variance[noisy]
    size = 2 * np.arange(lmax + 1) + 1
    if keep_zonal:
        noise = np.full(lmax + 1, area**2 * float(squares.sum()) / (4 * math.pi))
        total = float(exposure.sum())
        if total > 0:
            of_mean = area * rings.project(weight, lmax)
            noise -= cross_power(of_mean, of_mean, lmax) / total
    else:
        noise = area**2 * _noise_beside_rings(rings, weight, squares, exposure, lmax) / size
    return cross_power(alm, alm, lmax), noise


def _noise_beside_rings(
    rings: Rings, weight: Array, squares: Array, exposure: Array, lmax: int
) -> Array:
    """(2ℓ+1) N_ℓ/Ω² without m = 0 and without the mean of each ring, shape (lmax + 1,)."""
    of_ring, inverse = (np.add.reduceat(each, rings.start) for each in (squares, exposure))
    z = np.cos(rings.colatitude)
    # |w̃_m|²/E_r of the means that are removed, shape (rings, lmax + 1).
    removed = np.zeros((len(z), lmax + 1))
    for ring, (first, count) in enumerate(zip(rings.start, rings.longitudes, strict=True)):
        if inverse[ring] > 0:
            modes = np.abs(np.fft.fft(weight[first : first + count])) ** 2 / inverse[ring]
            # A weight that is the same on the whole ring has rounding errors beside m = 0.
            modes[modes < 1e-20 * modes[0]] = 0.0
            removed[ring] = modes[np.arange(lmax + 1) % count]
    size = 2 * np.arange(lmax + 1) + 1
    total = size / (4 * math.pi) * float(of_ring.sum())
    some = np.flatnonzero(removed[:, 1:].any(axis=1))
    for m, harmonics in enumerate(_harmonics(z, lmax, 0)):
        total[m:] -= harmonics**2 @ of_ring
    for m, harmonics in enumerate(_harmonics(z[some], lmax, lmax)):
        if m > 0:
            total[m:] -= 2 * harmonics**2 @ removed[some, m]
    return np.asarray(total)


def _harmonics(z: Array, lmax: int, top: int) -> Iterator[Array]:
    """|Y_ℓm| with its sign in ℓ at z = cos θ for ℓ = m…lmax, shape (lmax + 1 − m, n), for each m = 0…top."""
    sectoral = np.full_like(z, 1 / math.sqrt(4 * math.pi))
    for m in range(top + 1):
        rows = np.empty((lmax + 1 - m, len(z)))
        before, now, last = np.zeros_like(z), sectoral, 0.0
        for ell in range(m, lmax + 1):
            rows[ell - m] = now
            factor = math.sqrt((4 * (ell + 1) ** 2 - 1) / ((ell + 1) ** 2 - m * m))
            before, now = now, factor * (z * now - last * before)
            last = 1 / factor
        yield rows
        sectoral = sectoral * np.sqrt((1 - z) * (1 + z) * (2 * m + 3) / (2 * m + 2))
