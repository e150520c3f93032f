"""Nodes and weights for ∫ w(k) F(kλ) dk, where F may oscillate in x = kλ with fixed periods.

The band is cut at the announced breakpoints of w, then into leaves, halved until a polynomial
resolves w on each, so that kinks nobody announced are closed in on. On a leaf the nodes are those
of Gauss and Legendre on panels short enough for F. For fixed paths and x far above ℓ, F is a slow
mean plus oscillations; against a smooth w these integrate to nothing except at the ends. There,
runs of long leaves carry two sets of nodes, with weights that add up to one: F itself inside smooth
windows at both ends, and its mean in between, so that the cost does not grow with k_max.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from eddysky.simulator.config.free_path import ErlangPath, FixedPath

__all__ = ["Nodes", "band_nodes", "resolved_panels", "smooth_leaves"]

Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Row j takes the values at the nodes to the coefficient of P_j, for the two highest orders.
_TAIL = (
    np.polynomial.legendre.legvander(_NODES, 15)[:, 14:].T
    * _WEIGHTS
    * np.array([[2 * 14 + 1], [2 * 15 + 1]])
    / 2
)
# Longest leaf in ln k. w and the mean of F are singular at x = 0 and x = ±ℓ only; seen from a leaf
# of this length both lie so far out that 16 nodes are good to 1e-14 or better.
_LEAF = 0.5
# The part of e^(cu), |u| < 1, that 16 nodes miss is 3e-45 c^32: 3e-13 at c = 10.
_RESOLVED = 10.0
# A leaf is resolved when the highest coefficients of w, times its length in ln k, fall to this.
_SMOOTH = 1e-11
# Below this, w has too few digits left to be resolved; and this many leaves at once are noise.
_NEGLIGIBLE = 1e-290
_TOO_MANY = 20_000
# Functions of which nothing is known are resolved when their highest coefficients fall to this, times their largest
# value on the panel, or to what rounding leaves.
_RELATIVE = 1e-8
_ABSOLUTE = 3e-14
# A window is ½ erfc(u), |u| < 4.9 (value 2e-12 where it is cut off), over a length of 110 in x. The
# slowest oscillation, e^(ix), is suppressed by exp(−(110/4/4.9)²) = 2e-14.
_WINDOW_EDGE = 4.9
_WINDOW = 110.0
# The mean is a sum over 8 phases; what it misses is of relative order x^(−6) < 1e-13.
_MEAN_FROM = 150.0


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes x = kλ, shape (n,), and weights [same unit as ∫ w dk], shape (…, n)."""

    x: Array
    weight: Array


def band_nodes(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    lmax: int,
    law: FixedPath | ErlangPath,
    scatterings: int,
) -> tuple[Nodes, Nodes]:
    """Nodes for F itself and nodes for its mean over the oscillation.

    Parameters
    ----------
    density
        w as a function of x, shape (n,), per unit of x; or several densities, shape (…, n).
    edges
        Ends of the band and breakpoints of w, ascending, in x.
    lmax
        Largest multipole to be resolved.
    law
        Law of the free path.
    scatterings
        Number of scatterings N.

    Returns
    -------
    tuple of Nodes
        The second is empty unless the path is fixed.
    """
    exact = _Collector(density)
    mean = _Collector(density)
    mean_from = max(_MEAN_FROM, 2.0 * (lmax + 2)) if isinstance(law, FixedPath) else math.inf
    for lower, upper in pairwise(edges):
        leaves = smooth_leaves(density, lower, upper)
        long = (np.diff(leaves) >= 3 * _WINDOW) & (leaves[:-1] >= mean_from)
        start = 0
        while start < long.size:
            stop = start + 1
            while stop < long.size and long[stop] == long[start]:
                stop += 1
            if long[start]:
                _add_run(leaves[start : stop + 1], exact, mean)
            else:
                for a, b in pairwise(leaves[start : stop + 1]):
                    count = math.ceil((b - a) / _longest_panel(a, lmax, law, scatterings))
                    exact.add(np.linspace(a, b, count + 1))
            start = stop
    return exact.nodes(), mean.nodes()


def smooth_leaves(density: Callable[[Array], Array], lower: float, upper: float) -> Array:
    """Edges of pieces of [lower, upper] on which 16 nodes resolve the density.

    Of several densities each is resolved to the same fraction of the largest of them.

    Raises
    ------
    ValueError
        If the density is not finite somewhere, or nowhere smooth.
    """
    count = max(1, math.ceil(math.log(upper / lower) / _LEAF))
    edges = np.geomspace(lower, upper, count + 1)
    edges[0], edges[-1] = lower, upper
    done = [edges[-1:]]
    a, b = edges[:-1], edges[1:]
    while a.size:
        x = 0.5 * (a + b)[:, np.newaxis] + 0.5 * (b - a)[:, np.newaxis] * _NODES
        values = density(x.ravel()).reshape(-1, *x.shape)
        if not np.all(np.isfinite(values)):
            raise ValueError(f"the spectrum is not finite between kλ = {lower} and {upper}")
        unresolved = np.abs(values @ _TAIL.T).sum(axis=-1).max(axis=0) * (b - a) / b
        largest = np.abs(values).max(axis=(0, -1))
        split = (unresolved > _SMOOTH * largest) & (largest > _NEGLIGIBLE)
        if np.count_nonzero(split) > _TOO_MANY:
            raise ValueError(
                f"the spectrum between kλ = {lower} and {upper} is not piecewise smooth: "
                f"more than {_TOO_MANY} pieces are unresolved at relative accuracy {_SMOOTH}"
            )
        done.append(a[~split])
        middle = 0.5 * (a[split] + b[split])
        a, b = np.concatenate([a[split], middle]), np.concatenate([middle, b[split]])
    return np.unique(np.concatenate(done))


