"""Sum of plane waves along a straight line r = s b: only k·b and the amplitudes' components along b matter.

U(s) = Σ_m a_m cos(κ_m s) + b_m sin(κ_m s), with κ = k·b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    for i in range(positions.shape[0]):
        position = positions[i]
        cosine_sum = sine_sum = 0.0
        for m in range(turns.shape[0]):
            sine, cosine = sine_cosine_turns(turns[m] * position)
            cosine_sum += cosines[m] * cosine
            sine_sum += sines[m] * sine
        even[i] = cosine_sum
        odd[i] = sine_sum
