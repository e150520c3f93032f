"""The decaying solution of a three-term recurrence, by its ratios (Miller's algorithm).

For (2ℓ+1) b_ℓ/q = lower b_(ℓ−1) − upper b_(ℓ+1), where b_ℓ is the solution that falls with ℓ,
the ratios b_ℓ/b_(ℓ−1) forget their start when run downwards, and unlike the values they neither
overflow nor underflow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["DECAY", "decaying_ratios", "values_from_ratios"]

Array = NDArray[np.float64]

# Downwards, the unwanted solution has died out by e^(−2·20) when the wanted one grew by e^20.
DECAY = 20.0
# In place of an exactly vanishing denominator; its reciprocal and that one's product are finite.
_TINY = 1e-300


def decaying_ratios(
    lower: Callable[[int], float],
    upper: Callable[[int], float],
    q: Array,
    lmax: int,
    start: int,
) -> Array:
    """b_ℓ/b_(ℓ−1) in rows 1 … lmax + 1 of an array of shape (lmax + 2, n); row 0 is left unset.

    Parameters
    ----------
    lower, upper
        The coefficients as functions of ℓ.
    q
        Argument, shape (n,).
    lmax
        Rows up to lmax + 1 are kept.
    start
        ℓ from which to run, with b_(start+1) = 0.
    """
    out = np.empty((lmax + 2, q.size))
    inverse = 1 / q
    ratio = np.zeros_like(q)
    for ell in range(start, 0, -1):
        denominator = (2 * ell + 1) * inverse + upper(ell) * ratio
        np.copyto(denominator, _TINY, where=denominator == 0.0)
        ratio = lower(ell) / denominator
        if ell <= lmax + 1:
            out[ell] = ratio
    return out


def values_from_ratios(ratios: Array, zeroth: Array, first: Array) -> Array:
    """Turn the ratios into values, in place; b_0 or b_1 may vanish, never both: use the larger.

    Near a zero a ratio is inaccurate, but the next one is so by the inverse factor.
    `zeroth` and `first` are b_0 and b_1, shape (n,); b_1 may be inaccurate where it is smaller.
    """
    use_zeroth = np.abs(zeroth) >= np.abs(first)
    ratios[0] = np.where(use_zeroth, zeroth, first / ratios[1])
    current = np.where(use_zeroth, zeroth * ratios[1], first)
    ratios[1] = current
    for ell in range(2, ratios.shape[0]):
        current = current * ratios[ell]
        ratios[ell] = current
    return ratios
