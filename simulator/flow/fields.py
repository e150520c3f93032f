"""The velocity-field interface, regular flows and sums of fields."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from astropy import units
from numpy.typing import NDArray

from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.errors import InputError

__all__ = ["PairedField", "RegularFlow", "Superposition", "VelocityField", "along", "with_pairs"]

Array = NDArray[np.float64]


def along(vectors: Array, direction: Array) -> Array:
    """Scalar products (N,) of vectors (N, 3) with one vector (3,).

    Not by BLAS: how its threads share the rows, and so the last bit, depends on what else is running.
    """
    return np.asarray(
        vectors[:, 0] * direction[0] + vectors[:, 1] * direction[1] + vectors[:, 2] * direction[2]
    )


@runtime_checkable
class VelocityField(Protocol):
    """Interface of a stationary flow of the scattering centres.

    Optional: `velocity_pairs(points)`, which returns the velocities at points and at −points, for fields where this
    is faster than two calls; `name` and `version`, which identify the field in a results file.
    """

    @property
    def k_max(self) -> float:
        """Highest wavenumber [1/pc]; the grids of directions resolve multipoles up to about k_max λ."""
        ...

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) in km/s at points (N, 3) in pc from the observer; called from several threads at once."""
        ...


class PairedField(VelocityField, Protocol):
    """A velocity field that also has `velocity_pairs`."""

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities (N, 3) at points (N, 3) and at their antipodes, −points."""
        ...


def with_pairs(field: VelocityField) -> PairedField:
    """Add `velocity_pairs` to a velocity field, and check the velocities that it returns.

    Regular flows, sums and fields that are already checked are returned unchanged.

    Parameters
    ----------
    field
        The field.

    Raises
    ------
    InputError
        If it has no `velocity` or no `k_max`, or k_max is not a positive number. Each evaluation raises it if the
        velocities are not finite, not below the speed of light, or not of the shape of the points.
    """
    if isinstance(field, RegularFlow | Superposition | _Checked):
        return field
    if not isinstance(field, VelocityField) or not callable(field.velocity):
        raise InputError(
            f"flow = {type(field).__name__}: not a velocity field; it needs velocity(points) and k_max"
        )
    try:
        k_max = float(field.k_max)
    except (TypeError, ValueError):
        k_max = math.nan
    if not 0 < k_max < math.inf:
        raise InputError(
            f"flow: k_max = {field.k_max!r} of {type(field).__name__}: must be a positive number, in 1/pc"
        )
    return _Checked(field, k_max)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A velocity field whose returned velocities are checked."""

    field: VelocityField
    k_max: float

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) at points (N, 3)."""
        # A copy, which the field may change in place.
        return self._checked(self.field.velocity(points.copy()), points)

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        pairs = getattr(self.field, "velocity_pairs", None)
        if pairs is None:
            return self.velocity(points), self.velocity(-points)
        try:
            ahead, behind = pairs(points.copy())
        except ValueError as error:
            raise InputError(
                f"flow: {type(self.field).__name__}.velocity_pairs must return two arrays: {error}"
            ) from None
        return self._checked(ahead, points), self._checked(behind, points)

    def _checked(self, given: Any, points: Array) -> Array:
        """Copy of returned velocities, if they are valid."""
        name = type(self.field).__name__
        try:
            with_unit = isinstance(given, units.Quantity)
            velocity = given.to_value("km/s") if with_unit else np.asarray(given)
        except ValueError as error:
            raise InputError(f"flow: {name}.velocity gave no velocities: {error}") from None
        if isinstance(given, np.ma.MaskedArray):
            raise InputError(f"flow: {name}.velocity gave a masked array; fill its gaps first")
        if velocity.shape != points.shape or velocity.dtype.kind not in "fiu":
            raise InputError(
                f"flow: {name}.velocity gave {velocity.dtype} of shape {velocity.shape} at points of shape "
                f"{points.shape}; must be real numbers of that shape, in km/s"
            )
        velocity = velocity.astype(np.float64)
        if not np.all(np.isfinite(velocity)):
            where = points[~np.all(np.isfinite(velocity), axis=1)][0]
            raise InputError(f"flow: {name}.velocity is not finite at {where.tolist()} pc")
        fastest = np.max(np.sum(velocity**2, axis=1), initial=0.0)
        if not fastest < SPEED_OF_LIGHT**2:
            raise InputError(
                f"flow: {name}.velocity gave {math.sqrt(fastest):.6g} km/s: not slower than light"
            )
        return velocity


@dataclass(frozen=True, slots=True)
class RegularFlow:
    """Uniform flow with a uniform gradient, u(r) = U + G r, a `VelocityField`.

    Parameters
    ----------
    mean
        U [km/s], shape (3,).
    gradient
        G [km/s/pc], shape (3, 3): u_i = Σ_j G_ij r_j.
    """

    mean: Array
    gradient: Array

    @property
    def k_max(self) -> float:
        """Zero: there are no waves."""
        return 0.0

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
    """Sum of velocity fields, itself a `VelocityField`."""

    parts: tuple[PairedField, ...]

    @property
    def k_max(self) -> float:
        """Highest wavenumber of all parts [1/pc]."""
        return max((part.k_max for part in self.parts), default=0.0)

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
