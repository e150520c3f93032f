"""Fused multiply-adds per second of one core at full vector width: measured, not looked up."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from timing import interleaved

from eddysky.kernels.compilation import FullWidthCompiler

# In the first-level cache.
ELEMENTS = 2048
LENGTH, REPEATS = 8, 5000


@numba.njit(fastmath={"contract"}, pipeline_class=FullWidthCompiler)
def chain(t: float, v: float, w: float) -> float:
    """Eight dependent fused multiply-adds, in registers."""
    t = t * v + w
    t = t * v + w
    t = t * v + w
    t = t * v + w
    t = t * v + w
    t = t * v + w
    t = t * v + w
    return t * v + w


@numba.njit(fastmath={"contract"}, pipeline_class=FullWidthCompiler)
def chains(x: NDArray[np.float64], v: float, w: float, repeats: int) -> None:
    """Chains for four elements side by side: enough independent operations for all units."""
    n = x.shape[0] // 4
    for _ in range(repeats):
        for i in range(n):
            x[i], x[i + n] = chain(x[i], v, w), chain(x[i + n], v, w)
            x[i + 2 * n], x[i + 3 * n] = chain(x[i + 2 * n], v, w), chain(x[i + 3 * n], v, w)


def fma_peak() -> float:
    """Fused multiply-adds of doubles per second of one core [1e9/s]."""
    x = np.linspace(-0.5, 0.5, ELEMENTS)
    timing = interleaved({"fma": lambda: chains(x, 0.5, 0.25, REPEATS)})["fma"]
    # The fastest round: noise only ever slows down.
    return REPEATS * ELEMENTS * LENGTH / min(timing.seconds) / 1e9
