"""Ensembles of realisations: made by threads or a cluster, written by one process, with checkpoints to resume from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.outside_columns import check_columns
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import read
from eddysky.simulator.run.job import Engine, Job
from eddysky.simulator.run.outside_fields import checked_fields
from eddysky.simulator.run.progress import progress_bar
from eddysky.simulator.run.slices import Slice
from eddysky.simulator.run.threads import Threads, available_cores

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["simulate"]

# A checkpoint is written after this much time, or after this many realisations.
SECONDS_PER_PART = 5.0
REALIZATIONS_PER_PART = 4096


def simulate(
    config: Config,
    output: str | Path | None = None,
    *,
    flow: VelocityField | Callable[[int], VelocityField] | None = None,
    workers: int | None = None,
    client: Client | None = None,
    slice: tuple[int, int] | None = None,
    maps: int = 8,
    alms: int = 0,
    columns: Sequence[Column] = (),
    lock: bool = True,
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
    client
        Client of a Dask cluster, whose workers make the realisations instead of threads of this process; this process
        alone writes. Results do not depend on it. Needs `eddysky[cluster]`.
    slice
        (I, N): only every N-th realisation, beginning with number I − 1, for N independent jobs with a results file
        each, which `eddysky merge` joins.
    maps
        Number of realisations whose maps are kept, counted from the first.
    alms
        Number of realisations whose a_ℓm are kept, counted from the first.
    columns
        Further quantities to measure in each realisation from its flow and its sky, returned in `result.columns`.
    lock
        Whether to refuse a second run of the same `output`; for file systems without locks.
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
    fields = None
    if flow is not None:
        config, fields = checked_fields(config, flow)
    elif config.flow.field is not None:
        raise InputError(
            f"flow.field: the velocity field {config.flow.field.name} is not part of the configuration; "
            "run it in Python with simulate(config, flow=...)"
        )
    job = Job(config, maps, alms, check_columns(columns, config), fields)
    wanted = Slice(*(slice or (1, 1))).indices(config.ensemble.realizations)
    engine: Engine = Threads(workers or available_cores())
    if client is not None:
        from eddysky.simulator.run.cluster import Cluster

        engine = Cluster(client)
    if output is None:
        finished: list[Realization] = []
        with progress_bar(progress, len(wanted), 0, "simulating") as bar:
            _collect(engine.batches(job, wanted, len(wanted), bar), bar, finished.extend)
        return Result.from_realizations(config, finished, job.columns)
    with open_checkpoints(Path(output), config, job.columns, lock=lock) as checkpoints:
        missing, total = checkpoints.missing(wanted, maps, alms)
        with progress_bar(progress, total, total - len(missing), "simulating") as bar:
            if missing:
                _collect(engine.batches(job, missing, total, bar), bar, checkpoints.add)
        checkpoints.merge()
    result = read(output)
    if isinstance(config.transport.free_path, FreePathLaw):
        # The file names the law, and need not find it.
        law = {"transport.free_path": config.transport.free_path}
        result = replace(result, config=result.config.replace(law))
    return result


def _collect(
    batches: Iterable[Sequence[Realization]],
    bar: tqdm,
    save: Callable[[list[Realization]], object],
) -> None:
    """Give finished realisations to `save` every few seconds; those at hand also when the run is interrupted."""
    finished: list[Realization] = []
    written = time.monotonic()
    try:
        for batch in batches:
            finished += batch
            bar.update(len(batch))
            due = time.monotonic() - written > SECONDS_PER_PART
            if due or len(finished) >= REALIZATIONS_PER_PART:
                save(finished)
                finished, written = [], time.monotonic()
    finally:
        save(finished)
