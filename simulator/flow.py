"""Velocity fields: what gives the flow's velocity at points, and how several add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["RegularFlow", "Superposition", "VelocityField"]

Array = NDArray[np.float64]


class VelocityField(Protocol):
    """A flow, given by its velocity [km/s] at points [pc]."""

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) at points (N, 3)."""
        ...

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities (N, 3) at points (N, 3) and at their antipodes, −points."""
        ...


@dataclass(frozen=True, slots=True)
class RegularFlow:
    """Uniform flow with a uniform gradient, u(r) = U + G r.

    Parameters
    ----------
    mean
        U [km/s], shape (3,).
    gradient
        G [km/s/pc], shape (3, 3): u_i = Σ_j G_ij r_j.
    """

    mean: Array
    gradient: Array

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) at points (N, 3)."""
        return self.mean + points @ self.gradient.T

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        change = points @ self.gradient.T
        return self.mean + change, self.mean - change


@dataclass(frozen=True, slots=True)
class Superposition:
    """Sum of velocity fields."""

    parts: tuple[VelocityField, ...]

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) at points (N, 3)."""
        total = np.zeros_like(points)
        for part in self.parts:
            total += part.velocity(points)
        return total

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        plus, minus = np.zeros_like(points), np.zeros_like(points)
        for part in self.parts:
            part_plus, part_minus = part.velocity_pairs(points)
            plus += part_plus
            minus += part_minus
        return plus, minus
