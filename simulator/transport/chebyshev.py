"""Piecewise Chebyshev polynomials of smooth functions, on panels bisected until the polynomials have converged."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NODES", "Panels", "fit_panels"]

Values = NDArray[Any]

# Nodes in a panel, which is one more than the degree of its polynomial.
NODES = 16
# Panels narrower than this part of their upper end (at least of 1) are not divided further.
NARROWEST = 1e-4

# math.cos and no matrix product: numpy's are not the same to the last bit on all processors.
_ANGLES = [math.pi * (k + 0.5) / NODES for k in range(NODES)]
_COSINES = np.array([math.cos(angle) for angle in _ANGLES])
_MATRIX = np.array(
    [[math.cos(j * a) * (2 if j else 1) / NODES for a in _ANGLES] for j in range(NODES)]
)

Panels = tuple[NDArray[np.float64], list[NDArray[Any]]]


def fit_panels(
    function: Callable[[NDArray[np.float64]], Values],
    edges: Sequence[float],
    tolerance: Values | float,
) -> Panels:
    """Fit a smooth function on panels.

    Parameters
    ----------
    function
        Takes points (NODES,) of one panel to values (NODES, ...).
    edges
        Ends of the first panels, ascending.
    tolerance
        Largest of the last two coefficients of a panel, one number or as many as values.

    Returns
    -------
    edges, coefficients
        Ends of the panels (panels + 1,), and for each the coefficients (NODES, ...) of T_0, T_1, …
    """
    ends, fits = [edges[0]], []
    pending = [*pairwise(edges)][::-1]
    while pending:
        low, high = pending.pop()
        values = function(0.5 * (low + high) + 0.5 * (high - low) * _COSINES)
        coefficients = _sum_over_nodes(values)
        narrow = high - low < NARROWEST * max(high, 1.0)
        if narrow or np.all(np.abs(coefficients[-2:]) <= tolerance):
            ends.append(high)
            fits.append(coefficients)
        else:
            middle = 0.5 * (low + high)
            pending += [(middle, high), (low, middle)]
    return np.array(ends), fits


def _sum_over_nodes(values: Values) -> Values:
    """Chebyshev coefficients (NODES, ...) of values at the nodes (NODES, ...)."""
    total = np.zeros_like(values)
    for k in range(NODES):
        total += np.multiply.outer(_MATRIX[:, k], values[k])
    return total
