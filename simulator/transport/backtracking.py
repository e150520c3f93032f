"""Back-tracking: relative intensity at given directions, or of particles from random ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.stratification import sample_stratified_arrivals
from eddysky.kernels.tracking import relative_intensity, sample_arrivals, scatter
from eddysky.simulator.config import Config
from eddysky.simulator.config.memory import scatterings_followed
from eddysky.simulator.config.particle_steps import stages
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.flow.fields import PairedField, along
from eddysky.simulator.flow.long_waves import long_waves
from eddysky.simulator.sky.grids import AntipodalGrid
from eddysky.simulator.transport.blocks import mapped_pairs
from eddysky.simulator.transport.free_paths import (
    path_factors,
    path_weight,
    paths_of_quantiles,
    random_paths,
)

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import BoostModel, TransportModel

__all__ = [
    "Arrivals",
    "backtrack",
    "directional_intensity",
    "intensity_of_velocities",
    "known_dipole",
    "observer_dipole",
    "observer_velocity",
]

Array = NDArray[np.float64]
PairVelocities = Callable[[slice, Array], tuple[Array, Array]]

# Directions are processed in blocks of a fixed size, so that results do not depend on the number of threads.
DIRECTION_BLOCK = 1 << 12


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Arrival directions of particles.

    Parameters
    ----------
    directions
        Unit vectors n, shape (N, 3).
    angles
        Their colatitudes and longitudes [rad], shape (N, 2).
    """

    directions: Array
    angles: Array


def directional_intensity(
    model: BoostModel, flow: PairedField, grid: AntipodalGrid, threads: int
) -> Array:
    """I(n) on a grid (N,), from the flow one mean free path away along n (ZL24 Eq. 2, exact boosts)."""

    def velocities(rows: slice, points: Array) -> tuple[Array, Array]:
        return flow.velocity_pairs(points)

    observer = observer_velocity(model.config, flow)
    return intensity_of_velocities(model, velocities, observer, grid, threads)


def intensity_of_velocities(
    model: BoostModel,
    velocities: PairVelocities,
    observer: Array,
    grid: AntipodalGrid,
    threads: int,
) -> Array:
    """I(n) on a grid (N,).

    Parameters
    ----------
    model
        The transport model.
    velocities
        Returns the velocities (n, 3) [km/s] at points r (n, 3) [pc] and at −r, given the rows of their directions in
        `grid.half` and r.
    observer
        Velocity of the frame in which momenta are measured [km/s], shape (3,).
    grid
        The directions.
    threads
        Threads to use; the result does not depend on it.
    """
    config = model.config
    energy = arrival_energy(config)
    start, gradient = observer / SPEED_OF_LIGHT, np.array(config.transport.density_gradient)

    def block(rows: slice) -> tuple[Array, Array]:
        directions = grid.half[rows]
        position = config.mean_free_path * model.displacement(directions)
        energies = np.full(len(directions), energy)
        intensity = np.empty((2, len(directions)))
        pairs = velocities(rows, position)
        for sign, velocity, result in zip((1, -1), pairs, intensity, strict=True):
            relative_intensity(
                sign * directions,
                sign * position,
                -sign * directions,
                energies,
                velocity / SPEED_OF_LIGHT,
                energy,
                start,
                config.momentum_index,
                gradient,
                result,
            )
        return intensity[0], intensity[1]

    starts = range(0, len(grid.half), DIRECTION_BLOCK)
    blocks = [slice(start, start + DIRECTION_BLOCK) for start in starts]
    return grid.assemble(*mapped_pairs(block, blocks, threads))


def backtrack(
    model: BoostModel, flow: PairedField, index: int, first: int, count: int
) -> tuple[Arrivals, Array]:
    """Follow `count` particles, numbered from `first`, back to their last scattering.

    Returns
    -------
    arrivals, intensity
        Arrival directions, and relative intensities (count,).
    """
    config = model.config
    stream = (config.ensemble.seed, index, first)
    directions, angles = np.empty((count, 3)), np.empty((count, 2))
    if config.sampling == "stratified":
        assert config.particles is not None
        quantiles, weight = np.empty(count), path_weight(config)
        sample_stratified_arrivals(directions, angles, quantiles, config.particles, weight, *stream)
        paths = paths_of_quantiles(config, quantiles) * path_factors(config, count, stream)
    else:
        sample_arrivals(directions, angles, *stream)
        paths = random_paths(config, count, stream, 0)
    position, momentum = np.zeros((count, 3)), -directions
    energy = np.full(count, arrival_energy(config))
    intensity = np.empty(count)
    last = scatterings_followed(config) - 1
    for stage in stages(config):
        felt = long_waves(flow, stage.largest / config.mean_free_path)
        for step in range(math.ceil(stage.start), math.ceil(stage.end)):
            if step > 0:
                paths = random_paths(config, count, stream, step)
            model.propagate(position, momentum, paths)
            velocity = felt.velocity(position) / SPEED_OF_LIGHT
            if step < last:
                scatter(momentum, energy, velocity, *stream, step)
    stationary = math.isinf(config.transport.scattering_count)
    relative_intensity(
        directions,
        position,
        momentum,
        energy,
        velocity,
        arrival_energy(config),
        observer_velocity(config, flow) / SPEED_OF_LIGHT,
        config.momentum_index,
        np.zeros(3) if stationary else np.array(config.transport.density_gradient),
        intensity,
    )
    if stationary:
        # The mean of g·r, whose scatter would grow with the number of scatterings.
        intensity += along(directions, model.density_dipole())
    return Arrivals(directions, angles), intensity


def observer_dipole(config: Config, flow: PairedField) -> Array:
    """Dipole vector (3,) of an observer at rest in the felt flow; zero in the rest frame of the fluid."""
    if config.sky.frame == "fluid":
        return np.zeros(3)
    here = flow.velocity(np.zeros((1, 3)))[0]
    return np.asarray(config.momentum_index / config.particle_speed * here)


def known_dipole(model: TransportModel, flow: PairedField) -> Array:
    """Dipole vector (3,) of density gradient and observer's motion, which is known exactly to first order."""
    return model.density_dipole() + observer_dipole(model.config, flow)


def arrival_energy(config: Config) -> float:
    """E/pc of the arriving particle."""
    return SPEED_OF_LIGHT / config.particle_speed


def observer_velocity(config: Config, flow: PairedField) -> Array:
    """Velocity (3,) [km/s] of the frame in which the observer measures momenta."""
    if config.sky.frame == "observer":
        return np.zeros(3)
    velocity: Array = flow.velocity(np.zeros((1, 3)))[0]
    return velocity
