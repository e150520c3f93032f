"""Time of a realisation, measured before a run: on the whole, or on a part of it where it is long."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.config.helical_cost import expected_time
from eddysky.simulator.config.particle_steps import mode_evaluations, orbit_steps_of_all
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.plan import Plan, time_in_words
from eddysky.simulator.run.realization import Setup, block_size
from eddysky.simulator.sky.grids import sky_content

__all__ = ["Trial", "is_long", "time_of_run"]

# Evaluations of modes that are measured, about a second, and that make a realisation long, about a minute.
MEASURED, LONG = 1e9, 6e10
# Points at which a velocity is timed, and the time of a step of an orbit without it [s].
POINTS, PUSH_SECONDS = 1024, 3e-8


@dataclass(frozen=True, slots=True)
class Trial:
    """Measured time.

    Parameters
    ----------
    seconds
        Time [s].
    how
        On what it was measured, and how uncertain that makes it.
    """

    seconds: float
    how: str


def is_long(config: Config) -> bool:
    """Whether a realisation takes so long that its time is measured before any run."""
    return work(config) > LONG


def time_of_run(plan: Plan, threads: int) -> Trial:
    """Time of all missing realisations on so many threads, here or elsewhere.

    Realisations with maps are measured by themselves, unless they are long.
    """
    indices = plan.missing
    together = min(threads, len(indices))
    each = max(1, threads // together)
    if plan.job.config.sampling == "orbits":
        # A single orbit may take hours.
        trial = _time_of_orbits(plan.job, indices[0])
        return replace(trial, seconds=trial.seconds * len(indices) / threads)
    mapped = plan.rows(indices)["map_index"]
    kinds = {True: mapped, False: len(indices) - mapped}
    if is_long(plan.job.config):
        kinds = {False: len(indices)}
    trials = {
        maps: _time_of_one(plan.job, indices[0 if maps else -1], each, maps=maps)
        for maps, count in kinds.items()
        if count
    }
    seconds = sum(kinds[maps] * trial.seconds for maps, trial in trials.items()) / together
    return Trial(seconds, next(reversed(trials.values())).how)


def _time_of_one(job: Job, index: int, threads: int, *, maps: bool) -> Trial:
    """Time of one realisation."""
    config, share, part = job.config, work(job.config) / MEASURED, ""
    particles, modes = config.particles or 0, config.flow.modes
    few = 0
    if share > 1 and config.particles_drawn:
        few = max(math.ceil(particles / share), 2 * block_size(config) * threads)
        if 2 * few < particles:
            part = f"{few} of {particles} particles"
            config = config.model_copy(
                update={"sky": config.sky.model_copy(update={"particles": few})}
            )
            share = particles / few
    elif share > 1 and job.fields is None and config.turbulent:
        few = max(math.ceil(modes / share), 16)
        if 2 * few < modes:
            part = f"{few} of {modes} modes"
            config = config.model_copy(
                update={"flow": config.flow.model_copy(update={"modes": few})}
            )
            share = modes / few
    smaller = replace(job, config=config)
    setup = smaller.setup(maps=maps)
    seconds = 0.0
    # The first time kernels may be compiled.
    for _ in range(2):
        begin = time.monotonic()
        smaller.realization(setup, index, threads)
        seconds = time.monotonic() - begin
    if part:
        how = f"from {part} of one realisation; may be wrong by half, and by more on a busy machine"
        return Trial(seconds * share, how)
    took = f"{seconds:.2g} s" if seconds < 60 else time_in_words(seconds)
    return Trial(
        seconds,
        f"from one realisation, {took}; may be wrong by a quarter, or more on a busy machine",
    )


def _time_of_orbits(job: Job, index: int) -> Trial:
    """Time of one realisation of orbits on one thread, from that of the velocity at a few points."""
    setup = Setup.from_config(job.config, maps=False, fields=job.fields)
    flow, points = setup.flow(index), np.zeros((POINTS, 3))
    flow.velocity(points)
    begin = time.monotonic()
    flow.velocity(points)
    step = (time.monotonic() - begin) / POINTS + PUSH_SECONDS
    steps = orbit_steps_of_all(job.config, flow.k_max)
    return Trial(
        step * steps, f"from {steps:.2g} steps of orbits a realisation; may be wrong by half"
    )


def work(config: Config) -> float:
    """Evaluations of modes in a realisation, about 1e9 a second."""
    if config.particles_drawn:
        return mode_evaluations(config)
    if not config.turbulent:
        return 0.0
    if config.sampling == "expected":
        helical = config.transport.mode == "helical"
        return 1e9 * expected_time(config) if helical else config.flow.modes * config.lmax**2
    return config.flow.modes * (sky_content(config, None) + 1.0) ** 2
