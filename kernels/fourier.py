"""Sum of plane waves: u(r) = Σ_m a_m cos(k_m·r) + b_m sin(k_m·r).

The cosine part is even in r and the sine part odd, so one evaluation serves r and −r:
u(±r) = even(r) ± odd(r).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.trigonometry import cosine_turns, sine_cosine_turns

__all__ = ["even_odd_sums", "velocity_sums", "wave_sums"]

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
    kx, ky, kz = turns[0], turns[1], turns[2]
    ax, ay, az = cosines[0], cosines[1], cosines[2]
    bx, by, bz = sines[0], sines[1], sines[2]
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        even_x = even_y = even_z = odd_x = odd_y = odd_z = 0.0
        for m in range(kx.shape[0]):
            sine, cosine = sine_cosine_turns(kx[m] * x + ky[m] * y + kz[m] * z)
            even_x += ax[m] * cosine
            even_y += ay[m] * cosine
            even_z += az[m] * cosine
            odd_x += bx[m] * sine
            odd_y += by[m] * sine
            odd_z += bz[m] * sine
        even[i, 0], even[i, 1], even[i, 2] = even_x, even_y, even_z
        odd[i, 0], odd[i, 1], odd[i, 2] = odd_x, odd_y, odd_z


@kernel
def velocity_sums(
    points: Array, turns: Array, cosines: Array, sines: Array, velocity: Array
) -> None:
    """Write the mode sum at each point into velocity (N, 3); arguments as in `even_odd_sums`."""
    kx, ky, kz = turns[0], turns[1], turns[2]
    ax, ay, az = cosines[0], cosines[1], cosines[2]
    bx, by, bz = sines[0], sines[1], sines[2]
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        ux = uy = uz = 0.0
        for m in range(kx.shape[0]):
            sine, cosine = sine_cosine_turns(kx[m] * x + ky[m] * y + kz[m] * z)
            ux += ax[m] * cosine + bx[m] * sine
            uy += ay[m] * cosine + by[m] * sine
            uz += az[m] * cosine + bz[m] * sine
        velocity[i, 0], velocity[i, 1], velocity[i, 2] = ux, uy, uz


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
    kx, ky, kz = turns[0], turns[1], turns[2]
    ax, ay, az = amplitudes[0], amplitudes[1], amplitudes[2]
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        ux = uy = uz = 0.0
        for m in range(kx.shape[0]):
            wave = cosine_turns(phases[m] + kx[m] * x + ky[m] * y + kz[m] * z)
            ux += ax[m] * wave
            uy += ay[m] * wave
            uz += az[m] * wave
        velocity[i, 0], velocity[i, 1], velocity[i, 2] = ux, uy, uz
