"""Sum of plane waves along a straight line r = s b: only k·b and the amplitudes' components along b matter.

U(s) = Σ_m a_m cos(κ_m s) + b_m sin(κ_m s), with κ = k·b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.blocks import BLOCK, load, rows, store
from eddysky.kernels.compilation import kernel
from eddysky.kernels.trigonometry import sine_cosine_turns

__all__ = ["line_sums"]

Array = NDArray[np.float64]


@kernel
def line_sums(
    positions: Array, turns: Array, cosines: Array, sines: Array, even: Array, odd: Array
) -> None:
    """Write the even and odd part of U at each position; U(±s) = even(s) ± odd(s).

    Parameters
    ----------
    positions : (N,)
        Positions s along the line.
    turns : (M,)
        κ/2π, in turns per unit of the positions.
    cosines, sines : (M,)
        Amplitudes along the line.
    even, odd : (N,)
        Results, overwritten.
    """
    block = rows(3, BLOCK)
    for first in range(0, positions.shape[0], BLOCK):
        count = load(positions.reshape((-1, 1)), first, block)
        for m in range(turns.shape[0]):
            k, a, b = turns[m], cosines[m], sines[m]
            for i in range(BLOCK):
                sine, cosine = sine_cosine_turns(k * block[0, i])
                block[1, i] += a * cosine
                block[2, i] += b * sine
        store(block, 1, count, first, even.reshape((-1, 1)))
        store(block, 2, count, first, odd.reshape((-1, 1)))
