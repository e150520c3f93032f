"""Free paths and isotropic directions (the random choices of one back-tracking step).

Random free paths are a sum of `order` exponentials (Erlang law), of which order 1 is the exponential law of BGK
relaxation; or uniform deviates, from which the quantiles of any other law make paths.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.philox import uniform_pair

__all__ = [
    "ARRIVAL",
    "PATH",
    "REDIRECTION",
    "RIGIDITY",
    "STRATIFIED_PATH",
    "WALK",
    "WAVEVECTOR",
    "WORK",
    "arrive",
    "erlang_path",
    "isotropic_direction",
]

Array = NDArray[np.float64]

# Purposes of random draws; a number once given is never reused, or results would change.
ARRIVAL = 0
PATH = 1
REDIRECTION = 2
STRATIFIED_PATH = 3
WALK = 4
WAVEVECTOR = 10
WORK = 11
RIGIDITY = 12


@kernel
def isotropic_direction(first: float, second: float) -> tuple[float, float, float]:
    """Unit vector, uniform on the sphere for two uniform deviates in (0, 1)."""
    z = 2.0 * first - 1.0
    radius = math.sqrt((1.0 - z) * (1.0 + z))
    angle = 2.0 * math.pi * second
    return radius * math.cos(angle), radius * math.sin(angle), z


@kernel
def arrive(first: float, second: float, direction: Array, angles: Array) -> None:
    """Write an arrival direction (3,) and its colatitude and longitude (2,), for two uniform deviates in (0, 1).

    Transforms and pixels want the angles, and to find them from the direction would take longer than both.
    """
    direction[0], direction[1], direction[2] = isotropic_direction(first, second)
    angles[0], angles[1] = math.acos(direction[2]), 2.0 * math.pi * second


@kernel
def erlang_path(
    mean: float, order: int, seed: int, realization: int, particle: int, step: int
) -> float:
    """Free path of the given mean by the Erlang law of this order, 1 or more."""
    pairs = (order + 1) // 2
    total = 0.0
    for pair in range(pairs):
        first, second = uniform_pair(seed, PATH, realization, particle, step * pairs + pair)
        total -= math.log(first)
        if 2 * pair + 1 < order:
            total -= math.log(second)
    return mean * total / order
