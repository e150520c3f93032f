"""Many realisations: side by side on this machine's cores, resumable, without keeping their skies in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.outside import check_columns
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import read
from eddysky.simulator.run.outside import Fields, outside_fields
from eddysky.simulator.run.progress import progress_bar
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.blocks import mapped

__all__ = ["available_cores", "simulate"]

# A part is written when this much work would be lost with it, or when it holds this many realisations.
SECONDS_PER_PART = 5.0
REALIZATIONS_PER_PART = 4096


def available_cores() -> int:
    """Cores that this process may use, which under SLURM or taskset are fewer than the machine has."""
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
        The validated configuration; `ensemble.realizations` is a target, counting what `output` holds.
    output
        Results file (HDF5). Finished realisations are kept in `output`.parts until the run is complete, and
        the same call again resumes it. None keeps everything in memory.
    flow
        A velocity field that takes the place of the configured turbulence, or a function that gives that of each
        realisation from its number. Function and `velocity` are called from several threads at once, and must give the
        same for the same number and points. Regular flows of the configuration are added to it, and its `k_max`
        decides the grids of directions. The configuration in the results names it in `flow.field`: its `name` or
        the name of its class or function, and its `version` or else a checksum of velocities of realisation 0. The
        configured spectrum is what `compare` compares with.
    workers
        Threads; all available cores by default. Results do not depend on it.
    maps
        Number of realisations, the first ones, whose maps are kept.
    alms
        Number of realisations, the first ones, whose a_ℓm are kept.
    columns
        Columns of your own, one row a realisation, measured from its flow and its sky; `result.columns` holds them.
    progress
        Whether to show a bar on standard error.

    Returns
    -------
    Result
        The same object as `read(output)`.

    Raises
    ------
    InputError
        If `output` cannot be written, or holds something else; if `flow` is no velocity field, or another than the
        configuration names; if a column is not what it says.
    KeyboardInterrupt
        When interrupted, after what was finished has been kept.

    Examples
    --------
    >>> result = simulate(Config().replace({"sky.nside": 16}), "run.h5")  # doctest: +SKIP
    >>> result.c_ell[1], result.error[1]  # doctest: +SKIP
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers}: must be at least 1")
    threads = workers or available_cores()
    fields = None
    if flow is not None:
        config, fields = outside_fields(config, flow)
    elif config.flow.field is not None:
        raise InputError(
            f"flow.field: the velocity field {config.flow.field.name} is not part of the configuration; "
            "run it in Python with simulate(config, flow=...)"
        )
    columns = check_columns(columns, config)
    total = config.ensemble.realizations
    if output is None:
        finished: list[Realization] = []
        with progress_bar(progress, total, 0, "simulating") as bar:
            collect(
                config, fields, range(total), (maps, alms), columns, threads, bar, finished.extend
            )
        return Result.from_realizations(config, finished, columns)
    with open_checkpoints(Path(output), config, columns) as checkpoints:
        missing, total = checkpoints.missing(maps, alms)
        with progress_bar(progress, total, total - len(missing), "simulating") as bar:
            collect(config, fields, missing, (maps, alms), columns, threads, bar, checkpoints.add)
        checkpoints.merge()
    result = read(output)
    if isinstance(config.transport.free_path, FreePathLaw):
        # The file names the law, and need not find it.
        law = {"transport.free_path": config.transport.free_path}
        result = replace(result, config=result.config.replace(law))
    return result


def collect(
    config: Config,
    fields: Fields | None,
    indices: Sequence[int],
    kept: tuple[int, int],
    columns: tuple[Column, ...],
    threads: int,
    bar: tqdm,
    keep: Callable[[list[Realization]], object],
) -> None:
    """Make realisations and hand them to `keep` in batches; also the last batch of an interrupted run.

    The first `kept` of them keep their map and their a_ℓm.
    """
    batch: list[Realization] = []
    written = time.monotonic()
    try:
        for realization in side_by_side(config, fields, indices, kept, columns, threads):
            batch.append(realization)
            bar.update()
            due = time.monotonic() - written > SECONDS_PER_PART
            if due or len(batch) >= REALIZATIONS_PER_PART:
                keep(batch)
                batch, written = [], time.monotonic()
    finally:
        keep(batch)


def side_by_side(
    config: Config,
    fields: Fields | None,
    indices: Sequence[int],
    kept: tuple[int, int],
    columns: tuple[Column, ...],
    threads: int,
) -> Iterator[Realization]:
    """Realisations as they are finished; where there are fewer than threads, threads share one."""
    if not indices:
        return
    maps, alms = kept
    setup = Setup.from_config(config, maps=min(indices) < maps, fields=fields)
    together = min(threads, len(indices))

    def make(index: int) -> Realization:
        return realize(
            setup,
            index,
            keep_map=index < maps,
            keep_alm=index < alms,
            columns=columns,
            threads=max(1, threads // together),
        )

    yield from mapped(make, indices, together, purpose="realizations", ordered=False)
