"""Omnidirectional energy spectrum w(k) of the turbulent flow.

Normalisation: the mean of u² is ∫ w dk, without a factor ½, and the velocity dispersion on scale L is
σ(L) = √(2π w(2π/L)/L) (Zhang & Liu 2024, §2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["PowerLaw", "Spectrum"]


class Spectrum(Protocol):
    """Anything that gives w(k) on a band of wavenumbers."""

    @property
    def k_min(self) -> float:
        """Lower end of the band [1/pc]."""
        ...

    @property
    def k_max(self) -> float:
        """Upper end of the band [1/pc]."""
        ...

    def __call__(self, k: ArrayLike) -> NDArray[np.float64]:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc inside the band."""
        ...


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """w(k) = w(2π/L) (kL/2π)^(−γ) with w(2π/L) = σ² L / 2π, on [k_min, k_max].

    Parameters
    ----------
    index
        Spectral index γ; 5/3 for Kolmogorov, 3/2 for Iroshnikov–Kraichnan turbulence.
    velocity_dispersion
        σ on the reference scale [km/s].
    reference_scale
        L [pc].
    k_min, k_max
        Band [1/pc]; 0 and infinity stand for the unbounded power law, which can be predicted but
        not simulated.
    """

    index: float
    velocity_dispersion: float
    reference_scale: float
    k_min: float = 0.0
    k_max: float = math.inf

    def __call__(self, k: ArrayLike) -> NDArray[np.float64]:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc."""
        dispersion = np.float64(self.velocity_dispersion)
        with np.errstate(over="ignore"):
            amplitude = dispersion**2 * self.reference_scale / (2 * math.pi)
        scaled = np.asarray(k, dtype=np.float64) * self.reference_scale / (2 * math.pi)
        return np.asarray(amplitude * scaled ** (-self.index))
