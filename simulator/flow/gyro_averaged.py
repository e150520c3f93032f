"""The part of a flow that acts on guiding centres: averages over the gyration about the magnetic field b.

Its velocity is (u·b) b, and its gradient G_bb bb + ½ (tr G − G_bb)(1 − bb): a particle of pitch angle cosine μ is
changed by μ² G_bb along the field, and by ½ (1 − μ²)(tr G − G_bb) as the flow compresses across it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.line import line_sums
from eddysky.simulator.flow.field_aligned import FieldAligned, FieldAlignedModes
from eddysky.simulator.flow.fields import along, velocity_gradient
from eddysky.simulator.flow.modes import Modes

__all__ = ["GyroAveraged", "GyroAveragedModes"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GyroAveraged(FieldAligned):
    """Average of any flow over the gyration, a `VelocityField`.

    Parameters
    ----------
    flow
        The flow.
    field
        Unit vector b, shape (3,).
    """

    def gradient(self, points: Array) -> Array:
        """Averaged gradient (N, 3, 3) at points (N, 3)."""
        full = velocity_gradient(self.flow, points)
        rows = [along(full[:, i], self.field) for i in range(3)]
        trace = full[:, 0, 0] + full[:, 1, 1] + full[:, 2, 2]
        return averaged(along(np.stack(rows, axis=1), self.field), trace, self.field)


@dataclass(frozen=True, slots=True)
class GyroAveragedModes:
    """The same of a sum of plane waves, at points r = s b on the field line, where its phases are s k·b.

    Parameters
    ----------
    line
        (u·b) b.
    cosines, sines
        Amplitudes of the divergence ∇·u [km/s/pc], shape (M,).
    """

    line: FieldAlignedModes
    cosines: Array
    sines: Array

    @property
    def k_max(self) -> float:
        """Highest wavenumber along the field line [1/pc]."""
        return self.line.k_max

    @classmethod
    def from_modes(cls, modes: Modes, field: Array) -> GyroAveragedModes:
        """Average modes over the gyration."""
        k = modes.wavevectors
        ahead, behind = (
            k[:, 0] * part[:, 0] + k[:, 1] * part[:, 1] + k[:, 2] * part[:, 2]
            for part in (modes.sines, modes.cosines)
        )
        return cls(FieldAlignedModes.from_modes(modes, field), ahead, -behind)

    def part(self, indices: NDArray[np.intp]) -> GyroAveragedModes:
        """The modes of these indices."""
        return GyroAveragedModes(
            self.line.part(indices), self.cosines[indices], self.sines[indices]
        )

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) in km/s at points (N, 3) in pc, all on the field line."""
        return self.line.velocity(points)

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        return self.line.velocity_pairs(points)

    def gradient(self, points: Array) -> Array:
        """Averaged gradient (N, 3, 3) in km/s/pc at points (N, 3) in pc, all on the field line."""
        line, positions = self.line, along(points, self.line.field)
        k = 2 * math.pi * line.turns
        parts = []
        for cosines, sines in (
            (k * line.sines, -k * line.cosines),
            (self.cosines, self.sines),
        ):
            even, odd = np.empty_like(positions), np.empty_like(positions)
            line_sums(positions, line.turns, cosines, sines, even, odd)
            parts.append(even + odd)
        return averaged(parts[0], parts[1], line.field)


def averaged(parallel: Array, divergence: Array, field: Array) -> Array:
    """G_bb bb + ½ (∇·u − G_bb)(1 − bb), shape (N, 3, 3), from G_bb and ∇·u (N,)."""
    across = 0.5 * (divergence - parallel)
    axis = np.outer(field, field)
    return parallel[:, None, None] * axis + across[:, None, None] * (np.eye(3) - axis)
