"""Taylor expansion of the flow about the observer (ZL24 §3, Eqs. 3, 4, A5 to A7)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.taylor import taylor_sums
from eddysky.simulator.flow.modes import Modes

__all__ = ["TaylorModes"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TaylorModes:
    """Taylor polynomial of a sum of plane waves about r = 0, a `VelocityField`.

    u_n(r) = Σ_m a_m C_n(k_m·r) + b_m S_n(k_m·r), C_n and S_n being the terms up to x^n of cos x and sin x. It
    converges for any r as n → ∞, but is accurate only where kr ≲ n/e for all waves.

    Parameters
    ----------
    modes
        The waves.
    order
        n ≥ 0; 0 is the velocity at the observer, 1 adds the uniform gradient there.
    """

    modes: Modes
    order: int

    @property
    def k_max(self) -> float:
        """Highest wavenumber of all modes [1/pc]."""
        return self.modes.k_max

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) in km/s at points (N, 3) in pc."""
        even, odd = self.parts(points)
        return even + odd

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes, at the cost of one evaluation."""
        even, odd = self.parts(points)
        return even + odd, even - odd

    def parts(self, points: Array) -> tuple[Array, Array]:
        """Even and odd part of u_n at points, (N, 3) each."""
        even, odd = np.empty_like(points), np.empty_like(points)
        turns, cosines, sines = self.modes.table
        taylor_sums(points, 2 * math.pi * turns, cosines, sines, self.order, even, odd)
        return even, odd
