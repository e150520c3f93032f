"""The mode sum in single precision: two thirds of the cost, and an error of a few 1e-6 of the flow's rms.

Phases are reduced to [−½, ½] turns in double precision and only then rounded, so that the error does not grow with
k·r. The modes are worked through in two loops, because a loop that mixes both precisions would run at the width of the
wider one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["even_odd_sums_single", "velocity_sums_single"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]

QUARTER = np.float32(0.25)
ZERO = np.float32(0.0)
# Minimax fits on |y| <= 1/4 of sin(2 pi y)/y (weighted by y) and of cos(2 pi y), in powers of y².
S0, S1, S2, S3 = (np.float32(c) for c in (6.28316402, -41.3371429, 81.3407669, -70.9934082))
C0, C1, C2, C3, C4 = (
    np.float32(c) for c in (0.99999994, -19.739172, 64.9345932, -85.2403259, 56.2423477)
)


@kernel
def sine_cosine_single(x: np.float32) -> tuple[np.float32, np.float32]:
    """Return (sin 2πx, cos 2πx) for |x| <= 1/2 with absolute errors below 1e-6; see `trigonometry`."""
    y = QUARTER - abs(x)
    t = y * y
    cosine = y * (S0 + t * (S1 + t * (S2 + t * S3)))
    sine = C0 + t * (C1 + t * (C2 + t * (C3 + t * C4)))
    return np.copysign(sine, x), cosine


@kernel
def reduced_phases(x: float, y: float, z: float, turns: Array, phases: Single) -> None:
    """Write k·r in turns, less whole turns, of the modes (3, M)."""
    kx, ky, kz = turns[0], turns[1], turns[2]
    for m in range(kx.shape[0]):
        phase = kx[m] * x + ky[m] * y + kz[m] * z
        phases[m] = np.float32(phase - np.rint(phase))


@kernel
def even_odd_sums_single(
    points: Array, turns: Array, cosines: Single, sines: Single, even: Array, odd: Array
) -> None:
    """Write the even and odd part of the mode sum at each point; arguments as in `fourier.even_odd_sums`."""
    ax, ay, az = cosines[0], cosines[1], cosines[2]
    bx, by, bz = sines[0], sines[1], sines[2]
    phases = np.empty(turns.shape[1], dtype=np.float32)
    for i in range(points.shape[0]):
        reduced_phases(points[i, 0], points[i, 1], points[i, 2], turns, phases)
        even_x = even_y = even_z = odd_x = odd_y = odd_z = ZERO
        for m in range(phases.shape[0]):
            sine, cosine = sine_cosine_single(phases[m])
            even_x += ax[m] * cosine
            even_y += ay[m] * cosine
            even_z += az[m] * cosine
            odd_x += bx[m] * sine
            odd_y += by[m] * sine
            odd_z += bz[m] * sine
        even[i, 0], even[i, 1], even[i, 2] = even_x, even_y, even_z
        odd[i, 0], odd[i, 1], odd[i, 2] = odd_x, odd_y, odd_z


@kernel
def velocity_sums_single(
    points: Array, turns: Array, cosines: Single, sines: Single, velocity: Array
) -> None:
    """Write the mode sum at each point into velocity (N, 3); arguments as in `fourier.velocity_sums`."""
    ax, ay, az = cosines[0], cosines[1], cosines[2]
    bx, by, bz = sines[0], sines[1], sines[2]
    phases = np.empty(turns.shape[1], dtype=np.float32)
    for i in range(points.shape[0]):
        reduced_phases(points[i, 0], points[i, 1], points[i, 2], turns, phases)
        ux = uy = uz = ZERO
        for m in range(phases.shape[0]):
            sine, cosine = sine_cosine_single(phases[m])
            ux += ax[m] * cosine + bx[m] * sine
            uy += ay[m] * cosine + by[m] * sine
            uz += az[m] * cosine + bz[m] * sine
        velocity[i, 0], velocity[i, 1], velocity[i, 2] = ux, uy, uz
