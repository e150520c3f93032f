"""Wavevectors at given or random angles to the magnetic field b, and the three polarisations of their waves.

The cosines y of Goldreich–Sridhar turbulence have the density g ∝ (1 − y²)^(−5/3) exp(−K y/(1 − y²)^(1/3)), with
K = (kL)^(1/3). With t = y/(1 − y²)^(1/3) this is

    g dy ∝ h(t) e^(−Kt) dt,   h = (t/y)/(1 − y²/3) ≤ 1 + 3t/2,

so t is drawn from (1 + 3t/2) e^(−Kt), a mixture of an exponential and an Erlang law of order 2, and kept with the
probability h/(1 + 3t/2). The law is exact for any K; of 100 draws 73 are kept at K = (2π)^(1/3), all for large K.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.paths import WAVEVECTOR
from eddysky.kernels.philox import uniform_pair

__all__ = ["goldreich_sridhar_cosines", "triads"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@kernel
def cosine(t: float) -> float:
    """Solve y/(1 − y²)^(1/3) = t > 0 for y: z = 1/y is the largest root of z³ − z = t^(−3)."""
    size = 1.5 * math.sqrt(3.0) / (t * t * t)
    if size >= 1.0:
        return 0.5 * math.sqrt(3.0) / math.cosh(math.acosh(size) / 3.0)
    return 0.5 * math.sqrt(3.0) / math.cos(math.acos(size) / 3.0)


@kernel
def goldreich_sridhar_cosines(
    stretch: Array, modes: Integers, seed: int, realization: int, cosines: Array
) -> None:
    """Write y of the modes (N,) with these numbers; stretch (N,) is K."""
    for i in range(stretch.shape[0]):
        draw = 0
        while True:
            a, b = uniform_pair(seed, WAVEVECTOR, realization, modes[i], draw)
            c, d = uniform_pair(seed, WAVEVECTOR, realization, modes[i], draw + 1)
            draw += 2
            t = -math.log(a) / stretch[i]
            if c * (1.0 + 1.5 / stretch[i]) > 1.0:
                t -= math.log(b) / stretch[i]
            y = cosine(t)
            if d * (1.0 + 1.5 * t) * (1.0 - y * y / 3.0) <= t / y:
                cosines[i] = y
                break


@kernel
def triads(cosines: Array, turns: Array, field: Array, vectors: Array) -> None:
    """Write k̂, the direction across k̂ in the plane of k̂ and b, and that across both, (N, 3, 3).

    Parameters
    ----------
    cosines : (N,)
        k̂·b.
    turns : (N,)
        Azimuth of k̂ about b, in turns.
    field : (3,)
        b.
    vectors : (N, 3, 3)
        Orthonormal vectors, one a row. Along b the azimuth still sets the second and third.
    """
    x, y, z = field[0], field[1], field[2]
    # Two axes perpendicular to b without a singular direction (Duff et al. 2017, JCGT 6, 1).
    sign = math.copysign(1.0, z)
    c = -1.0 / (sign + z)
    d = x * y * c
    first = (1.0 + sign * x * x * c, sign * d, -sign * x)
    second = (d, sign + y * y * c, -y)
    for i in range(cosines.shape[0]):
        along = cosines[i]
        across = math.sqrt((1.0 - along) * (1.0 + along))
        cos, sin = math.cos(2.0 * math.pi * turns[i]), math.sin(2.0 * math.pi * turns[i])
        for j in range(3):
            radial = cos * first[j] + sin * second[j]
            vectors[i, 0, j] = along * field[j] + across * radial
            vectors[i, 1, j] = along * radial - across * field[j]
            vectors[i, 2, j] = cos * second[j] - sin * first[j]
