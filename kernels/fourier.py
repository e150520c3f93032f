"""Sum of plane waves: u(r) = Σ_m a_m cos(k_m·r) + b_m sin(k_m·r).

The cosine part is even in r and the sine part odd, so one evaluation serves r and −r:
u(±r) = even(r) ± odd(r). `even_odd_sums` takes two modes at a time, so that
its six sums are loaded and stored half as often. The gradient is ∂u_i/∂x_j = Σ_m (b_i cos k·r − a_i sin k·r) k_j.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.blocks import BLOCK, load, mode, rows, store
from eddysky.kernels.compilation import kernel
from eddysky.kernels.trigonometry import cosine_turns, sine_cosine_turns

__all__ = ["even_odd_sums", "gradient_sums", "velocity_sums", "wave_sums"]

Array = NDArray[np.float64]


@kernel
def even_odd_sums(
    points: Array, turns: Array, cosines: Array, sines: Array, even: Array, odd: Array
) -> None:
    """Write the even and odd part of the mode sum at each point.

    Parameters
    ----------
    points : (N, 3)
        Positions.
    turns : (3, M)
        Wavevectors over 2π, in turns per unit of the positions.
    cosines, sines : (3, M)
        Amplitudes a and b, one column a mode.
    even, odd : (N, 3)
        Results, overwritten.
    """
    block = rows(9, BLOCK)
    for first in range(0, points.shape[0], BLOCK):
        count = load(points, first, block)
        for m in range(0, turns.shape[1], 2):
            k, a, b = mode(turns, m), mode(cosines, m), mode(sines, m)
            q, c, d = mode(turns, m + 1), mode(cosines, m + 1), mode(sines, m + 1)
            for i in range(BLOCK):
                x, y, z = block[0, i], block[1, i], block[2, i]
                sine, cosine = sine_cosine_turns(k[0] * x + k[1] * y + k[2] * z)
                sine_2, cosine_2 = sine_cosine_turns(q[0] * x + q[1] * y + q[2] * z)
                block[3, i] = block[3, i] + a[0] * cosine + c[0] * cosine_2
                block[4, i] = block[4, i] + a[1] * cosine + c[1] * cosine_2
                block[5, i] = block[5, i] + a[2] * cosine + c[2] * cosine_2
                block[6, i] = block[6, i] + b[0] * sine + d[0] * sine_2
                block[7, i] = block[7, i] + b[1] * sine + d[1] * sine_2
                block[8, i] = block[8, i] + b[2] * sine + d[2] * sine_2
        store(block, 3, count, first, even)
        store(block, 6, count, first, odd)


@kernel
def velocity_sums(
    points: Array, turns: Array, cosines: Array, sines: Array, velocity: Array
) -> None:
    """Write the mode sum at each point into velocity (N, 3); arguments as in `even_odd_sums`."""
    block = rows(6, BLOCK)
    for first in range(0, points.shape[0], BLOCK):
        count = load(points, first, block)
        for m in range(turns.shape[1]):
            k, a, b = mode(turns, m), mode(cosines, m), mode(sines, m)
            for i in range(BLOCK):
                x, y, z = block[0, i], block[1, i], block[2, i]
                sine, cosine = sine_cosine_turns(k[0] * x + k[1] * y + k[2] * z)
                block[3, i] = block[3, i] + a[0] * cosine + b[0] * sine
                block[4, i] = block[4, i] + a[1] * cosine + b[1] * sine
                block[5, i] = block[5, i] + a[2] * cosine + b[2] * sine
        store(block, 3, count, first, velocity)


@kernel
def wave_sums(
    points: Array, turns: Array, phases: Array, amplitudes: Array, velocity: Array
) -> None:
    """Write Σ_m A_m cos(k_m·r + φ_m), waves of one amplitude vector each, into velocity (N, 3).

    Parameters
    ----------
    points : (N, 3)
        Positions.
    turns : (3, M)
        Wavevectors over 2π, in turns per unit of the positions.
    phases : (M,)
        φ/2π, in turns.
    amplitudes : (3, M)
        A, one column a mode.
    velocity : (N, 3)
        Result, overwritten.
    """
    block = rows(6, BLOCK)
    for first in range(0, points.shape[0], BLOCK):
        count = load(points, first, block)
        for m in range(turns.shape[1]):
            k, a, phase = mode(turns, m), mode(amplitudes, m), phases[m]
            for i in range(BLOCK):
                x, y, z = block[0, i], block[1, i], block[2, i]
                wave = cosine_turns(phase + k[0] * x + k[1] * y + k[2] * z)
                block[3, i] += a[0] * wave
                block[4, i] += a[1] * wave
                block[5, i] += a[2] * wave
        store(block, 3, count, first, velocity)


@kernel
def gradient_sums(
    points: Array, turns: Array, cosines: Array, sines: Array, gradient: Array
) -> None:
    """Write ∂u_i/∂x_j at each point into column 3i + j of gradient (N, 9); arguments as in `even_odd_sums`."""
    block = rows(12, BLOCK)
    for first in range(0, points.shape[0], BLOCK):
        count = load(points, first, block)
        for m in range(turns.shape[1]):
            k, a, b = mode(turns, m), mode(cosines, m), mode(sines, m)
            p, q, r = 2.0 * math.pi * k[0], 2.0 * math.pi * k[1], 2.0 * math.pi * k[2]
            for i in range(BLOCK):
                x, y, z = block[0, i], block[1, i], block[2, i]
                sine, cosine = sine_cosine_turns(k[0] * x + k[1] * y + k[2] * z)
                u = b[0] * cosine - a[0] * sine
                v = b[1] * cosine - a[1] * sine
                w = b[2] * cosine - a[2] * sine
                block[3, i] += u * p
                block[4, i] += u * q
                block[5, i] += u * r
                block[6, i] += v * p
                block[7, i] += v * q
                block[8, i] += v * r
                block[9, i] += w * p
                block[10, i] += w * q
                block[11, i] += w * r
        store(block, 3, count, first, gradient)