class _Collector:
    """Panels added one by one, turned into nodes at the end."""

    def __init__(self, density: Callable[[Array], Array]) -> None:
        self._density = density
        self._x: list[Array] = []
        self._weight: list[Array] = []

    def add(self, edges: Array, window: Callable[[Array], Array] | None = None) -> None:
        """Panels between consecutive edges, their weights multiplied by the window."""
        half = 0.5 * np.diff(edges)[:, np.newaxis]
        x = (edges[:-1, np.newaxis] + half * (1 + _NODES)).ravel()
        weight = (half * _WEIGHTS).ravel()
        self._x.append(x)
        self._weight.append(weight if window is None else weight * window(x))

    def nodes(self) -> Nodes:
        if not self._x:
            return Nodes(np.empty(0), np.empty(0))
        x = np.concatenate(self._x)
        return Nodes(x, np.concatenate(self._weight) * self._density(x))


def _longest_panel(x: float, lmax: int, law: FixedPath | ErlangPath, scatterings: int) -> float:
    """Length in x that 16 nodes resolve: F grows at most as x^(2ℓ), its phase as 2x (4x if N > 1).

    For Erlang laws growth and phase level off as q = x/n passes 1.
    """
    q = x / law.order if isinstance(law, ErlangPath) else 0.0
    # b_0^N ≈ exp(−N x²/6) falls like the power 2·36 of x before it is lost in rounding.
    power = max(lmax + 1, min(2 * scatterings, 40))
    growth = _RESOLVED * x * max(1.0, q) / power
    phase = _RESOLVED * (1 + q**2) / (1 if scatterings == 1 else 2)
    return min(growth, phase)


def resolved_panels(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    functions: Callable[[Array], Array],
    size: int,
) -> Iterator[tuple[Nodes, Array]]:
    """Nodes on panels halved until the functions in F, too, are resolved, for functions of which nothing is known.

    Parameters
    ----------
    density, edges
        As in `band_nodes`.
    functions
        Takes x, shape (n,), to the functions whose products are F, shape (m, n), of order 1 at most.
    size
        Nodes to work on at a time.

    Yields
    ------
    tuple of Nodes and ndarray
        Some of the nodes and the functions there, shape (m, nodes).

    Raises
    ------
    ValueError
        If they are nowhere smooth.
    """
    leaves = [smooth_leaves(density, *pair) for pair in pairwise(edges)]
    waiting = [(leaf[:-1], leaf[1:]) for leaf in leaves]
    panels = max(1, size // len(_NODES))
    count = 0
    while waiting:
        a, b = waiting.pop()
        if a.size > panels:
            waiting.append((a[panels:], b[panels:]))
            a, b = a[:panels], b[:panels]
        half = 0.5 * (b - a)[:, np.newaxis]
        x = a[:, np.newaxis] + half * (1 + _NODES)
        values = functions(x.ravel()).reshape(-1, *x.shape)
        unresolved = np.abs(values @ _TAIL.T).sum(axis=-1)
        allowed = np.maximum(_RELATIVE * np.abs(values).max(axis=-1), _ABSOLUTE)
        split = np.any(unresolved > allowed, axis=0)
        count += int(np.count_nonzero(split))
        if count > _TOO_MANY:
            raise ValueError(
                "the averages over free paths are not smooth: "
                f"more than {_TOO_MANY} pieces between kλ = {edges[0]} and {edges[-1]}"
            )
        if np.any(split):
            middle = 0.5 * (a[split] + b[split])
            waiting.append((np.concatenate([a[split], middle]), np.concatenate([middle, b[split]])))
        done = x[~split].ravel()
        if done.size:
            weight = (half * _WEIGHTS)[~split].ravel() * density(done)
            yield Nodes(done, weight), values[:, ~split].reshape(len(values), -1)


def _add_run(leaves: Array, exact: _Collector, mean: _Collector) -> None:
    first, last = float(leaves[0]), float(leaves[-1])

    def window(x: Array) -> Array:
        from_start = erfc(_WINDOW_EDGE * (2 * (x - first) / _WINDOW - 1))
        from_end = erfc(_WINDOW_EDGE * (2 * (last - x) / _WINDOW - 1))
        return np.asarray(0.5 * (from_start + from_end))

    # 22 panels of length 5 resolve the window (its width is 8) along with the oscillations.
    opening = np.linspace(first, first + _WINDOW, 23)
    closing = np.linspace(last - _WINDOW, last, 23)
    exact.add(opening, window)
    exact.add(closing, window)
    mean.add(np.unique(np.concatenate([leaves, opening, closing])), lambda x: 1 - window(x))
