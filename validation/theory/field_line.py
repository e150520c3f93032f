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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.validation.theory.field_line_density import (
    across_power,
    anisotropic_densities,
    field_line_densities,
)
from eddysky.validation.theory.gauss_legendre import panel_rule
from eddysky.validation.theory.quadrature import NEGLIGIBLE, band_transfers
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["FieldLineSpectrum", "field_line_transfers", "first_panel"]

Array = NDArray[np.float64]


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
            return cls((), lambda t: np.zeros((3, t.size)), across_power(flow))
        if part.anisotropy == "isotropic":
            return cls.from_flow(flow)
        return cls(flow.edges, anisotropic_densities(part, flow, mean_free_path), np.zeros(3))

    @classmethod
    def from_config(cls, config: Config, factor: float = 1.0) -> tuple[FieldLineSpectrum, ...]:
        """Of all turbulence of a configuration: waves exactly along b and all others, where there are any.

        In units of `factor` times its mean free path.
        """
        path = factor * config.mean_free_path
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


def field_line_transfers(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    lmax: int,
    model: ScatteringModel,
    continuous: bool = True,
    negligible: float = NEGLIGIBLE,
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
    negligible
        As in `band_transfers`.

    Yields
    ------
    tuple of ndarray
        T_ℓ(t), shape (lmax + 1, nodes), and weights, shape (…, nodes).
    """
    if continuous:
        first, t, weight = first_panel(edges, model)
        yield transfer(model, t, lmax).longitudinal, weight * density(t)
        edges = (first, *edges)
    for functions, weight in band_transfers(density, edges, lmax, model, negligible):
        yield functions.longitudinal, weight


def first_panel(edges: Sequence[float], model: ScatteringModel) -> tuple[float, Array, Array]:
    """End of the first panel from t = 0, its 16 nodes and their weights.

    They integrate products of two functions as a polynomial of degree 31; higher powers of t contribute less than
    4^(−32).
    """
    first = 0.25 * min(edges[0], model.knee)
    return first, *panel_rule(np.array([0.0, first]))
