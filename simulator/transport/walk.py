"""Particles with small-angle scattering: a random walk of directions on the sphere (Fokker–Planck operator).

Followed back from arrival direction n₀, a particle moves by dr/ds = n (isotropic transport) or (n·b) b (parallel) while
its direction diffuses, d⟨cos⟩/ds = −1/λ. The stationary intensity in the observer's frame is (Feynman–Kac)

    I(n₀) = (D/v) E ∫₀^∞ n·u(r) ds/λ + λ g·n₀.

A step of h mean free paths moves by λ tanh(h/2) along n, turns n into n', and moves by λ tanh(h/2) along n'. The
integral becomes a sum over the turns of either of

    tanh(h/2) (n + n')·u    or    (n − n')·u,

which have the same mean (1 − e^(−h)) n·u, but not the same variance. The first, a line integral along the path, is used
for the potential part of the flow: it telescopes. The second counts differences of the flow along straight paths alone,
so that uniform flows and transverse waves longer than λ add little noise. The length tanh(h/2) makes the mean path,
λn₀, uniform flows and long potential waves exact. The density gradient acts through the mean path, without noise. All
is of first order in u/v.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.tracking import sample_arrivals
from eddysky.kernels.walk import turn
from eddysky.simulator.config import Config
from eddysky.simulator.config.particle_steps import stages
from eddysky.simulator.flow.fields import PairedField, along
from eddysky.simulator.flow.long_waves import long_waves, potential_and_other
from eddysky.simulator.transport.backtracking import Arrivals, known_dipole

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import BoostModel

__all__ = ["concentration", "turns", "walk"]

Array = NDArray[np.float64]


def walk(
    model: BoostModel, flow: PairedField, index: int, first: int, count: int
) -> tuple[Arrivals, Array]:
    """Follow `count` particles, numbered from `first`, until they have forgotten their arrival direction.

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
    change = -along(directions, flow.velocity(np.zeros((1, 3)))[0])
    behind = 0.0
    for number, (step, following) in enumerate(pairwise([*turns(config, flow), None])):
        assert step is not None
        half = math.tanh(step.length / 2)
        position += config.mean_free_path * (behind + half) * model.displacement(directions)
        behind = half
        before = step.other.velocity(position)
        after = before
        if following is None:
            after = np.zeros_like(before)
        elif following.other is not step.other:
            after = following.other.velocity(position)
        turn(
            directions,
            change,
            before,
            after,
            step.potential.velocity(position),
            half,
            concentration(step.length),
            *stream,
            number,
        )
    shift = config.momentum_index / config.particle_speed
    return arrivals, shift * change + along(arrivals.directions, known_dipole(model, flow))


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of the walk.

    Parameters
    ----------
    length
        h [mean free paths].
    potential, other
        The parts of the flow that still act.
    """

    length: float
    potential: PairedField
    other: PairedField


def turns(config: Config, flow: PairedField) -> Iterator[Turn]:
    """The steps of all particles in a flow."""
    path = config.mean_free_path
    potential, other = potential_and_other(flow)
    for stage in stages(config):
        potential = long_waves(potential, stage.largest / path)
        other = long_waves(other, stage.largest_transverse / path)
        count = stage.walk_steps(max(potential.k_max, other.k_max) * path)
        for _ in range(count):
            yield Turn((stage.end - stage.start) / count, potential, other)


@lru_cache(maxsize=4096)
def concentration(length: float) -> float:
    """κ of the turn after a step of h mean free paths: coth κ − 1/κ = e^(−h), by Newton's method."""
    kappa = 1 / length + 1
    for _ in range(100):
        excess = 1 / math.tanh(kappa) - 1 / kappa - math.exp(-length)
        slope = 1 / kappa**2 - (0.0 if kappa > 300 else 1 / math.sinh(kappa) ** 2)
        change = excess / slope
        kappa -= change
        if abs(change) < 1e-12 * kappa:
            break
    return kappa
