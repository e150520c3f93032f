"""Spectra on a field line, functions of t = k_∥λ: of the velocity along it and of compression (see `field_line`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.validation.theory.gauss_legendre import panel_rule, smooth_intervals
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.wave_directions import cosine_distribution

__all__ = ["across_power", "anisotropic_densities", "field_line_densities"]

Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Number of t that are evaluated at once; w has 16 values for each, a few MB in all.
_BLOCK = 2**14
# Waves with y = t/x below this need no finer steps in x. Those closer to y = 1 than the second number do not count.
_FAR, _CLOSE = 0.5, 1e-5
# Panels for the others.
_PANELS = 12


def field_line_densities(flow: ScaledSpectrum) -> Callable[[Array], Array]:
    """The spectra on the field line of isotropic turbulence.

    The band is cut into intervals on which 16 nodes resolve w and β. E(t) is the integral from t to the
    end of its interval plus the moments of the intervals beyond.

    Parameters
    ----------
    flow
        Spectrum of the flow.

    Returns
    -------
    callable
        Takes t ≥ 0, shape (n,), to E and the spectra of compression per unit of t [km² s⁻²], shape (3, n); accurate to
        about 1e-11 of the largest values nearby.

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
    # The intervals from edge j on contribute constant[j] + t² quadratic[j], t linear[j] and compression[j].
    constant = _sum_from_above(half * transverse / x)
    quadratic = _sum_from_above(half * (longitudinal - transverse) / x**3)
    linear = _sum_from_above(half * longitudinal / x)
    compression = _sum_from_above(half * longitudinal * x)

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
        t = t[:, 0]
        return np.stack(
            [
                (half * own / x**3) @ _WEIGHTS + constant[beyond] + t**2 * quadratic[beyond],
                t * ((half * longitudinal / x) @ _WEIGHTS + linear[beyond]),
                (half * longitudinal * x) @ _WEIGHTS + compression[beyond],
            ]
        )

    return _in_blocks(block)


def anisotropic_densities(
    part: TurbulentPart, flow: ScaledSpectrum, mean_free_path: float
) -> Callable[[Array], Array]:
    """As `field_line_densities` for waves with the distribution g(y; k): ∫ w dk/x g(t/x; k) …, to about 1e-9."""
    pieces = [smooth_intervals(flow.components, a, b) for a, b in pairwise(flow.edges)]
    edges = np.unique(np.concatenate(pieces))
    distribution = cosine_distribution(part)
    nodes, weights = panel_rule(np.linspace(0.0, 1.0, _PANELS + 1))

    def integrand(x: Array, t: Array) -> Array:
        y = t / x
        k = np.clip(x / mean_free_path, part.spectrum.k_min, part.spectrum.k_max)
        longitudinal, transverse = distribution(k, y) * flow.components(
            (k * mean_free_path).ravel()
        ).reshape(2, *x.shape)
        velocity = (longitudinal * y**2 + transverse * (1 - y) * (1 + y)) / x
        return np.stack([velocity, longitudinal * y, longitudinal * x])

    def block(t: Array) -> Array:
        total = np.zeros((3, t.size))
        for lower, upper in pairwise(edges):
            far = t < _FAR * lower
            half = 0.5 * (upper - lower)
            x = np.broadcast_to(
                lower + half * (1 + _NODES), (int(np.count_nonzero(far)), _NODES.size)
            )
            total[:, far] += integrand(x, t[far, np.newaxis]) @ (half * _WEIGHTS)
            # Where y may be close to 1, with ln(x/t − 1) for x: g vanishes there with all derivatives.
            near = ~far & (t < upper)
            here = t[near, np.newaxis]
            last = np.log(upper / here - 1)
            first = np.log(np.maximum(lower / here - 1, _CLOSE))
            first = np.minimum(first, last)
            place = first + (last - first) * nodes
            x = here * (1 + np.exp(place))
            total[:, near] += (integrand(x, here) * (weights * (last - first) * (x - here))).sum(
                axis=-1
            )
        return total

    return _interpolated(_in_blocks(block), flow.edges)


def _interpolated(
    density: Callable[[Array], Array], edges: tuple[float, ...]
) -> Callable[[Array], Array]:
    """Polynomials of degree 15 for spectra that take long to evaluate, smooth from t = 0 to the last edge."""

    def weighted(t: Array) -> Array:
        # As they enter C_ℓ: none of the three is negligible everywhere.
        return density(t) / np.stack([np.ones_like(t), 1 + t, (1 + t) ** 2])

    first = 0.25 * edges[0]
    pieces = [smooth_intervals(weighted, *ends) for ends in pairwise((first, *edges))]
    places = np.unique(np.concatenate([[0.0], *pieces]))
    nodes, _ = panel_rule(places)
    values = weighted(nodes).reshape(3, -1, _NODES.size)
    coefficients = values @ np.linalg.inv(np.polynomial.legendre.legvander(_NODES, 15)).T

    def interpolated(t: Array) -> Array:
        inside = t < places[-1]
        piece = np.clip(np.searchsorted(places, t, side="right") - 1, 0, len(places) - 2)
        u = (2 * t - places[piece] - places[piece + 1]) / (places[piece + 1] - places[piece])
        terms = np.polynomial.legendre.legvander(np.where(inside, u, 0.0), 15)
        found = np.einsum("rnj,nj->rn", coefficients[:, piece], terms)
        return np.where(inside, found, 0.0) * np.stack([np.ones_like(t), 1 + t, (1 + t) ** 2])

    return _in_blocks(interpolated)


def across_power(flow: ScaledSpectrum) -> Array:
    """Power of waves exactly across b: those across k lie along b, those along k compress by λk."""
    x, weight = panel_rule(
        np.unique(
            np.concatenate(
                [smooth_intervals(flow.components, *ends) for ends in pairwise(flow.edges)]
            )
        )
    )
    longitudinal, transverse = flow.components(x)
    return np.array([weight @ transverse, 0.0, weight @ (longitudinal * x**2)])


def _in_blocks(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same function of t, a limited number at a time."""

    def density(t: Array) -> Array:
        parts = np.array_split(t, max(1, math.ceil(t.size / _BLOCK)))
        return np.concatenate([function(part) for part in parts], axis=-1)

    return density


def _sum_from_above(values: Array) -> Array:
    """Integrals over the intervals j, j + 1, … from values times half-widths, shape (intervals, 16)."""
    sums = np.cumsum((values @ _WEIGHTS)[::-1])[::-1]
    return np.append(sums, 0.0)
