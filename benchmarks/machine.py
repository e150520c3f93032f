"""What the machine could do: fused multiply-adds per second of one core, measured, not looked up."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from timing import interleaved

# In the first-level cache.
ELEMENTS = 2048
OPERATIONS = 24


@numba.njit(fastmath={"contract"})
def chain(v: float) -> float:
    """Horner's rule of degree 24, written out so that it vectorises."""
    t = (((((v + 1.1) * v + 1.2) * v + 1.3) * v + 1.4) * v + 1.5) * v + 1.6
    t = (((((t * v + 1.7) * v + 1.8) * v + 1.9) * v + 2.1) * v + 2.2) * v + 2.3
    t = (((((t * v + 2.4) * v + 2.5) * v + 2.6) * v + 2.7) * v + 2.8) * v + 2.9
    t = (((((t * v + 3.1) * v + 3.2) * v + 3.3) * v + 3.4) * v + 3.5) * v + 3.6
    return t * v + 3.7


@numba.njit(fastmath={"contract"})
def polynomials(x: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Four chains side by side: enough independent operations for two units of four cycles' latency."""
    quarter = x.shape[0] // 4
    for i in range(quarter):
        j, k, m = i + quarter, i + 2 * quarter, i + 3 * quarter
        out[i], out[j] = chain(x[i]), chain(x[j])
        out[k], out[m] = chain(x[k]), chain(x[m])


def fma_peak() -> float:
    """Fused multiply-adds of doubles per second of one core [1e9/s]."""
    x, out = np.linspace(-0.5, 0.5, ELEMENTS), np.empty(ELEMENTS)

    def many() -> None:
        for _ in range(1000):
            polynomials(x, out)

    seconds = interleaved({"fma": many})["fma"]
    # The fastest round: noise only ever slows down.
    return 1000 * ELEMENTS * OPERATIONS / min(seconds.seconds) / 1e9
