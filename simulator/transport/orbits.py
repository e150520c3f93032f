"""Particles followed step by step along their orbits in the magnetic field and the electric field of the flow.

The ground truth of helical transport: E = −u×B acts on the way, the boosts are exact, and nothing is expanded in u/c.
A flight between two scatterings takes the time s/v, v the speed at arrival; that of the particle itself differs by
u/c, which changes the intensity at second order. It is cut into equal steps, the last of which ends at the scattering.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.orbits import gyrate, kick, leave_observer
from eddysky.kernels.tracking import relative_intensity, sample_arrivals, scatter
from eddysky.simulator.config import Config
from eddysky.simulator.config.memory import scatterings_followed
from eddysky.simulator.config.orbit_steps import longest_step
from eddysky.simulator.config.particle_steps import stages
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.flow.fields import PairedField, VelocityField, along
from eddysky.simulator.flow.long_waves import long_waves
from eddysky.simulator.transport.backtracking import (
    Arrivals,
    arrival_energy,
    observer_velocity,
)
from eddysky.simulator.transport.free_paths import random_paths

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import TransportModel

__all__ = ["Orbits", "follow"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Orbits:
    """Particles on their way back from the observer; their arrays change in place.

    Parameters
    ----------
    config
        Configuration of the realisation.
    position
        [pc], shape (N, 3).
    momentum
        In units of the arrival momentum p₀, shape (N, 3).
    energy
        In units of p₀c, shape (N,).
    velocity
        Of the flow around each particle, in units of c, shape (N, 3).
    """

    config: Config
    position: Array
    momentum: Array
    energy: Array
    velocity: Array

    @classmethod
    def at_observer(cls, config: Config, flow: PairedField, directions: Array) -> Orbits:
        """Particles that arrive from directions n (N, 3), in the frame of `sky.frame`."""
        position, momentum, energy = (
            np.zeros_like(directions),
            np.empty_like(directions),
            np.empty(len(directions)),
        )
        observer = observer_velocity(config, flow) / SPEED_OF_LIGHT
        leave_observer(directions, momentum, energy, arrival_energy(config), observer)
        velocity = np.empty_like(position)
        velocity[:] = flow.velocity(np.zeros((1, 3)))[0] / SPEED_OF_LIGHT
        return cls(config, position, momentum, energy, velocity)

    def fly(self, flow: VelocityField, paths: Array, longest: float) -> None:
        """Follow each particle over its path (N,) in equal steps, none of them longer than `longest` [pc]."""
        counts = np.ceil(paths / longest)
        # Those of most steps first, so that the ones still on their way are the first ones.
        order = np.argsort(-counts, kind="stable")
        counts, steps = counts[order], (paths / counts)[order]
        moving = [
            part[order] for part in (self.position, self.momentum, self.energy, self.velocity)
        ]
        field = self.config.field_direction
        assert field is not None
        constants = (self.config.larmor_radius, field, arrival_energy(self.config))
        for done in range(int(counts[0])):
            left = int(np.searchsorted(-counts, -done))
            position, momentum, energy, velocity = (part[:left] for part in moving)
            kick(momentum, energy, velocity, steps[:left], *constants)
            gyrate(position, momentum, energy, steps[:left], *constants)
            np.divide(flow.velocity(position), SPEED_OF_LIGHT, out=velocity)
            kick(momentum, energy, velocity, steps[:left], *constants)
        for part, moved in zip(
            (self.position, self.momentum, self.energy, self.velocity), moving, strict=True
        ):
            part[order] = moved


def follow(
    model: TransportModel,
    flow: PairedField,
    index: int,
    first: int,
    count: int,
    refinement: float = 1.0,
) -> tuple[Arrivals, Array]:
    """Follow `count` particles, numbered from `first`, back to their last scattering.

    Parameters
    ----------
    model, flow, index, first, count
        As in `backtrack`.
    refinement
        Steps for each step of a run, to see how results converge.

    Returns
    -------
    arrivals, intensity
        Arrival directions, and relative intensities (count,).
    """
    config = model.config
    stream = (config.ensemble.seed, index, first)
    directions, angles = np.empty((count, 3)), np.empty((count, 2))
    sample_arrivals(directions, angles, *stream)
    orbits = Orbits.at_observer(config, flow, directions)
    last = scatterings_followed(config) - 1
    for stage in stages(config):
        felt = long_waves(flow, stage.largest / config.mean_free_path)
        longest = longest_step(config, felt.k_max) / refinement
        for step in range(math.ceil(stage.start), math.ceil(stage.end)):
            orbits.fly(felt, random_paths(config, count, stream, step), longest)
            if step < last:
                scatter(orbits.momentum, orbits.energy, orbits.velocity, *stream, step)
    intensity = np.empty(count)
    stationary = math.isinf(config.transport.scattering_count)
    relative_intensity(
        directions,
        orbits.position,
        orbits.momentum,
        orbits.energy,
        orbits.velocity,
        arrival_energy(config),
        # The arrival momentum is 1 in the observer's frame.
        np.zeros(3),
        config.momentum_index,
        np.zeros(3) if stationary else np.array(config.transport.density_gradient),
        intensity,
    )
    if stationary:
        # The mean of g·r, whose scatter would grow with the number of scatterings.
        intensity += along(directions, model.density_dipole())
    return Arrivals(directions, angles), intensity
