"""Ensembles of realisations: several at a time on the cores of one machine, with checkpoints to resume from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.config.particle_steps import orbit_steps_of_all
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.columns import Column, Rows
from eddysky.simulator.results.outside_columns import check_columns
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import read
from eddysky.simulator.run.estimate import Estimate, result_bytes
from eddysky.simulator.run.outside_fields import Fields, checked_fields
from eddysky.simulator.run.progress import progress_bar, remark
from eddysky.simulator.run.realization import PARTICLE_BLOCK, Setup, realize
from eddysky.simulator.transport.blocks import mapped

__all__ = ["available_cores", "simulate"]

# A checkpoint is written after this much time, or after this many realisations.
SECONDS_PER_PART = 5.0
REALIZATIONS_PER_PART = 4096
# Points at which a velocity is timed, and the time of a step of an orbit without it [s].
POINTS, PUSH_SECONDS = 1024, 3e-8


def available_cores() -> int:
    """Number of cores that this process may use; SLURM and taskset can limit it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def simulate(
    config: Config,
    output: str | Path | None = None,
    *,
    flow: VelocityField | Callable[[int], VelocityField] | None = None,
    workers: int | None = None,
    maps: int = 8,
    alms: int = 0,
    columns: Sequence[Column] = (),
    progress: bool = False,
) -> Result:
    """Run an ensemble of realisations.

    Parameters
    ----------
    config
        The configuration. `ensemble.realizations` counts those that `output` already holds.
    output
        Results file (HDF5). Finished realisations are kept in `output`.parts until the run is complete, and
        the same call again resumes it. None keeps everything in memory.
    flow
        A velocity field that replaces the configured turbulence, or a function that returns the field of a
        realisation from its number. Both are called from several threads at once and must be deterministic. The
        configured regular flow is added. The field's `k_max` sets the resolution of the grids of directions. The
        results record it as `flow.field`: its `name` (by default that of its class or function) and `version` (by
        default a checksum of velocities of realisation 0). `compare` predicts from the configured spectrum.
    workers
        Threads; all available cores by default. Results do not depend on it.
    maps
        Number of realisations whose maps are kept, counted from the first.
    alms
        Number of realisations whose a_ℓm are kept, counted from the first.
    columns
        Further quantities to measure in each realisation from its flow and its sky, returned in `result.columns`.
    progress
        Whether to show a bar on standard error, and above it the time and memory that a run of more than a minute
        still needs, measured on its first realisations.

    Returns
    -------
    Result
        The same object as `read(output)`.

    Raises
    ------
    InputError
        If `output` cannot be written or holds results of another configuration; if `flow` is not a velocity field or
        not the one that the configuration names; if a column is invalid.
    KeyboardInterrupt
        When interrupted, after finished realisations have been saved.

    Examples
    --------
    >>> result = simulate(Config().replace({"sky.nside": 16}), "run.h5")  # doctest: +SKIP
    >>> result.c_ell[1], result.error[1]  # doctest: +SKIP
    """
    if not isinstance(config, Config):
        raise InputError(f"config: must be a Config, not {type(config).__name__}")
    for name, number, least in (("workers", workers, 1), ("maps", maps, 0), ("alms", alms, 0)):
        whole = isinstance(number, int) and not isinstance(number, bool) and number >= least
        if not (whole or (name == "workers" and number is None)):
            raise InputError(f"{name} = {number!r}: must be a whole number of at least {least}")
    threads = workers or available_cores()
    fields = None
    if flow is not None:
        config, fields = checked_fields(config, flow)
    elif config.flow.field is not None:
        raise InputError(
            f"flow.field: the velocity field {config.flow.field.name} is not part of the configuration; "
            "run it in Python with simulate(config, flow=...)"
        )
    kept = _Kept(maps, alms, check_columns(columns, config))
    total = config.ensemble.realizations
    if output is None:
        finished: list[Realization] = []
        with progress_bar(progress, total, 0, "simulating") as bar:
            _collect(
                _realizations(config, fields, range(total), total, kept, threads, bar),
                bar,
                finished.extend,
            )
        return Result.from_realizations(config, finished, kept.columns)
    with open_checkpoints(Path(output), config, kept.columns) as checkpoints:
        missing, total = checkpoints.missing(range(total), maps, alms)
        with progress_bar(progress, total, total - len(missing), "simulating") as bar:
            made = _realizations(config, fields, missing, total, kept, threads, bar)
            _collect(made, bar, checkpoints.add)
        checkpoints.merge()
    result = read(output)
    if isinstance(config.transport.free_path, FreePathLaw):
        # The file names the law, and need not find it.
        law = {"transport.free_path": config.transport.free_path}
        result = replace(result, config=result.config.replace(law))
    return result


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a run keeps of its realisations: maps and a_ℓm of the first ones, and outside columns of all."""

    maps: int
    alms: int
    columns: tuple[Column, ...]


def _realizations(
    config: Config,
    fields: Fields | None,
    indices: Sequence[int],
    total: int,
    kept: _Kept,
    threads: int,
    bar: tqdm,
) -> Iterator[Realization]:
    """Realisations in the order in which they finish; with fewer realisations than threads, each uses several.

    A line above the bar says what a long run needs; `total` counts all realisations of its results.
    """
    if not indices:
        return
    setup = Setup.from_config(config, maps=min(indices) < kept.maps, fields=fields)
    together = min(threads, len(indices))
    mapped_ones = {index: index < kept.maps for index in indices}
    rows: dict[Rows, int] = {
        "index": total,
        "map_index": min(kept.maps, total),
        "alm_index": min(kept.alms, total),
    }
    size = result_bytes(config, kept.columns, rows)
    estimate = Estimate(mapped_ones, together, threads, size, partial(remark, bar))

    def make(index: int) -> Realization:
        return realize(
            setup,
            index,
            keep_map=index < kept.maps,
            keep_alm=index < kept.alms,
            columns=kept.columns,
            threads=max(1, threads // together),
        )

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
        yield realization


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


def _collect(
    realizations: Iterable[Realization], bar: tqdm, save: Callable[[list[Realization]], object]
) -> None:
    """Give realisations to `save` in batches; the last batch also when the run is interrupted."""
    batch: list[Realization] = []
    written = time.monotonic()
    try:
        for realization in realizations:
            batch.append(realization)
            bar.update()
            due = time.monotonic() - written > SECONDS_PER_PART
            if due or len(batch) >= REALIZATIONS_PER_PART:
                save(batch)
                batch, written = [], time.monotonic()
    finally:
        save(batch)
