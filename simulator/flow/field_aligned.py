"""The component of a flow along the magnetic field, which acts on particles in parallel transport (ZL25 Eq. 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.line import line_sums
from eddysky.simulator.flow.fields import PairedField, along
from eddysky.simulator.flow.modes import Modes

__all__ = ["FieldAligned", "FieldAlignedModes"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FieldAligned:
    """(u·b) b of any flow u, a `VelocityField`.

    Parameters
    ----------
    flow
        The flow.
    field
        Unit vector b along the magnetic field, shape (3,).
    """

    flow: PairedField
    field: Array

    @property
    def k_max(self) -> float:
        """Highest wavenumber of the flow [1/pc]."""
        return self.flow.k_max

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) at points (N, 3)."""
        return self.project(self.flow.velocity(points))

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        ahead, behind = self.flow.velocity_pairs(points)
        return self.project(ahead), self.project(behind)

    def project(self, velocity: Array) -> Array:
        """Component of velocities (N, 3) along b."""
        return along(velocity, self.field)[:, None] * self.field


@dataclass(frozen=True, slots=True)
class FieldAlignedModes:
    """(u·b) b of a sum of plane waves at points r = s b on the field line, where its phases are s k·b.

    Parameters
    ----------
    field
        Unit vector b, shape (3,).
    turns
        k·b/2π [1/pc], shape (M,).
    cosines, sines
        Amplitudes along b [km/s], shape (M,).
    """

    field: Array
    turns: Array
    cosines: Array
    sines: Array

    @property
    def k_max(self) -> float:
        """Highest wavenumber along the field line [1/pc]."""
        return float(2 * math.pi * np.max(np.abs(self.turns), initial=0.0))

    @classmethod
    def from_modes(cls, modes: Modes, field: Array) -> FieldAlignedModes:
        """Project modes on a field line."""
        return cls(
            field,
            along(modes.wavevectors, field) / (2 * math.pi),
            along(modes.cosines, field),
            along(modes.sines, field),
        )

    def part(self, indices: NDArray[np.intp]) -> FieldAlignedModes:
        """The modes of these indices."""
        rows = (self.turns, self.cosines, self.sines)
        return FieldAlignedModes(self.field, *(row[indices] for row in rows))

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) in km/s at points (N, 3) in pc, all on the field line."""
        even, odd = self.sums(points)
        return (even + odd)[:, None] * self.field

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        even, odd = self.sums(points)
        return (even + odd)[:, None] * self.field, (even - odd)[:, None] * self.field

    def sums(self, points: Array) -> tuple[Array, Array]:
        """Even and odd part of u·b at points."""
        positions = along(points, self.field)
        even, odd = np.empty_like(positions), np.empty_like(positions)
        line_sums(positions, self.turns, self.cosines, self.sines, even, odd)
        return even, odd
