"""Free paths and isotropic directions (the random choices of one back-tracking step).

Free-path laws, all of the same mean: a sum of `order` exponentials (Erlang), of which order 1 is the
exponential law of BGK relaxation; order 0 stands for the fixed path, the limit of infinite order.
"""

from __future__ import annotations

import math

from eddysky.kernels.compilation import kernel
from eddysky.kernels.philox import uniform_pair

__all__ = ["ARRIVAL", "PATH", "REDIRECTION", "STRATIFIED_PATH", "free_path", "isotropic_direction"]

# Purposes of random draws; a number once given is never reused, or results would change.
ARRIVAL = 0
PATH = 1
REDIRECTION = 2
STRATIFIED_PATH = 3


@kernel
def isotropic_direction(first: float, second: float) -> tuple[float, float, float]:
    """Unit vector, uniform on the sphere for two uniform deviates in (0, 1)."""
    z = 2.0 * first - 1.0
    radius = math.sqrt((1.0 - z) * (1.0 + z))
    angle = 2.0 * math.pi * second
    return radius * math.cos(angle), radius * math.sin(angle), z


@kernel
def free_path(
    mean: float, order: int, seed: int, realization: int, particle: int, step: int
) -> float:
    """Free path of the given mean; `order` 0 is fixed, 1 exponential, q the Erlang law of order q."""
    if order == 0:
        return mean
    pairs = (order + 1) // 2
    total = 0.0
    for pair in range(pairs):
        first, second = uniform_pair(seed, PATH, realization, particle, step * pairs + pair)
        total -= math.log(first)
        if 2 * pair + 1 < order:
            total -= math.log(second)
    return mean * total / order
