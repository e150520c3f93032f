"""Poisson counts, by transformed rejection (Hörmann 1993, Insurance: Mathematics and Economics 12, 39).

The probabilities are those of Loader (2000), which keep all digits up to 10¹⁵ counts; k ln μ − ln k! loses them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.philox import uniform_pair

__all__ = ["poisson_counts"]

# Below this expectation uniform deviates are multiplied until their product is small enough.
FEW = 10.0
# From so many counts on, Stirling's series has all digits of a double.
STIRLING = 30.0


@kernel
def poisson_counts(
    expected: NDArray[np.float64],
    seed: int,
    purpose: int,
    realization: int,
    counts: NDArray[np.int64],
) -> None:
    """Draw the counts (N,) of pixels of expectation (N,), each from the random numbers of its own index."""
    for i in range(expected.shape[0]):
        if expected[i] <= 0.0:
            counts[i] = 0
        elif expected[i] < FEW:
            counts[i] = few(expected[i], seed, purpose, realization, i)
        else:
            counts[i] = many(expected[i], seed, purpose, realization, i)


@kernel
def few(mean: float, seed: int, purpose: int, realization: int, index: int) -> int:
    """Number of uniform deviates whose product is still above e^(−μ)."""
    least, product, count, draw = math.exp(-mean), 1.0, 0, 0
    while True:
        for deviate in uniform_pair(seed, purpose, realization, index, draw):
            product *= deviate
            if product <= least:
                return count
            count += 1
        draw += 1


@kernel
def many(mean: float, seed: int, purpose: int, realization: int, index: int) -> int:
    """Hörmann's algorithm PTRS, for μ ≥ 10."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    inner = 0.9277 - 3.6224 / (b - 2.0)
    draw = 0
    while True:
        first, second = uniform_pair(seed, purpose, realization, index, draw)
        draw += 1
        u = first - 0.5
        edge = 0.5 - abs(u)
        count = math.floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and second <= inner:
            return int(count)
        if count < 0 or (edge < 0.013 and second > edge):
            continue
        height = math.log(second * inverse / (a / (edge * edge) + b))
        if height <= log_probability(float(count), mean):
            return int(count)


@kernel
def log_probability(count: float, mean: float) -> float:
    """Natural logarithm of the probability of a count, ln(μ^k e^(−μ)/k!)."""
    if count < STIRLING:
        return count * math.log(mean) - mean - math.lgamma(count + 1.0)
    square = count * count
    stirling = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * square)) / square) / count
    return -stirling - deviance(count, mean) - 0.5 * math.log(2.0 * math.pi * count)


@kernel
def deviance(count: float, mean: float) -> float:
    """Deviance k ln(k/μ) + μ − k without cancellation, by the series in (k − μ)/(k + μ)."""
    if abs(count - mean) > 0.1 * (count + mean):
        return count * math.log(count / mean) + mean - count
    ratio = (count - mean) / (count + mean)
    total = (count - mean) * ratio
    term, order = 2.0 * count * ratio, 1
    while True:
        term *= ratio * ratio
        order += 2
        longer = total + term / order
        if longer == total:
            return total
        total = longer
