"""Sums of plane waves on rings of equal latitude, for four points at a time: (±x, ±y, z) and (±x, ±y, −z).

On a ring the phase of z, χ = k_z z, is the same for all points. It rotates the amplitudes,

    a cos(ξ + χ) + b sin(ξ + χ) = (a cos χ + b sin χ) cos ξ + (b cos χ − a sin χ) sin ξ,  ξ = k_x x + k_y y,

and turns them the other way on the ring at −z. The sine and cosine of ξ serve both rings, and both ends of a diameter.
Those of χ are more accurate, so that the errors of velocities that differ little remain alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.blocks import load, mode, rows
from eddysky.kernels.compilation import kernel
from eddysky.kernels.trigonometry import cosine_turns, sine_cosine_turns

__all__ = ["ring_sums"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Vector = tuple[float, float, float]

# Longest piece of a ring: fifteen rows of it fit into the first-level cache.
LONGEST = 256
# Pieces are filled up to a whole number of vectors of any width.
VECTORS = 16


@kernel
def turned(a: Vector, b: Vector, sine: float, cosine: float) -> Vector:
    """Return a cos χ + b sin χ."""
    return (
        a[0] * cosine + b[0] * sine,
        a[1] * cosine + b[1] * sine,
        a[2] * cosine + b[2] * sine,
    )


@kernel
def ring_sums(
    points: Array,
    counts: Integers,
    north: Integers,
    south: Integers,
    turns: Array,
    cosines: Array,
    sines: Array,
    velocity: Array,
) -> None:
    """Write the mode sum at all points of some pairs of rings at ±z into a velocity.

    Parameters
    ----------
    points : (N, 3)
        Positions on the first halves of the rings at z, ring by ring.
    counts : (P,)
        Number of these on each ring.
    north, south : (P,)
        Row in `velocity` of the first point of the rings at z and −z. Points follow each other by longitude.
    turns, cosines, sines : (3, M)
        As in `fourier.even_odd_sums`.
    velocity : (all points, 3)
        Result; the rows of these rings are overwritten.
    """
    block = rows(15, LONGEST)
    begin = 0
    for pair in range(counts.shape[0]):
        end = begin + counts[pair]
        for first in range(begin, end, LONGEST):
            count = load(points[:end], first, block)
            width, z = -(-count // VECTORS) * VECTORS, points[first, 2]
            for m in range(0, turns.shape[1], 2):
                k, a, b = mode(turns, m), mode(cosines, m), mode(sines, m)
                # Amplitudes of the cosine at z and −z (p, q) and of the sine (r, s); of the next mode t, u, v, w.
                cosine, sine = cosine_turns(k[2] * z), cosine_turns(k[2] * z - 0.25)
                p, q = turned(a, b, sine, cosine), turned(a, b, -sine, cosine)
                r, s = turned(b, a, -sine, cosine), turned(b, a, sine, cosine)
                n, a, b = mode(turns, m + 1), mode(cosines, m + 1), mode(sines, m + 1)
                cosine, sine = cosine_turns(n[2] * z), cosine_turns(n[2] * z - 0.25)
                t, u = turned(a, b, sine, cosine), turned(a, b, -sine, cosine)
                v, w = turned(b, a, -sine, cosine), turned(b, a, sine, cosine)
                for i in range(width):
                    x, y = block[0, i], block[1, i]
                    s_1, c_1 = sine_cosine_turns(k[0] * x + k[1] * y)
                    s_2, c_2 = sine_cosine_turns(n[0] * x + n[1] * y)
                    block[3, i] = block[3, i] + p[0] * c_1 + t[0] * c_2
                    block[4, i] = block[4, i] + p[1] * c_1 + t[1] * c_2
                    block[5, i] = block[5, i] + p[2] * c_1 + t[2] * c_2
                    block[6, i] = block[6, i] + r[0] * s_1 + v[0] * s_2
                    block[7, i] = block[7, i] + r[1] * s_1 + v[1] * s_2
                    block[8, i] = block[8, i] + r[2] * s_1 + v[2] * s_2
                    block[9, i] = block[9, i] + q[0] * c_1 + u[0] * c_2
                    block[10, i] = block[10, i] + q[1] * c_1 + u[1] * c_2
                    block[11, i] = block[11, i] + q[2] * c_1 + u[2] * c_2
                    block[12, i] = block[12, i] + s[0] * s_1 + w[0] * s_2
                    block[13, i] = block[13, i] + s[1] * s_1 + w[1] * s_2
                    block[14, i] = block[14, i] + s[2] * s_1 + w[2] * s_2
            for i in range(count):
                ahead = first - begin + i
                behind = ahead + counts[pair]
                for axis in range(3):
                    even, odd = block[3 + axis, i], block[6 + axis, i]
                    velocity[north[pair] + ahead, axis] = even + odd
                    velocity[north[pair] + behind, axis] = even - odd
                    even, odd = block[9 + axis, i], block[12 + axis, i]
                    velocity[south[pair] + ahead, axis] = even + odd
                    velocity[south[pair] + behind, axis] = even - odd
        begin = end
