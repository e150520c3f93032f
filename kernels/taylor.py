"""Taylor polynomials of a sum of plane waves about the origin: u_n(r) = Σ_m a_m C_n(k_m·r) + b_m S_n(k_m·r).

C_n and S_n are the terms up to x^n of cos x and sin x (ZL24 Eqs. 3, 4, A5 to A7):

    C_n(x) = Σ_(2i≤n) (−x²)^i/(2i)!,    S_n(x) = x Σ_(2i+1≤n) (−x²)^i/(2i+1)!.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.blocks import BLOCK, load, mode, rows, store
from eddysky.kernels.compilation import kernel

__all__ = ["taylor_sums"]

Array = NDArray[np.float64]


@kernel
def write_series(minus_square: Array, last: int, series: Array) -> None:
    """Write 1 + Σ (−x²)^i p!/(p+2i)! up to p + 2i = last, p = last mod 2, for each −x² (N,).

    By Horner, from the highest power down; points innermost, so that it vectorises.
    """
    series[:] = 1.0
    for j in range(last, 1, -2):
        factor = 1.0 / (j * (j - 1))
        for i in range(series.shape[0]):
            series[i] = 1.0 + factor * minus_square[i] * series[i]


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
    last_even = order - order % 2
    last_odd = order - 1 + order % 2
    block = rows(9, BLOCK)
    angle, minus_square, series = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, points.shape[0], BLOCK):
        count = load(points, first, block)
        for m in range(wavevectors.shape[1]):
            k, a, b = mode(wavevectors, m), mode(cosines, m), mode(sines, m)
            for i in range(BLOCK):
                angle[i] = k[0] * block[0, i] + k[1] * block[1, i] + k[2] * block[2, i]
                minus_square[i] = -angle[i] * angle[i]
            write_series(minus_square, last_even, series)
            for i in range(BLOCK):
                block[3, i] += a[0] * series[i]
                block[4, i] += a[1] * series[i]
                block[5, i] += a[2] * series[i]
            if order > 0:
                write_series(minus_square, last_odd, series)
                for i in range(BLOCK):
                    sine = angle[i] * series[i]
                    block[6, i] += b[0] * sine
                    block[7, i] += b[1] * sine
                    block[8, i] += b[2] * sine
        store(block, 3, count, first, even)
        store(block, 6, count, first, odd)
