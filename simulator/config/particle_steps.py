"""Steps of the particles, the waves that each step needs, and the work of all steps together.

In the stationary limit short waves are forgotten first. Each wave acts only until it is; this saves the time and the
noise of its part in all deeper steps. With BGK collisions a step is one scattering. Small-angle scattering has no free
paths; steps of length h (in mean free paths) replace it, with an error of second order in h. They are short as long as
the arrival direction is remembered well, grow with the path, and resolve the shortest wave still remembered. The a_ℓm
of one wave, kλ from 0.1 to 30, are then right to 1% for ℓ ≤ 6; at larger ℓ their error is about (ℓ(ℓ+1)/2)² h²/12 with
the first h.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.memory import (
    Memory,
    depth_followed,
    scatterings_followed,
    transverse_remembered,
)
from eddysky.simulator.config.orbit_steps import PUSH, orbit_steps

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import Config

__all__ = ["Stage", "mode_evaluations", "orbit_steps_of_all", "stages"]

# Depth at the end of a stage over that at its start.
STAGE = 1.5
# The first step, steps over the path before their stage, the longest step, and the largest kλ h of waves that act.
FIRST, GROWTH, LONGEST, PHASE = 0.02, 0.05, 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Stage:
    """Part of the particles' paths in which the same waves act.

    Parameters
    ----------
    start, end
        Depth: number of earlier scatterings (BGK; steps from ⌈start⌉ to below ⌈end⌉), or path in mean free paths.
    largest, largest_transverse
        Waves of larger kλ (in transport along the magnetic field k_∥λ) are forgotten; the second for transverse waves.
    """

    start: float
    end: float
    largest: float
    largest_transverse: float

    def walk_steps(self, largest: float) -> int:
        """Number of equal steps of small-angle scattering, where waves up to kλ = `largest` act."""
        longest = min(LONGEST, max(FIRST, GROWTH * self.start))
        return math.ceil((self.end - self.start) * max(1 / longest, largest / PHASE))


def stages(config: Config) -> list[Stage]:
    """Stages of the paths of a configuration; a given number of scatterings is one stage of all waves."""
    transport = config.transport
    continual = isinstance(transport.collisions, SmallAngle)
    # Whole, as the last bits of NumPy's exponential depend on the processor.
    end = math.ceil(depth_followed(config)) if continual else scatterings_followed(config)
    if not math.isinf(transport.scattering_count):
        return [Stage(0, end, math.inf, math.inf)]
    memory = Memory.from_config(config)
    # Before that no wave is forgotten, and no step may be longer than the first.
    starts = [0.0]
    following = min(memory.first_forgotten, FIRST / GROWTH) if continual else 1.0
    while following < end:
        starts.append(following)
        following *= STAGE
    made = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        largest = memory.largest_remembered(start)
        transverse = transverse_remembered(start) if continual else largest
        made.append(Stage(start, stop, largest, transverse))
    return made


def mode_evaluations(config: Config) -> float:
    """Evaluations of modes by all particles of a realisation."""
    spectrum, path = config.flow_spectrum, config.mean_free_path
    first, last = spectrum.k_min * path, spectrum.k_max * path
    continual = isinstance(config.transport.collisions, SmallAngle)
    parallel = config.transport.zonal
    count = config.flow.modes if config.turbulent and config.flow.field is None else 0

    def modes(largest: float) -> float:
        """Modes that act, spread evenly in ln k."""
        end = min(max(largest, first), last)
        # Of the waves above, those with a small k_∥.
        slanted = 1 - end / last if parallel else 0.0
        return count * min((math.log(end / first) + slanted) / math.log(last / first), 1.0)

    total = 0.0
    steps: float
    for stage in stages(config):
        acting = modes(stage.largest)
        steps = math.ceil(stage.end) - math.ceil(stage.start)
        if continual:
            steps = stage.walk_steps(min(stage.largest, last) if count else 0.0)
            # Potential and transverse parts of the modes are summed by themselves; along a field line all is potential.
            acting += 0.0 if parallel else modes(stage.largest_transverse)
        if config.sampling == "orbits":
            acting += PUSH
            steps *= orbit_steps(config, min(stage.largest, last) / path if count else 0.0)
        total += steps * max(acting, 1.0)
    return (config.particles or 0) * total


def orbit_steps_of_all(config: Config, k_max: float) -> float:
    """Steps of all orbits of a realisation, in a flow of wavenumbers up to k_max [1/pc]."""
    path = config.mean_free_path
    return (config.particles or 0) * sum(
        (math.ceil(stage.end) - math.ceil(stage.start))
        * orbit_steps(config, min(stage.largest / path, k_max))
        for stage in stages(config)
    )
