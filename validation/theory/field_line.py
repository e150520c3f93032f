"""One-dimensional spectrum of the velocity along a field line, for field-aligned transport.

Particles on a straight field line sample one component of the flow along this line only. A wave of
wavenumber k whose direction has the cosine y with the line has the wavenumber ky along it. The
longitudinal velocity on the line therefore has the spectrum (x = kλ, t = kyλ)

    E(t) = ∫_t^∞ w(k) [(1−β) y² + (β/2)(1−y²)] dk/x,   y = t/x,

with ∫₀^∞ E dt = ∫ w dk/3. Exchanging the order of the integrals over k and y in ZL25 Eqs. 7–11 gives

    ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] F(xy) = ∫ E(t) F(t) dt.

E is as smooth as w. It extends from t = 0 to the end of the band and has a kink where the band starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.gauss_legendre import panel_rule, smooth_intervals
from eddysky.validation.theory.quadrature import band_transfers
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

__all__ = ["field_line_density", "field_line_transfers"]

Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Number of t that are evaluated at once; w has 16 values for each, a few MB in all.
_BLOCK = 2**14


def field_line_density(flow: ScaledSpectrum) -> Callable[[Array], Array]:
    """The spectrum E(t) on the field line.

    The band is cut into intervals on which 16 nodes resolve w and β. E(t) is the integral from t to the
    end of its interval plus the moments of the intervals beyond.

    Parameters
    ----------
    flow
        Spectrum of the flow.

    Returns
    -------
    callable
        Takes t > 0, shape (n,), to E per unit of t [km² s⁻²], shape (n,); accurate to about 1e-11 of the
        largest values nearby.

    Raises
    ------
    ValueError
        If w is not finite or not piecewise smooth.
    """
    pieces = [smooth_intervals(flow.components, a, b) for a, b in pairwise(flow.edges)]
    edges = np.unique(np.concatenate(pieces))
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    x = edges[:-1, np.newaxis] + half * (1 + _NODES)
    longitudinal, transverse = flow.components(x.ravel()).reshape(2, *x.shape)
    # The intervals from edge j on contribute constant[j] + t² quadratic[j].
    constant = _sum_from_above(half * transverse / x)
    quadratic = _sum_from_above(half * (longitudinal - transverse) / x**3)

    def block(t: Array) -> Array:
        beyond = np.searchsorted(edges, t, side="right")
        beyond = np.minimum(beyond, edges.size - 1)
        upper = edges[beyond]
        lower = np.clip(t, edges[0], upper)
        half = 0.5 * (upper - lower)[:, np.newaxis]
        x = lower[:, np.newaxis] + half * (1 + _NODES)
        longitudinal, transverse = flow.components(x.ravel()).reshape(2, *x.shape)
        t = t[:, np.newaxis]
        own = longitudinal * t**2 + transverse * (x - t) * (x + t)
        near = (half * own / x**3) @ _WEIGHTS
        return np.asarray(near + constant[beyond] + t[:, 0] ** 2 * quadratic[beyond])

    def density(t: Array) -> Array:
        parts = np.array_split(t, max(1, math.ceil(t.size / _BLOCK)))
        return np.concatenate([block(part) for part in parts])

    return density


def field_line_transfers(
    density: Callable[[Array], Array], edges: Sequence[float], lmax: int, model: ScatteringModel
) -> Iterator[tuple[Array, Array]]:
    """Longitudinal transfer functions and weights for ∫ E(t) T_ℓ T_ℓ' dt from t = 0.

    Parameters
    ----------
    density
        E(t) for t, shape (n,): one spectrum or several, shape (…, n).
    edges
        Ends of the band and breakpoints in x, ascending.
    lmax
        Largest multipole.
    model
        Free-path law, scatterings, frame and collision operator.

    Yields
    ------
    tuple of ndarray
        T_ℓ(t), shape (lmax + 1, nodes), and weights, shape (…, nodes).
    """
    # On the first panel 16 nodes integrate T_ℓ T_ℓ' as a polynomial of degree 31; higher powers of t contribute less
    # than 4^(−32).
    first = 0.25 * min(edges[0], model.knee)
    t, weight = panel_rule(np.array([0.0, first]))
    yield transfer(model, t, lmax).longitudinal, weight * density(t)
    for functions, weight in band_transfers(density, (first, *edges), lmax, model):
        yield functions.longitudinal, weight


def _sum_from_above(values: Array) -> Array:
    """Integrals over the intervals j, j + 1, … from values times half-widths, shape (intervals, 16)."""
    sums = np.cumsum((values @ _WEIGHTS)[::-1])[::-1]
    return np.append(sums, 0.0)
