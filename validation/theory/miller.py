"""Miller's algorithm: the decaying solution of a three-term recurrence, from its ratios.

For (2ℓ+1) b_ℓ/q = lower b_(ℓ−1) − upper b_(ℓ+1), let b_ℓ be the solution that decays with ℓ. The
downward recurrence of the ratios b_ℓ/b_(ℓ−1) converges from any start value, and unlike the
recurrence of the b_ℓ it neither overflows nor underflows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["DECAY", "decaying_ratios", "values_from_ratios"]

Array = NDArray[np.float64]

# Start where b_ℓ is smaller by e^(−20): the error of the start value has then decayed by e^(−40).
DECAY = 20.0
# Replaces a denominator of exactly zero. Its reciprocal, and the next product with it, are finite.
_TINY = 1e-300


def decaying_ratios(
    lower: Callable[[int], float],
    upper: Callable[[int], float],
    q: Array,
    lmax: int,
    start: int,
) -> Array:
    """b_ℓ/b_(ℓ−1) for ℓ = 1 … lmax + 1.

    Parameters
    ----------
    lower, upper
        Coefficients of the recurrence as functions of ℓ.
    q
        Argument, shape (n,).
    lmax
        Ratios are returned up to ℓ = lmax + 1.
    start
        ℓ at which the downward recurrence starts, with b_(start+1) = 0.

    Returns
    -------
    ndarray
        Shape (lmax + 2, n), by ℓ; row 0 is not set.
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
    """b_ℓ from the ratios, in place.

    The start is the larger of b_0 and b_1, because one of the two may vanish. Near a zero of b_ℓ the
    ratio b_ℓ/b_(ℓ−1) is inaccurate; the inverse error of the next ratio compensates.

    Parameters
    ----------
    ratios
        Result of `decaying_ratios`, shape (lmax + 2, n); overwritten.
    zeroth, first
        b_0 and b_1, shape (n,). b_1 may be inaccurate where it is smaller than b_0.

    Returns
    -------
    ndarray
        b_ℓ for ℓ = 0 … lmax + 1, shape (lmax + 2, n).
    """
    use_zeroth = np.abs(zeroth) >= np.abs(first)
    ratios[0] = np.where(use_zeroth, zeroth, first / ratios[1])
    ratios[1] = np.where(use_zeroth, zeroth * ratios[1], first)
    for ell in range(2, ratios.shape[0]):
        ratios[ell] *= ratios[ell - 1]
    return ratios
