"""Points in blocks, so that kernels vectorise over points, each of which sums its modes in order.

Sums that are vectorised over modes must be reordered, by the width of vectors, so that their last bits depend on the
machine. Here each lane of a vector is a point, and any number of lanes gives the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["BLOCK", "load", "mode", "rows", "store"]

Array = NDArray[np.float64]

# Points of a block, a whole number of vectors of any width; a fixed number makes faster loops.
BLOCK = 64
# Doubles in a cache line.
LINE = 8


@kernel
def rows(count: int, width: int) -> Array:
    """Working memory (count, width) from the start of a cache line on; vectors across two take twice the time."""
    memory = np.empty((count, width + LINE))
    start = (-memory.ctypes.data // 8) % LINE
    return memory[:, start : start + width]


@kernel
def load(points: Array, first: int, block: Array) -> int:
    """Copy points (N, d) from `first` on to the first d rows of a block, and fill the rest with zeros.

    Returns the number of points in the block.
    """
    count: int = min(points.shape[0] - first, block.shape[1])
    dimensions = points.shape[1]
    for row in range(block.shape[0]):
        for i in range(block.shape[1]):
            block[row, i] = points[first + i, row] if row < dimensions and i < count else 0.0
    return count


@kernel
def mode(table: Array, m: int) -> tuple[float, float, float]:
    """Column m of a table (3, M); zeros beyond its end."""
    if m == table.shape[1]:
        return 0.0, 0.0, 0.0
    return table[0, m], table[1, m], table[2, m]


@kernel
def store(block: Array, row: int, count: int, first: int, result: Array) -> None:
    """Copy `count` points from the rows of a block from `row` on to results (N, d) from `first` on."""
    for i in range(count):
        for axis in range(result.shape[1]):
            result[first + i, axis] = block[row + axis, i]
