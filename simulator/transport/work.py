"""Particles in a magnetic field, without steps along their orbits: drift-kinetic and helical transport.

The field is frozen into the flow u, whose electric field −u×B works on a particle all along its flight. With the boost
at the scattering centre the intensity from direction n is, in the frame of the fluid and to first order in u/v,

    I(n) = (D/v) E ∫₀^s N_i N_j ∂_j u_i(x(s')) ds' = (D/v) λ E[N_i N_j ∂_j u_i(x(s'))],

N(s') and x(s') being direction and place after a path s', and s' on the right drawn from the density P(path > s')/λ.
So each flight needs the gradient of the flow at one place. After a scattering the next flight begins in a random
direction at x(s), with a path s of its own, and adds its work. Unlike in `backtracking` and `orbits` there are no exact
boosts: all is of first order in u/v, and a uniform flow leaves exactly nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.tracking import sample_arrivals
from eddysky.kernels.work import redirect, stretching
from eddysky.simulator.config.particle_steps import stages
from eddysky.simulator.flow.fields import PairedField, along, velocity_gradient
from eddysky.simulator.flow.long_waves import long_waves
from eddysky.simulator.transport.backtracking import Arrivals, observer_dipole
from eddysky.simulator.transport.free_paths import path_factors, random_paths, work_paths

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import WorkModel

__all__ = ["follow"]

Array = NDArray[np.float64]


def follow(
    model: WorkModel, flow: PairedField, index: int, first: int, count: int
) -> tuple[Arrivals, Array]:
    """Follow `count` particles, numbered from `first`, back to their last scattering.

    Parameters
    ----------
    model
        Drift-kinetic or helical transport.
    flow
        Flow of the realisation, as `WorkModel.felt_flow` gives it.
    index, first, count
        Number of the realisation, of the first particle, and how many particles.

    Returns
    -------
    arrivals, intensity
        Arrival directions, and relative intensities (count,).
    """
    config = model.config
    stream = (config.ensemble.seed, index, first)
    arrivals = Arrivals(np.empty((count, 3)), np.empty((count, 2)))
    sample_arrivals(arrivals.directions, arrivals.angles, *stream)
    directions, position = arrivals.directions.copy(), np.zeros((count, 3))
    work, rates = np.zeros(count), np.empty(count)
    for stage in stages(config):
        felt = long_waves(flow, stage.largest / config.mean_free_path)
        for step in range(math.ceil(stage.start), math.ceil(stage.end)):
            if step > 0:
                redirect(directions, *stream, step)
            paths, weights = work_paths(config, count, stream, step)
            way, turned = model.flight(directions, paths)
            stretching(turned, velocity_gradient(felt, position + way), rates)
            work += weights * rates
            position += model.flight(directions, random_paths(config, count, stream, step))[0]
    shift = config.momentum_index / config.particle_speed
    intensity = shift * config.mean_free_path * path_factors(config, count, stream) * work
    if math.isfinite(config.transport.scattering_count):
        intensity += along(position, np.array(config.transport.density_gradient))
    else:
        # The mean of g·r, whose scatter would grow with the number of scatterings.
        intensity += along(arrivals.directions, model.density_dipole())
    return arrivals, intensity + along(arrivals.directions, observer_dipole(config, flow))
