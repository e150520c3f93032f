"""Realisations on the cores of one machine, several at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from tqdm import tqdm

from eddysky.simulator.config.particle_steps import orbit_steps_of_all
from eddysky.simulator.results.columns import Rows
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.estimate import Estimate, result_bytes
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.progress import remark
from eddysky.simulator.run.realization import PARTICLE_BLOCK, Setup, realize
from eddysky.simulator.transport.blocks import mapped

__all__ = ["Threads", "available_cores"]

# Points at which a velocity is timed, and the time of a step of an orbit without it [s].
POINTS, PUSH_SECONDS = 1024, 3e-8


def available_cores() -> int:
    """Number of cores that this process may use; SLURM and taskset can limit it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of this process; the engine of a run without a cluster."""

    count: int

    def batches(
        self, job: Job, indices: Sequence[int], total: int, bar: tqdm
    ) -> Iterator[Sequence[Realization]]:
        """Realisations one by one as they finish; with fewer realisations than threads, each uses several.

        A line above the bar says what a long run needs.
        """
        config, threads = job.config, self.count
        setup = job.setup(maps=min(indices) < job.maps)
        together = min(threads, len(indices))
        mapped_ones = {index: index < job.maps for index in indices}
        rows: dict[Rows, int] = {
            "index": total,
            "map_index": min(job.maps, total),
            "alm_index": min(job.alms, total),
        }
        size = result_bytes(config, job.columns, rows)
        estimate = Estimate(mapped_ones, together, threads, size, partial(remark, bar))

        def make(index: int) -> Realization:
            return job.realization(setup, index, max(1, threads // together))

        if config.sampling == "orbits":
            estimate.announce(_time_of_orbits(setup) * len(indices) / threads)
        elif len(indices) == together and (
            seconds := _time_of_many_particles(setup, threads // together)
        ):
            estimate.announce(seconds)
        # Without maps first, two on each thread: then both kinds are soon timed.
        ahead = [index for index in indices if not mapped_ones[index]][: 2 * together]
        order = [*ahead, *(index for index in indices if index not in ahead)]
        timed = estimate.timed(make)
        for realization in mapped(timed, order, together, purpose="realizations", ordered=False):
            estimate.update(realization.index)
            yield [realization]


def _time_of_many_particles(setup: Setup, threads: int) -> float | None:
    """Time of one realisation [s], measured on a few of its particles; None if it has not many.

    For runs whose realisations are all made at once, so that none can be measured before.
    """
    config, few = setup.config, 2 * PARTICLE_BLOCK * threads
    if config.particles is None or config.particles < 32 * few:
        return None
    sky = config.sky.model_copy(update={"particles": few})
    small = Setup.from_config(
        config.model_copy(update={"sky": sky}), maps=False, fields=setup.fields
    )
    # The first time kernels may be compiled.
    realize(small, 0, threads=threads)
    begin = time.monotonic()
    realize(small, 0, threads=threads)
    return (time.monotonic() - begin) * config.particles / few


def _time_of_orbits(setup: Setup) -> float:
    """Time of one realisation of orbits on one thread [s], of which a single one may take hours.

    From the time that the velocity takes at a few points.
    """
    flow, points = setup.flow(0), np.zeros((POINTS, 3))
    flow.velocity(points)
    begin = time.monotonic()
    flow.velocity(points)
    step = (time.monotonic() - begin) / POINTS + PUSH_SECONDS
    return step * orbit_steps_of_all(setup.config, flow.k_max)
