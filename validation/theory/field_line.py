"""One-dimensional spectrum of the velocity along a field line, seen by field-aligned transport.

Particles that are tied to a straight field line feel one component of the flow, on that line only.
A wave of wavenumber k at the angle arccos(y) to the line is there one of wavenumber κ = ky, so that
the longitudinal velocity on the line has the spectrum (t = κλ, x = kλ, y = t/x)

    E(t) = ∫ w(k) [(1−β) y² + (β/2)(1−y²)] dk/x   over all x > t,

with ∫ E dt = ∫ w dk/3 over t > 0. Swapping the integrals of ZL25 Eqs. 7–11 over k and over y,

    ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] F(xy) = ∫ E(t) F(t) dt.

E is as smooth as w, reaches from t = 0 to the end of the band and has a kink where the band starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.band import Band
from eddysky.validation.theory.panels import smooth_leaves

__all__ = ["field_line_density", "field_line_edges"]

Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Points at which E is evaluated at once: 16 times as many values of w, a few MB.
_BLOCK = 2**14


def field_line_density(band: Band) -> Callable[[Array], Array]:
    """E(t), as a function of t > 0, shape (n,), per unit of t [km² s⁻²].

    The band is cut into leaves on which 16 nodes resolve w and β. E(t) is an integral by these
    nodes from t to the end of its leaf, plus the moments of the leaves beyond.

    Parameters
    ----------
    band
        The flow.

    Returns
    -------
    callable
        Its values are good to about 1e-11 of their largest nearby.

    Raises
    ------
    ValueError
        If w is not finite or nowhere smooth.
    """
    pieces = [smooth_leaves(band.components, a, b) for a, b in pairwise(band.edges)]
    leaves = np.unique(np.concatenate(pieces))
    half = 0.5 * np.diff(leaves)[:, np.newaxis]
    x = leaves[:-1, np.newaxis] + half * (1 + _NODES)
    longitudinal, transverse = band.components(x.ravel()).reshape(2, *x.shape)
    # E = constant + t² × quadratic for the leaves beyond t; entry j for those from edge j on.
    constant = _sum_from_above(half * transverse / x)
    quadratic = _sum_from_above(half * (longitudinal - transverse) / x**3)

    def block(t: Array) -> Array:
        beyond = np.searchsorted(leaves, t, side="right")
        beyond = np.minimum(beyond, leaves.size - 1)
        upper = leaves[beyond]
        lower = np.clip(t, leaves[0], upper)
        half = 0.5 * (upper - lower)[:, np.newaxis]
        x = lower[:, np.newaxis] + half * (1 + _NODES)
        longitudinal, transverse = band.components(x.ravel()).reshape(2, *x.shape)
        t = t[:, np.newaxis]
        own = longitudinal * t**2 + transverse * (x - t) * (x + t)
        near = (half * own / x**3) @ _WEIGHTS
        return np.asarray(near + constant[beyond] + t[:, 0] ** 2 * quadratic[beyond])

    def density(t: Array) -> Array:
        parts = np.array_split(t, max(1, math.ceil(t.size / _BLOCK)))
        return np.concatenate([block(part) for part in parts])

    return density


def field_line_edges(band: Band, scatterings: int) -> tuple[float, ...]:
    """Ends of E and its breakpoints in t, ascending, with one more close to t = 0.

    Below the first the product of two transfer functions is a polynomial for 16 nodes, of degree
    31: it varies over t of 1 and, with N scatterings, of 1/√N; higher powers than t³¹ are below
    4^(−32) of their integral up to the start of the band.
    """
    first = 0.25 * min(band.edges[0], 1 / math.sqrt(scatterings))
    return (first, *band.edges)


def _sum_from_above(values: Array) -> Array:
    """Integrals over the leaves j, j + 1, … from values × half-widths, shape (leaves, 16)."""
    sums = np.cumsum((values @ _WEIGHTS)[::-1])[::-1]
    return np.append(sums, 0.0)
