"""The steps of one back-tracking, each over many particles: arrivals, paths, propagation, scattering, intensity.

A particle is followed backwards in time from the observer at the origin. It is kept as position r,
momentum p (in units of its arrival momentum) and energy E/c in the same unit; it moves along −p/|p|, and a
particle that arrives from direction n starts with p = −n. Velocities are in units of c.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.boost import boost
from eddysky.kernels.compilation import kernel
from eddysky.kernels.paths import (
    ARRIVAL,
    REDIRECTION,
    arrive,
    erlang_path,
    isotropic_direction,
)
from eddysky.kernels.philox import uniform_pair

__all__ = [
    "draw_deviates",
    "draw_paths",
    "propagate",
    "propagate_along_field",
    "relative_intensity",
    "sample_arrivals",
    "scatter",
]

Array = NDArray[np.float64]


@kernel
def sample_arrivals(
    directions: Array, angles: Array, seed: int, realization: int, first: int
) -> None:
    """Write isotropic arrivals of particles from `first` on: directions (N, 3), colatitudes and longitudes (N, 2)."""
    for i in range(directions.shape[0]):
        a, b = uniform_pair(seed, ARRIVAL, realization, first + i, 0)
        arrive(a, b, directions[i], angles[i])


@kernel
def draw_paths(
    paths: Array,
    mean_free_path: float,
    order: int,
    seed: int,
    realization: int,
    first: int,
    step: int,
) -> None:
    """Write the free paths s (N,) of one step by the Erlang law of this order, 1 or more."""
    for i in range(paths.shape[0]):
        paths[i] = erlang_path(mean_free_path, order, seed, realization, first + i, step)


@kernel
def draw_deviates(
    deviates: Array, purpose: int, seed: int, realization: int, first: int, step: int
) -> None:
    """Write uniform deviates (N,) in (0, 1), whose quantiles are free paths of one step (PATH) or rigidities."""
    for i in range(deviates.shape[0]):
        deviates[i], _ = uniform_pair(seed, purpose, realization, first + i, step)


@kernel
def propagate(position: Array, momentum: Array, paths: Array) -> None:
    """Move each particle back by its free path (N,), r ← r − s p/|p|; position and momentum are (N, 3)."""
    for i in range(position.shape[0]):
        px, py, pz = momentum[i, 0], momentum[i, 1], momentum[i, 2]
        scale = paths[i] / math.sqrt(px * px + py * py + pz * pz)
        position[i, 0] -= scale * px
        position[i, 1] -= scale * py
        position[i, 2] -= scale * pz


@kernel
def propagate_along_field(position: Array, momentum: Array, paths: Array, field: Array) -> None:
    """Move each particle back along the magnetic field, r ← r − s (p·b) b/|p|; field (3,) is b."""
    bx, by, bz = field[0], field[1], field[2]
    for i in range(position.shape[0]):
        px, py, pz = momentum[i, 0], momentum[i, 1], momentum[i, 2]
        pitch = (px * bx + py * by + pz * bz) / math.sqrt(px * px + py * py + pz * pz)
        way = paths[i] * pitch
        position[i, 0] -= way * bx
        position[i, 1] -= way * by
        position[i, 2] -= way * bz


@kernel
def scatter(
    momentum: Array,
    energy: Array,
    velocity: Array,
    seed: int,
    realization: int,
    first: int,
    step: int,
) -> None:
    """Give each particle a new isotropic direction in the rest frame of the fluid around it.

    momentum (N, 3) and energy (N,) are changed in place; |p'| in the fluid frame is kept. velocity is
    (N, 3).
    """
    for i in range(momentum.shape[0]):
        ux, uy, uz = velocity[i, 0], velocity[i, 1], velocity[i, 2]
        px, py, pz, e = boost(momentum[i, 0], momentum[i, 1], momentum[i, 2], energy[i], ux, uy, uz)
        size = math.sqrt(px * px + py * py + pz * pz)
        a, b = uniform_pair(seed, REDIRECTION, realization, first + i, step)
        nx, ny, nz = isotropic_direction(a, b)
        px, py, pz, e = boost(size * nx, size * ny, size * nz, e, -ux, -uy, -uz)
        momentum[i, 0], momentum[i, 1], momentum[i, 2] = px, py, pz
        energy[i] = e


@kernel
def fluid_momentum(
    px: float, py: float, pz: float, energy: float, ux: float, uy: float, uz: float
) -> float:
    """|p'| in the rest frame of a fluid of velocity u."""
    px, py, pz, _ = boost(px, py, pz, energy, ux, uy, uz)
    return math.sqrt(px * px + py * py + pz * pz)


@kernel
def relative_intensity(
    directions: Array,
    position: Array,
    momentum: Array,
    energy: Array,
    velocity: Array,
    start_energy: float,
    start_velocity: Array,
    momentum_index: float,
    gradient: Array,
    intensity: Array,
) -> None:
    """Relative intensity f/f₀ − 1 from the isotropic background at the last scattering.

    f_bg ∝ |p'|^D (1 + g·r), with |p'| in the fluid frame at r; the arrival momentum is measured in a frame
    of velocity start_velocity, that of the fluid at the observer or zero (ZL24 Eq. 2 to first order).

    Parameters
    ----------
    directions, position, momentum, velocity : (N, 3)
        Arrival directions, and position, momentum and fluid velocity at the last scattering.
    energy : (N,)
        At the last scattering.
    start_energy
        At arrival.
    start_velocity, gradient : (3,)
        Velocity of the observer's frame; relative density gradient g.
    momentum_index
        D = ∂ln f/∂ln p.
    intensity : (N,)
        Result, overwritten.
    """
    vx, vy, vz = start_velocity[0], start_velocity[1], start_velocity[2]
    for i in range(directions.shape[0]):
        start = fluid_momentum(
            -directions[i, 0], -directions[i, 1], -directions[i, 2], start_energy, vx, vy, vz
        )
        end = fluid_momentum(
            momentum[i, 0],
            momentum[i, 1],
            momentum[i, 2],
            energy[i],
            velocity[i, 0],
            velocity[i, 1],
            velocity[i, 2],
        )
        density = (
            gradient[0] * position[i, 0]
            + gradient[1] * position[i, 1]
            + gradient[2] * position[i, 2]
        )
        shift = math.expm1(momentum_index * math.log(end / start))
        intensity[i] = shift * (1.0 + density) + density
