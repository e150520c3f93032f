"""One-dimensional spectrum of the velocity along a field line, for field-aligned transport.

Particles on a straight field line sample one component of the flow along this line only. A wave of
wavenumber k whose direction has the cosine y with the line has the wavenumber ky along it. The
longitudinal velocity on the line therefore has the spectrum (x = kλ, t = kyλ)

    E(t) = ∫_t^∞ w(k) [(1−β) y² + (β/2)(1−y²)] dk/x,   y = t/x,

with ∫₀^∞ E dt = ∫ w dk/3. Exchanging the order of the integrals over k and y in ZL25 Eqs. 7–11 gives

    ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] F(xy) = ∫ E(t) F(t) dt.

E is as smooth as w. It extends from t = 0 to the end of the band and has a kink where the band starts.

Drift-kinetic transport (`drift_kinetic`) also needs the compression λ∇·u = ik·A λ, of longitudinal waves alone: its
spectrum is ∫_t^∞ w (1−β) x dk and that of its product with the velocity t ∫_t^∞ w (1−β) dk/x. Anisotropic
turbulence has another distribution of y, g(y; k) dy in place of dy (`wave_directions`); waves exactly along b (slab)
have the spectrum of their k, those exactly across b (two-dimensional) only t = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.validation.theory.gauss_legendre import panel_rule, smooth_intervals
from eddysky.validation.theory.quadrature import band_transfers
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer
from eddysky.validation.theory.wave_directions import cosine_distribution

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = [
    "FieldLineSpectrum",
    "field_line_densities",
    "field_line_density",
    "field_line_transfers",
    "first_panel",
]

Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Number of t that are evaluated at once; w has 16 values for each, a few MB in all.
_BLOCK = 2**14
# Waves with y = t/x below this need no finer steps in x. Those closer to y = 1 than the second number do not count.
_FAR, _CLOSE = 0.5, 1e-5
# Panels for the others.
_PANELS = 12


@dataclass(frozen=True, slots=True)
class FieldLineSpectrum:
    """Spectra on a field line: velocity along b, its product with the compression λ∇·u, and the compression.

    Parameters
    ----------
    edges
        Where the spectra begin, or have kinks, and where they end in t, ascending.
    density
        Takes t, shape (n,), to the spectra per unit of t [km² s⁻²], shape (3, n).
    across
        Power of waves exactly across b, t = 0 [km² s⁻²], shape (3,).
    slab
        Whether all waves are exactly along b: the spectra begin at the first edge, not at t = 0, and compression across
        b is nowhere.
    """

    edges: tuple[float, ...]
    density: Callable[[Array], Array]
    across: Array
    slab: bool = False

    @classmethod
    def from_flow(cls, flow: ScaledSpectrum) -> FieldLineSpectrum:
        """Of isotropic turbulence."""
        return cls(flow.edges, field_line_densities(flow), np.zeros(3))

    @classmethod
    def from_part(cls, part: TurbulentPart, mean_free_path: float) -> FieldLineSpectrum:
        """Of one component of the turbulence."""
        flow = ScaledSpectrum.from_part(part, mean_free_path)
        if part.cosine == 1:

            def slab(t: Array) -> Array:
                inside = (t >= flow.edges[0]) & (t <= flow.edges[-1])
                longitudinal = flow.components(np.clip(t, flow.edges[0], flow.edges[-1]))[0]
                return np.where(inside, longitudinal * t ** np.array([[0.0], [1.0], [2.0]]), 0.0)

            return cls(flow.edges, slab, np.zeros(3), slab=True)
        if part.cosine == 0:
            return cls((), lambda t: np.zeros((3, t.size)), _across(flow))
        if part.anisotropy == "isotropic":
            return cls.from_flow(flow)
        return cls(flow.edges, _anisotropic(part, flow, mean_free_path), np.zeros(3))

    @classmethod
    def from_config(cls, config: Config) -> tuple[FieldLineSpectrum, ...]:
        """Of all turbulence of a configuration: waves exactly along b and all others, where there are any."""
        path = config.mean_free_path
        if not config.axisymmetric_flow:
            flow = ScaledSpectrum.from_flow(config.flow_spectrum, path, config.transverse_fraction)
            return (cls.from_flow(flow),)
        parts = [cls.from_part(part, path) for part in config.turbulent_parts]
        groups = ([part for part in parts if part.slab == slab] for slab in (True, False))
        return tuple(cls._sum(group) for group in groups if group)

    @classmethod
    def _sum(cls, parts: list[FieldLineSpectrum]) -> FieldLineSpectrum:
        """Of several components."""

        def density(t: Array) -> Array:
            return np.asarray(sum(part.density(t) for part in parts))

        edges = sorted({edge for part in parts for edge in part.edges})
        across = np.asarray(sum(part.across for part in parts))
        return cls(tuple(edges), density, across, parts[0].slab)


def field_line_density(flow: ScaledSpectrum) -> Callable[[Array], Array]:
    """The spectrum E(t) of the velocity along b, as `field_line_densities`: takes t, shape (n,), to E, shape (n,)."""
    densities = field_line_densities(flow)
    return lambda t: densities(t)[0]


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


def _anisotropic(
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

    def weighed(t: Array) -> Array:
        # As they enter C_ℓ: none of the three is negligible everywhere.
        return density(t) / np.stack([np.ones_like(t), 1 + t, (1 + t) ** 2])

    first = 0.25 * edges[0]
    pieces = [smooth_intervals(weighed, *ends) for ends in pairwise((first, *edges))]
    places = np.unique(np.concatenate([[0.0], *pieces]))
    nodes, _ = panel_rule(places)
    values = weighed(nodes).reshape(3, -1, _NODES.size)
    coefficients = values @ np.linalg.inv(np.polynomial.legendre.legvander(_NODES, 15)).T

    def interpolated(t: Array) -> Array:
        inside = t < places[-1]
        piece = np.clip(np.searchsorted(places, t, side="right") - 1, 0, len(places) - 2)
        u = (2 * t - places[piece] - places[piece + 1]) / (places[piece + 1] - places[piece])
        terms = np.polynomial.legendre.legvander(np.where(inside, u, 0.0), 15)
        found = np.einsum("rnj,nj->rn", coefficients[:, piece], terms)
        return np.where(inside, found, 0.0) * np.stack([np.ones_like(t), 1 + t, (1 + t) ** 2])

    return _in_blocks(interpolated)


def _across(flow: ScaledSpectrum) -> Array:
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


def field_line_transfers(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    lmax: int,
    model: ScatteringModel,
    continuous: bool = True,
) -> Iterator[tuple[Array, Array]]:
    """Longitudinal transfer functions and weights for ∫ E(t) T_ℓ T_ℓ' dt.

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
    continuous
        Whether to integrate from t = 0; else from the first edge.

    Yields
    ------
    tuple of ndarray
        T_ℓ(t), shape (lmax + 1, nodes), and weights, shape (…, nodes).
    """
    if continuous:
        first, t, weight = first_panel(edges, model)
        yield transfer(model, t, lmax).longitudinal, weight * density(t)
        edges = (first, *edges)
    for functions, weight in band_transfers(density, edges, lmax, model):
        yield functions.longitudinal, weight


def first_panel(edges: Sequence[float], model: ScatteringModel) -> tuple[float, Array, Array]:
    """End of the first panel from t = 0, its 16 nodes and their weights.

    They integrate products of two functions as a polynomial of degree 31; higher powers of t contribute less than
    4^(−32).
    """
    first = 0.25 * min(edges[0], model.knee)
    return first, *panel_rule(np.array([0.0, first]))


def _sum_from_above(values: Array) -> Array:
    """Integrals over the intervals j, j + 1, … from values times half-widths, shape (intervals, 16)."""
    sums = np.cumsum((values @ _WEIGHTS)[::-1])[::-1]
    return np.append(sums, 0.0)
