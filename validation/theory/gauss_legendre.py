"""Gauss–Legendre nodes and weights for ∫ w(k) F(kλ) dk, where F may oscillate in x = kλ.

The band is cut at the breakpoints of w and then bisected into intervals on which a polynomial resolves
w. Bisection also closes in on kinks that are not given as breakpoints. Each interval is divided into
panels of 16 nodes that are short enough for F.

For fixed paths and x ≫ ℓ, F is a slowly varying mean plus oscillations of fixed period. The oscillations
integrate to zero against a smooth w except near the ends of the range. Over a run of long intervals the
integral is therefore split by smooth windows: F itself near both ends, and the mean of F in between. The
cost then grows only with the logarithm of k_max.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from eddysky.simulator.config.collisions import Bgk
from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.validation.theory.scattering import ScatteringModel

__all__ = ["Nodes", "adaptive_nodes", "band_nodes", "panel_rule", "smooth_intervals"]

Array = NDArray[np.float64]
# Nodes x = kλ, shape (n,), and weights, shape (…, n).
Nodes = tuple[Array, Array]

_RULE = _NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Rows: values at the nodes → Legendre coefficients of the two highest orders, 14 and 15.
_HIGHEST = (
    np.polynomial.legendre.legvander(_NODES, 15)[:, 14:].T
    * _WEIGHTS
    * np.array([[2 * 14 + 1], [2 * 15 + 1]])
    / 2
)
# Longest interval in ln k. w and the mean of F are singular only at x = 0 and x = ±ℓ; for an interval of
# this length both are so far away that 16 nodes are accurate to 1e-14 or better.
_LONGEST = 0.5
# 16 nodes miss a part 3e-45 c^32 of e^(cu), |u| < 1: 3e-13 at c = 10.
_RESOLVED = 10.0
# An interval is resolved when the highest coefficients of w, times its length in ln k, fall below this.
_SMOOTH = 1e-11
# Smaller w has too few digits to be resolved. More unresolved intervals than this mean that w is noise.
_NEGLIGIBLE = 1e-290
_TOO_MANY = 20_000
# Unknown functions are resolved when their highest coefficients fall below this times their largest
# value on the panel, or below this rounding error.
_RELATIVE = 1e-8
# The same where only products of two functions matter, of which the rule integrates twice the degree.
_OF_PRODUCTS = 1e-5
_ABSOLUTE = 3e-14
# The window is ½ erfc(u), cut off at |u| = 4.9 (value 2e-12), over a length of 110 in x. It suppresses
# the slowest oscillation, e^(ix), by exp(−(110/4/4.9)²) = 2e-14.
_WINDOW_EDGE = 4.9
_WINDOW = 110.0
# The mean is a sum over 8 phases; its error is of relative order x^(−6) < 1e-13.
_MEAN_FROM = 150.0


def panel_rule(edges: Array, rule: Nodes = _RULE) -> Nodes:
    """Nodes and weights on the panels between consecutive edges.

    Parameters
    ----------
    edges
        Ascending, shape (panels + 1,).
    rule
        Nodes and weights on (−1, 1), shape (m,); by default the Gauss–Legendre rule of 16 nodes.

    Returns
    -------
    tuple of ndarray
        Nodes and weights, each of shape (panels · m,).
    """
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    x = edges[:-1, np.newaxis] + half * (1 + rule[0])
    return x.ravel(), (half * rule[1]).ravel()


def band_nodes(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    lmax: int,
    model: ScatteringModel,
) -> tuple[Nodes, Nodes]:
    """Nodes for F itself and nodes for the mean of F over its oscillation.

    Parameters
    ----------
    density
        w per unit of x: takes x, shape (n,), to one spectrum or several, shape (…, n).
    edges
        Ends of the band and breakpoints of w in x, ascending.
    lmax
        Largest multipole.
    model
        Scattering with the law of fixed or Erlang paths.

    Returns
    -------
    tuple of Nodes
        Nodes x and weights that include w [unit of ∫ w dk], shape (…, n), for F and for its mean. The latter
        are empty unless the law is fixed.
    """
    exact: list[Nodes] = []
    mean: list[Nodes] = []
    mean_from = max(_MEAN_FROM, 2.0 * (lmax + 2)) if isinstance(model.law, FixedPath) else math.inf
    rates = model.collisions.rates(lmax)
    for lower, upper in pairwise(edges):
        intervals = smooth_intervals(density, lower, upper)
        long = (np.diff(intervals) >= 3 * _WINDOW) & (intervals[:-1] >= mean_from)
        for is_long, run in groupby(range(long.size), key=long.__getitem__):
            numbers = list(run)
            ends = intervals[numbers[0] : numbers[-1] + 2]
            if is_long:
                _add_windowed(ends, exact, mean)
                continue
            for a, b in pairwise(ends):
                count = math.ceil((b - a) / _longest_panel(a, rates, model))
                exact.append(panel_rule(np.linspace(a, b, count + 1)))
    return _joined(exact, density), _joined(mean, density)


def smooth_intervals(density: Callable[[Array], Array], lower: float, upper: float) -> Array:
    """Edges of intervals of [lower, upper] on each of which 16 nodes resolve the density.

    Several densities are each resolved to the same fraction of the largest of them.

    Raises
    ------
    ValueError
        If the density is not finite or not piecewise smooth.
    """
    count = max(1, math.ceil(math.log(upper / lower) / _LONGEST))
    edges = np.geomspace(lower, upper, count + 1)
    edges[0], edges[-1] = lower, upper
    done = [edges[-1:]]
    a, b = edges[:-1], edges[1:]
    while a.size:
        x = 0.5 * (a + b)[:, np.newaxis] + 0.5 * (b - a)[:, np.newaxis] * _NODES
        values = density(x.ravel()).reshape(-1, *x.shape)
        if not np.all(np.isfinite(values)):
            raise ValueError(f"the spectrum is not finite between kλ = {lower} and {upper}")
        unresolved = np.abs(values @ _HIGHEST.T).sum(axis=-1).max(axis=0) * (b - a) / b
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


def adaptive_nodes(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    functions: Callable[[Array], Array],
    size: int,
    amplification: Callable[[Array], Array] = np.ones_like,
    negligible: float = 0.0,
) -> Iterator[tuple[Array, Array, Array]]:
    """Nodes on panels that are bisected until arbitrary functions are resolved, too.

    Parameters
    ----------
    density, edges
        As in `band_nodes`.
    functions
        Takes x, shape (n,), to the functions whose products are F, shape (m, n), at most of order 1.
    size
        Number of nodes that are evaluated at once.
    amplification
        Takes x, shape (n,), to the factor by which the functions' rounding errors are larger than those of numbers of
        order 1.
    negligible
        Part of ∫ w F² of each function F that panels may have to be left as they are. If it is given, nodes and
        weights are for products of two functions, not for one.

    Yields
    ------
    tuple of ndarray
        Some of the nodes x, shape (n,), weights, shape (…, n), and the functions there, shape (m, n).

    Raises
    ------
    ValueError
        If the functions are not piecewise smooth.
    """
    pieces = [smooth_intervals(density, *pair) for pair in pairwise(edges)]
    waiting = [(piece[:-1], piece[1:]) for piece in pieces]
    panels = max(1, size // len(_NODES))
    count = 0
    whole: Array | float = 0.0
    if negligible:
        a, b = (np.concatenate(ends) for ends in zip(*waiting, strict=True))
        middle = 0.5 * (a + b)
        power = density(middle).reshape(-1, len(middle)) * (b - a)
        whole = power @ functions(middle).T ** 2
    while waiting:
        a, b = waiting.pop()
        if a.size > panels:
            waiting.append((a[panels:], b[panels:]))
            a, b = a[:panels], b[:panels]
        half = 0.5 * (b - a)[:, np.newaxis]
        x = a[:, np.newaxis] + half * (1 + _NODES)
        values = functions(x.ravel()).reshape(-1, *x.shape)
        unresolved = np.abs(values @ _HIGHEST.T).sum(axis=-1)
        rounding = _ABSOLUTE * amplification(a)
        relative = _OF_PRODUCTS if negligible else _RELATIVE
        allowed = np.maximum(relative * np.abs(values).max(axis=-1), rounding)
        split = np.any(unresolved > allowed, axis=0)
        if negligible:
            at_nodes = density(x.ravel()).reshape(-1, *x.shape)
            most = np.abs(at_nodes).max(axis=-1)[:, np.newaxis] * (values**2).max(axis=-1)
            small = most * (b - a) <= negligible * np.asarray(whole)[:, :, np.newaxis]
            split &= ~np.all(small, axis=(0, 1))
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
            yield done, weight, values[:, ~split].reshape(len(values), -1)


def _longest_panel(x: float, rates: Array, model: ScatteringModel) -> float:
    """Length in x that 16 nodes resolve: F grows at most as x^(2ℓ), its phase as 2x (4x if N > 1).

    For Erlang laws growth and phase level off where q = x/n exceeds 1. With a collision operator of `rates` ν_ℓ, shape
    (lmax + 1,), f_ℓ grows by asinh(x/ν_ℓ) each multipole and has no phase: its singularities in x are imaginary.
    """
    if model.collisions != Bgk():
        return float(_RESOLVED * x / (1 + np.sum(rates / np.hypot(rates, x))))
    law, scatterings = model.law, model.scatterings
    q = x / law.order if isinstance(law, ErlangPath) else 0.0
    # b_0^N ≈ exp(−N x²/6) falls at most like the power 2·36 of x before it is lost in rounding. In the stationary
    # limit it is zero, and 1/(1 − b_0) is as smooth as b_0.
    power = max(len(rates), min(2 * scatterings, 40))
    growth = _RESOLVED * x * max(1.0, q) / power
    phase = _RESOLVED * (1 + q**2) / (1 if scatterings == 1 else 2)
    return min(growth, phase)


def _add_windowed(intervals: Array, exact: list[Nodes], mean: list[Nodes]) -> None:
    """Add the nodes of a run of long intervals, for F inside the windows and its mean outside."""
    first, last = float(intervals[0]), float(intervals[-1])

    def window(x: Array) -> Array:
        from_start = erfc(_WINDOW_EDGE * (2 * (x - first) / _WINDOW - 1))
        from_end = erfc(_WINDOW_EDGE * (2 * (last - x) / _WINDOW - 1))
        return np.asarray(0.5 * (from_start + from_end))

    # 22 panels of length 5 resolve both the window, whose width is 8, and the oscillations.
    opening = np.linspace(first, first + _WINDOW, 23)
    closing = np.linspace(last - _WINDOW, last, 23)
    for edges in (opening, closing):
        x, weight = panel_rule(edges)
        exact.append((x, weight * window(x)))
    x, weight = panel_rule(np.unique(np.concatenate([intervals, opening, closing])))
    mean.append((x, weight * (1 - window(x))))


def _joined(rules: list[Nodes], density: Callable[[Array], Array]) -> Nodes:
    """All nodes, with the density as a factor of the weights."""
    if not rules:
        return np.empty(0), np.empty(0)
    x, weight = (np.concatenate(parts) for parts in zip(*rules, strict=True))
    return x, weight * density(x)
