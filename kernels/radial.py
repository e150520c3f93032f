"""Functions of kλ in the multipoles of a wave: projection on Legendre polynomials, j_ℓ, piecewise polynomials."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = [
    "add_weighted",
    "project",
    "radial_values",
    "spherical_bessel",
    "spherical_bessel_means",
]

Array = NDArray[np.float64]


@kernel
def project(parts: Array, mu: Array, weights: Array, result: Array) -> None:
    """Write ½ ∫₋₁¹ f(μ) P_ℓ(μ) dμ, for odd ℓ divided by i, of functions with f(−μ) = f*(μ).

    Parameters
    ----------
    parts : (2, nodes, n)
        Real and imaginary parts of n functions at nodes 0 < μ < 1.
    mu, weights : (nodes,)
        The nodes and their weights.
    result : (multipoles, n)
        Overwritten.
    """
    nodes, count = mu.shape[0], parts.shape[2]
    sums = np.empty(count)
    before, now = np.zeros(nodes), np.copy(weights)
    for ell in range(result.shape[0]):
        part = parts[ell % 2]
        sums[:] = 0.0
        for node in range(nodes):
            weight = now[node]
            for i in range(count):
                sums[i] += part[node, i] * weight
        result[ell] = sums
        for node in range(nodes):
            following = (2 * ell + 1) * mu[node] * now[node] - ell * before[node]
            before[node], now[node] = now[node], following / (ell + 1)


@kernel
def spherical_bessel(x: Array, result: Array) -> None:
    """Write j_ℓ(x) for ℓ = 0, 1, … (2 at least).

    Parameters
    ----------
    x : (n,)
        Positive.
    result : (multipoles, n)
        Overwritten.
    """
    count, size = result.shape
    # The recurrence is stable upwards to ℓ = x. Beyond, j_ℓ/j_(ℓ−1) is, downwards (Miller's algorithm).
    tops, least = np.empty(size), count - 1
    for i in range(size):
        top = min(int(x[i]), count - 1)
        tops[i] = top
        least = min(least, top)
        result[0, i] = math.sin(x[i]) / x[i]
        result[1, i] = (result[0, i] - math.cos(x[i])) / x[i]
    ratio, ratios = np.zeros(size), np.empty((count, size))
    if least < count - 1:
        for ell in range(count + 30 + int(8.0 * count ** (1.0 / 3.0)), least, -1):
            for i in range(size):
                ratio[i] = 1.0 / ((2 * ell + 1) / x[i] - ratio[i])
            if ell < count:
                ratios[ell] = ratio
    for ell in range(1, count):
        for i in range(size):
            before = result[ell - 1, i]
            upwards = (2 * ell - 1) / x[i] * before - result[max(ell - 2, 0), i]
            upwards = result[1, i] if ell == 1 else upwards
            result[ell, i] = upwards if ell <= tops[i] else before * ratios[ell, i]


@kernel
def spherical_bessel_means(x: Array, result: Array) -> None:
    """Write m_ℓ(x) = ∫₀¹ j_ℓ(xs) ds for all ℓ from zero.

    They obey j_ℓ = x [ℓ m_(ℓ−1) − (ℓ+1) m_(ℓ+1)]/(2ℓ+1) for ℓ > 0, which is stable downwards.

    Parameters
    ----------
    x : (n,)
        Positive.
    result : (multipoles, n)
        Overwritten.
    """
    count, size = result.shape
    reach = max(count, int(np.max(x)))
    # Where m_ℓ is far below all that are wanted.
    top = reach + 30 + int(8.0 * reach ** (1.0 / 3.0))
    bessel, means = np.empty((top + 1, size)), np.zeros((top + 2, size))
    spherical_bessel(x, bessel)
    for ell in range(top, 0, -1):
        for i in range(size):
            step = (2 * ell + 1) * bessel[ell, i] / x[i]
            means[ell - 1, i] = ((ell + 1) * means[ell + 1, i] + step) / ell
    result[:] = means[:count]


@kernel
def radial_values(
    q: Array, edges: Array, coefficients: Array, last: NDArray[np.int64], result: Array
) -> int:
    """Write functions of q given by Chebyshev polynomials on panels; return the highest multipole that is not zero.

    Parameters
    ----------
    q : (n,)
        Arguments between the first and the last edge; neighbours in one panel are evaluated together.
    edges : (panels + 1,)
        Ends of the panels, ascending.
    coefficients : (panels, functions, multipoles, degree + 1)
        Of T_0, T_1, …
    last : (panels,)
        Highest multipole with values in each panel.
    result : (functions, multipoles, n)
        Overwritten.
    """
    functions, degrees = coefficients.shape[1], coefficients.shape[3]
    count = q.shape[0]
    polynomials = np.empty((degrees, count))
    result[:] = 0.0
    highest = start = 0
    while start < count:
        panel = np.searchsorted(edges, q[start], side="right") - 1
        panel = min(max(panel, 0), edges.shape[0] - 2)
        low, high = edges[panel], edges[panel + 1]
        stop = start
        while stop < count and (stop == start or low <= q[stop] < high):
            x = (2.0 * q[stop] - low - high) / (high - low)
            before, now = x, 1.0
            for degree in range(degrees):
                polynomials[degree, stop] = now
                before, now = now, 2.0 * x * now - before
            stop += 1
        highest = max(highest, last[panel])
        for f in range(functions):
            for ell in range(last[panel] + 1):
                for degree in range(degrees):
                    factor = coefficients[panel, f, ell, degree]
                    for i in range(start, stop):
                        result[f, ell, i] += factor * polynomials[degree, i]
        start = stop
    return highest


@kernel
def add_weighted(values: Array, weights: Array, rows: NDArray[np.int64], result: Array) -> None:
    """Add weighted sums of functions, in the order of their terms.

    Parameters
    ----------
    values : (functions, multipoles, terms, n)
        The terms of each sum.
    weights : (rows, terms)
        Their weights.
    rows : (functions, multipoles)
        Which row of weights a function has.
    result : (functions, multipoles, n)
        To which the sums are added.
    """
    for f in range(values.shape[0]):
        for ell in range(values.shape[1]):
            row = rows[f, ell]
            for term in range(values.shape[2]):
                weight = weights[row, term]
                for i in range(values.shape[3]):
                    result[f, ell, i] += weight * values[f, ell, term, i]
