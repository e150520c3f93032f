"""The velocity-field interface, regular flows and sums of fields."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from astropy import units
from numpy.typing import NDArray

from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.errors import InputError

__all__ = [
    "PairedField",
    "RegularFlow",
    "Superposition",
    "VelocityField",
    "along",
    "velocity_gradient",
    "with_pairs",
]

Array = NDArray[np.float64]

# Half the distance of velocities whose difference makes a gradient, over 1/k_max. A wave of k_max loses 2e-5 of its
# gradient, and velocities of single precision make errors as large.
STEP = 0.01
UNITS = {"velocity": "km/s", "gradient": "km/(s pc)"}


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
    is faster than two calls; `gradient(points)`, which returns ∂u_i/∂x_j (N, 3, 3) in km/s/pc and replaces differences
    of the velocity (see `velocity_gradient`); `name` and `version`, which identify the field in a results file.
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


def velocity_gradient(field: VelocityField, points: Array) -> Array:
    """Gradient of a velocity field: its own, or central differences over ±`STEP`/k_max.

    Parameters
    ----------
    field
        The field.
    points
        Positions [pc], shape (N, 3).

    Returns
    -------
    ndarray
        ∂u_i/∂x_j [km/s/pc], shape (N, 3, 3).

    Examples
    --------
    >>> from eddysky.simulator.flow import GriddedFlow
    >>> cube = np.zeros((3, 8, 8, 8))
    >>> cube[0] = np.arange(8.0)
    >>> shear = GriddedFlow.from_array(cube, "0.5 pc")
    >>> velocity_gradient(shear, np.zeros((1, 3)))[0].round(6)
    array([[0., 0., 2.],
           [0., 0., 0.],
           [0., 0., 0.]])
    """
    if isinstance(field, RegularFlow):
        return np.broadcast_to(field.gradient, (len(points), 3, 3))
    own = getattr(field, "gradient", None)
    return np.asarray(own(points)) if callable(own) else differences(field, points)


def differences(field: VelocityField, points: Array) -> Array:
    """Central differences of the velocity, as `velocity_gradient` returns them."""
    result, step = np.empty((len(points), 3, 3)), STEP / field.k_max
    for axis, shift in enumerate(step * np.eye(3)):
        change = field.velocity(points + shift) - field.velocity(points - shift)
        result[:, :, axis] = change / (2 * step)
    return result


@dataclass(frozen=True, slots=True)
class _Checked:
    """A velocity field whose returned velocities are checked."""

    field: VelocityField
    k_max: float

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) at points (N, 3)."""
        # A copy, which the field may change in place.
        return self._checked("velocity", self.field.velocity(points.copy()), points)

    def gradient(self, points: Array) -> Array:
        """Gradient (N, 3, 3) at points (N, 3): the field's own, or differences of its velocity."""
        own = getattr(self.field, "gradient", None)
        if not callable(own):
            return differences(self, points)
        return self._checked("gradient", own(points.copy()), points)

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
        return self._checked("velocity", ahead, points), self._checked("velocity", behind, points)

    def _checked(self, member: Literal["velocity", "gradient"], given: Any, points: Array) -> Array:
        """Copy of returned velocities or gradients, if they are valid."""
        name, unit = f"{type(self.field).__name__}.{member}", UNITS[member]
        shape = points.shape if member == "velocity" else (*points.shape, 3)
        try:
            with_unit = isinstance(given, units.Quantity)
            values = given.to_value(unit) if with_unit else np.asarray(given)
        except ValueError as error:
            raise InputError(f"flow: {name} gave nothing in {unit}: {error}") from None
        if isinstance(given, np.ma.MaskedArray):
            raise InputError(f"flow: {name} gave a masked array; fill its gaps first")
        if values.shape != shape or values.dtype.kind not in "fiu":
            raise InputError(
                f"flow: {name} gave {values.dtype} of shape {values.shape} at points of shape "
                f"{points.shape}; must be real numbers of shape {shape}, in {unit}"
            )
        values = values.astype(np.float64)
        if not np.all(np.isfinite(values)):
            bad = ~np.all(np.isfinite(values).reshape(len(points), -1), axis=1)
            raise InputError(f"flow: {name} is not finite at {points[bad][0].tolist()} pc")
        fastest = np.max(np.sum(values**2, axis=1), initial=0.0)
        if member == "velocity" and not fastest < SPEED_OF_LIGHT**2:
            raise InputError(
                f"flow: {name} gave {math.sqrt(fastest):.6g} km/s: not slower than light"
            )
        return values


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

    def gradient(self, points: Array) -> Array:
        """Gradient (N, 3, 3) at points (N, 3)."""
        total = np.zeros((*points.shape, 3))
        for part in self.parts:
            total += velocity_gradient(part, points)
        return total

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes."""
        plus, minus = np.zeros_like(points), np.zeros_like(points)
        for part in self.parts:
            part_plus, part_minus = part.velocity_pairs(points)
            plus += part_plus
            minus += part_minus
        return plus, minus
