"""Interpolation of a vector field between the points of a periodic grid, by Lagrange polynomials along each axis.

Through m points along an axis goes one polynomial of degree m − 1, so the error falls as spacing^m: m = 2 is
trilinear interpolation, m = 4 tricubic. Each value is a weighted sum of the nearest m³ grid points alone, so a grid may
lie on disk. A spline would need all of it first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["interpolate"]

Array = NDArray[np.float64]


@kernel
def lagrange_weights(t: float, order: int) -> tuple[float, float, float, float]:
    """Weights of the points at 0 and 1 (order 2), or at −1, 0, 1 and 2 (order 4), for a value at t from 0 to 1."""
    if order == 2:
        return 1 - t, t, 0.0, 0.0
    return (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )


@kernel
def interpolate(
    points: Array,
    u: NDArray[Any],
    v: NDArray[Any],
    w: NDArray[Any],
    origin: Array,
    spacing: Array,
    order: int,
    result: Array,
) -> None:
    """Write the field at each point.

    Parameters
    ----------
    points : (N, 3)
        Positions.
    u, v, w : (nx, ny, nz)
        The three components on the grid, which repeats itself in all directions.
    origin, spacing : (3,)
        Position of the grid point [0, 0, 0], and the distance of neighbours along each axis.
    order : int
        Points along each axis: 2 or 4.
    result : (N, 3)
        The components, overwritten.
    """
    nx, ny, nz = u.shape
    before = order // 2 - 1
    for n in range(points.shape[0]):
        x = (points[n, 0] - origin[0]) / spacing[0]
        y = (points[n, 1] - origin[1]) / spacing[1]
        z = (points[n, 2] - origin[2]) / spacing[2]
        first, second, third = math.floor(x), math.floor(y), math.floor(z)
        along_x = lagrange_weights(x - first, order)
        along_y = lagrange_weights(y - second, order)
        along_z = lagrange_weights(z - third, order)
        sum_u = sum_v = sum_w = 0.0
        for a in range(order):
            i = (int(first) + a - before) % nx
            for b in range(order):
                j = (int(second) + b - before) % ny
                for c in range(order):
                    k = (int(third) + c - before) % nz
                    weight = along_x[a] * along_y[b] * along_z[c]
                    sum_u += weight * u[i, j, k]
                    sum_v += weight * v[i, j, k]
                    sum_w += weight * w[i, j, k]
        result[n, 0] = sum_u
        result[n, 1] = sum_v
        result[n, 2] = sum_w
