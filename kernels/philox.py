"""Philox4x32-10, the counter-based random numbers of Salmon et al. (2011, SC'11, doi:10.1145/2063384.2063405).

A draw is a pure function of (seed, purpose, realisation, particle, draw), so results do not depend on the
order in which particles are followed, nor on how many threads follow them.
"""

from __future__ import annotations

import numpy as np

from eddysky.kernels.compilation import kernel

__all__ = ["philox4x32", "uniform_pair"]

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
WORD = np.uint64(32)
ROUNDS = 10

# A double is made of the upper 26 bits of two words; adding half a unit keeps it inside (0, 1).
UPPER = np.uint64(6)
SHIFT = 67108864.0
UNIT = 1.0 / 4503599627370496.0


@kernel
def philox4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four random 32-bit words of a counter (c0…c3) under a key (k0, k1), all below 2³²."""
    for _ in range(ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> WORD) ^ c1 ^ k0,
            product_1 & LOW,
            (product_0 >> WORD) ^ c3 ^ k1,
            product_0 & LOW,
        )
        k0 = (k0 + WEYL_0) & LOW
        k1 = (k1 + WEYL_1) & LOW
    return c0, c1, c2, c3


@kernel
def uniform_pair(
    seed: int, purpose: int, realization: int, particle: int, draw: int
) -> tuple[float, float]:
    """Return two independent uniform deviates in the open interval (0, 1), of 52 bits each.

    Parameters
    ----------
    seed
        Below 2⁶⁴.
    purpose
        Below 2¹⁶: keeps the streams of arrivals, free paths and directions apart.
    realization
        Below 2³².
    particle
        Below 2⁴⁸.
    draw
        Below 2³²: counts the draws of one particle for one purpose.
    """
    key = np.uint64(seed)
    index = np.uint64(particle)
    w0, w1, w2, w3 = philox4x32(
        index & LOW,
        (index >> WORD) | (np.uint64(purpose) << np.uint64(16)),
        np.uint64(realization),
        np.uint64(draw),
        key & LOW,
        key >> WORD,
    )
    first = np.float64(w0 >> UPPER) * SHIFT + np.float64(w1 >> UPPER) + 0.5
    second = np.float64(w2 >> UPPER) * SHIFT + np.float64(w3 >> UPPER) + 0.5
    return first * UNIT, second * UNIT
