"""Velocity fields: what gives the flow's velocity at points, and how several add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["RegularFlow", "Superposition", "VelocityField", "along"]

Array = NDArray[np.float64]


def along(vectors: Array, direction: Array) -> Array:
    """Scalar products (N,) of vectors (N, 3) with one vector (3,).

    Not by BLAS: how its threads share the rows, and so the last bit, depends on what else is running.
    """
    return np.asarray(
        vectors[:, 0] * direction[0] + vectors[:, 1] * direction[1] + vectors[:, 2] * direction[2]
    )


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
        return self.mean + self.change(points)

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        change = self.change(points)
        return self.mean + change, self.mean - change

    def change(self, points: Array) -> Array:
        """G r, shape (N, 3)."""
        return np.stack([along(points, row) for row in self.gradient], axis=1)


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
