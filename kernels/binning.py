"""Sums per pixel, in the order of the particles: the same bits whatever the chunks they come in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["accumulate"]


@kernel
def accumulate(
    pixels: NDArray[np.int64],
    values: NDArray[np.float64],
    count: NDArray[np.int64],
    total: NDArray[np.float64],
    square: NDArray[np.float64],
) -> None:
    """Add values (N,) that fall on pixels (N,) to count, sum and sum of squares (n_pix,), in place."""
    for i in range(pixels.shape[0]):
        pixel = pixels[i]
        count[pixel] += 1
        total[pixel] += values[i]
        square[pixel] += values[i] * values[i]
