"""Turbulence as waves of wavenumber k at angles arccos y to the magnetic field, grouped by the distribution of y.

Waves of k and of y carry the variance w(k) dk g(y; k) dy, split over three polarisations: along k, across k in the
plane of k and b, and along k × b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.validation.theory.gauss_legendre import panel_rule, smooth_intervals

__all__ = ["WaveGroup", "wave_groups"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WaveGroup:
    """Components of the turbulence with the same distribution of directions.

    Parameters
    ----------
    parts
        The components, one or more.
    mean_free_path
        λ [pc].
    """

    parts: tuple[TurbulentPart, ...]
    mean_free_path: float

    @property
    def cosine(self) -> float | None:
        """The y that all waves have; None where it is distributed."""
        return self.parts[0].cosine

    def cosine_density(self, x: float, y: Array) -> Array:
        """g(y; k) up to a factor, at x = kλ, shape of y."""
        return self.parts[0].cosine_density(np.asarray(x / self.mean_free_path), y)

    @property
    def edges(self) -> list[float]:
        """Ends of the bands and breakpoints, as x = kλ, ascending."""
        points: set[float] = set()
        for part in self.parts:
            spectrum = part.spectrum
            inner = (
                *getattr(spectrum, "breakpoints", ()),
                *getattr(part.transverse_fraction, "breakpoints", ()),
            )
            points |= {k for k in inner if spectrum.k_min < k < spectrum.k_max}
            points |= {spectrum.k_min, spectrum.k_max}
        return sorted(k * self.mean_free_path for k in points)

    @property
    def polarized(self) -> NDArray[np.bool_]:
        """Which of the three polarisations have power, shape (3,)."""
        k = np.array([edge / self.mean_free_path for edge in self.edges])
        parts = [np.array(part.polarizations(k)) > 0 for part in self.parts]
        return np.asarray(np.any(np.concatenate(parts, axis=1), axis=1))

    def densities(self, x: Array) -> Array:
        """Variance of each polarisation per unit of x = kλ [km² s⁻²], shape (3, n)."""
        k = x / self.mean_free_path
        out = np.zeros((3, len(k)))
        for part in self.parts:
            # Edges lose a digit between k and x.
            inside = (k > part.spectrum.k_min * (1 - 1e-12)) & (
                k < part.spectrum.k_max * (1 + 1e-12)
            )
            if np.any(inside):
                power = np.asarray(part.spectrum(k[inside])) / self.mean_free_path
                out[:, inside] += power * np.array(part.polarizations(k[inside]))
        return out

    def rule(self, lower: float, upper: float) -> tuple[Array, Array]:
        """Nodes kλ between two x (n,), and weights that include the densities [km² s⁻²], shape (3, n)."""
        inside = [edge for edge in self.edges if lower < edge < upper]
        nodes = [
            panel_rule(smooth_intervals(self.densities, *ends))
            for ends in pairwise([lower, *inside, upper])
        ]
        x, width = (np.concatenate(each) for each in zip(*nodes, strict=True))
        return x, width * self.densities(x)


def wave_groups(parts: Sequence[TurbulentPart], mean_free_path: float) -> list[WaveGroup]:
    """The components, grouped by their distributions of directions."""
    groups: dict[tuple[str, float], list[TurbulentPart]] = {}
    for part in parts:
        # Goldreich–Sridhar turbulence depends on its outer scale.
        scale = part.spectrum.k_min if part.anisotropy == "goldreich-sridhar" else 0.0
        groups.setdefault((part.anisotropy, scale), []).append(part)
    return [WaveGroup(tuple(group), mean_free_path) for group in groups.values()]
