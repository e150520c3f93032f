"""Averages of functions of kλ over the mean free paths of the particles: ⟨F(ηx)⟩ with the η of `path_spread`.

The integral over z = ηx has the nodes of `band_nodes`: for fixed paths F oscillates, and only near the ends of a smooth
distribution of η does the oscillation count. Wavenumbers x that differ little share the nodes η.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.gauss_legendre import Nodes, band_nodes, panel_rule
from eddysky.validation.theory.oscillation import PHASES
from eddysky.validation.theory.path_spread import PathSpread
from eddysky.validation.theory.scattering import ScatteringModel

__all__ = ["spread_average"]

Array = NDArray[np.float64]
Functions = Callable[[Array], Array]

# Values of the functions in memory.
_MEMORY = 2**18
# Wavenumbers of one group differ by these factors at most: where z is small, and where it oscillates often.
_WIDE, _NARROW = 2.0, 1.1
_OFTEN = 150.0
# Other laws than fixed and Erlang: twice as many panels change the average by less than this.
_CONVERGED = 1e-12
_MOST_PANELS = 2**12


def spread_average(
    model: ScatteringModel,
    x: Array,
    lmax: int,
    functions: Functions,
    by_phase: Callable[[Array], Iterator[Array]],
) -> Array:
    """⟨F(ηx)⟩ over the spread of a model.

    Parameters
    ----------
    model
        Scattering model with a spread.
    x
        kλ > 0, shape (n,).
    lmax
        Largest multipole of the functions.
    functions
        Takes z, shape (m,), to F at one mean free path, shape (functions, m).
    by_phase
        Takes z to F with the oscillation replaced by each of the phases of `averages_by_phase`.

    Returns
    -------
    ndarray
        Shape (functions, n); for functions of order 1, errors are below 1e-11.

    Raises
    ------
    InputError
        For laws other than fixed and Erlang, if the functions are not resolved.
    """
    spread = model.spread
    assert spread is not None
    total: Array | float = 0.0
    for median, fraction in spread.parts:
        scaled = median * x
        if spread.rigidities.response is None:
            total = total + fraction * functions(scaled)
            continue
        rows: list[Array] = []
        order = np.argsort(scaled)
        for group in _groups(scaled[order], float(spread.edges[-1])):
            rows.append(_group_average(model, scaled[order[group]], lmax, functions, by_phase))
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        total = total + fraction * np.concatenate(rows, axis=1)[:, back]
    return np.asarray(total)


def _groups(x: Array, largest: float) -> Iterator[slice]:
    """Ranges of ascending x that share nodes."""
    start = 0
    while start < x.size:
        factor = _NARROW if x[start] * largest > _OFTEN else _WIDE
        stop = int(np.searchsorted(x, factor * x[start], side="right"))
        yield slice(start, stop)
        start = stop


def _group_average(
    model: ScatteringModel,
    x: Array,
    lmax: int,
    functions: Functions,
    by_phase: Callable[[Array], Iterator[Array]],
) -> Array:
    """⟨F(ηx)⟩ over the energies of one charge for ascending x."""
    spread, scale = model.spread, float(x[-1])
    assert spread is not None
    if not isinstance(model.law, FixedPath | ErlangPath):
        return _refined(model, spread, x, lmax, functions)
    edges = scale * spread.edges

    def density(z: Array) -> Array:
        return spread.density(z / scale) / scale

    exact, mean = band_nodes(density, edges.tolist(), lmax, model)
    found = _weighted(x, (exact[0] / scale, exact[1]), lmax, functions)

    def averaged(z: Array) -> Array:
        return np.asarray(sum(by_phase(z)) / PHASES)

    if mean[0].size:
        found += _weighted(x, (mean[0] / scale, mean[1]), lmax, averaged)
    return found / (np.sum(exact[1]) + np.sum(mean[1]))


def _weighted(x: Array, nodes: Nodes, lmax: int, functions: Functions) -> Array:
    """Σ weight · F(ηx) over the nodes η, shape (functions, n)."""
    eta, weight = nodes
    # Of each x as many η at once as memory allows, and several x of few η.
    span = max(1, _MEMORY // (lmax + 2))
    step = max(1, span // eta.size)
    parts = []
    for first in range(0, x.size, step):
        some, sums = x[first : first + step], np.zeros(())
        for start in range(0, eta.size, span):
            here = slice(start, start + span)
            values = functions(np.outer(some, eta[here]).ravel())
            values = values.reshape(len(values), some.size, -1)
            # Without BLAS, whose threads wait for one another in busy loops where other programs have the cores.
            sums = sums + np.einsum("fxn,n->fx", values, weight[here])
        parts.append(np.asarray(sums))
    return np.concatenate(parts, axis=1)


def _refined(
    model: ScatteringModel, spread: PathSpread, x: Array, lmax: int, functions: Functions
) -> Array:
    """The average for laws whose functions are known by their values alone: twice as many panels until it converges."""
    edges = np.log(spread.edges)
    panels = 1
    before: Array | None = None
    while panels <= _MOST_PANELS:
        pieces = [np.linspace(low, high, panels + 1) for low, high in pairwise(edges)]
        places, width = panel_rule(np.unique(np.concatenate(pieces)))
        eta = np.exp(places)
        weight = width * eta * spread.density(eta)
        found = _weighted(x, (eta, weight / np.sum(weight)), lmax, functions)
        size = max(1.0, float(np.max(np.abs(found))))
        if before is not None and np.max(np.abs(found - before)) < _CONVERGED * size:
            return found
        before, panels = found, 2 * panels
    raise InputError(
        f"transport.free_path = {model.law.name!r}: its averages over energies are not resolved at k λ = "
        f"{x[-1]:.4g}; a larger flow.inner_scale needs fewer of them"
    )
