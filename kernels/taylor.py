"""Taylor polynomials of a sum of plane waves about the origin: u_n(r) = Σ_m a_m C_n(k_m·r) + b_m S_n(k_m·r).

C_n and S_n are the terms up to x^n of cos x and sin x (ZL24 Eqs. 3, 4, A5 to A7):

    C_n(x) = Σ_(2i≤n) (−x²)^i/(2i)!,    S_n(x) = x Σ_(2i+1≤n) (−x²)^i/(2i+1)!.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["taylor_sums"]

Array = NDArray[np.float64]


@kernel
def write_series(minus_square: Array, last: int, series: Array) -> None:
    """Write 1 + Σ (−x²)^i p!/(p+2i)! up to p + 2i = last, p = last mod 2, for each −x² (M,).

    By Horner, from the highest power down; modes innermost, so that it vectorises.
    """
    series[:] = 1.0
    for j in range(last, 1, -2):
        factor = 1.0 / (j * (j - 1))
        for m in range(series.shape[0]):
            series[m] = 1.0 + factor * minus_square[m] * series[m]


@kernel
def taylor_sums(
    points: Array,
    wavevectors: Array,
    cosines: Array,
    sines: Array,
    order: int,
    even: Array,
    odd: Array,
) -> None:
    """Write the even and odd part of u_n at each point; u_n(±r) = even(r) ± odd(r).

    Parameters
    ----------
    points : (N, 3)
        Positions.
    wavevectors : (3, M)
        k, in radians per unit of the positions.
    cosines, sines : (3, M)
        Amplitudes a and b, one column a mode.
    order
        n ≥ 0.
    even, odd : (N, 3)
        Results, overwritten.
    """
    kx, ky, kz = wavevectors[0], wavevectors[1], wavevectors[2]
    ax, ay, az = cosines[0], cosines[1], cosines[2]
    bx, by, bz = sines[0], sines[1], sines[2]
    count = kx.shape[0]
    angle, minus_square, series = np.empty(count), np.empty(count), np.empty(count)
    last_even = order - order % 2
    last_odd = order - 1 + order % 2
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for m in range(count):
            angle[m] = kx[m] * x + ky[m] * y + kz[m] * z
            minus_square[m] = -angle[m] * angle[m]
        even_x = even_y = even_z = odd_x = odd_y = odd_z = 0.0
        write_series(minus_square, last_even, series)
        for m in range(count):
            even_x += ax[m] * series[m]
            even_y += ay[m] * series[m]
            even_z += az[m] * series[m]
        if order > 0:
            write_series(minus_square, last_odd, series)
            for m in range(count):
                sine = angle[m] * series[m]
                odd_x += bx[m] * sine
                odd_y += by[m] * sine
                odd_z += bz[m] * sine
        even[i, 0], even[i, 1], even[i, 2] = even_x, even_y, even_z
        odd[i, 0], odd[i, 1], odd[i, 2] = odd_x, odd_y, odd_z
