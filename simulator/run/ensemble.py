"""Ensembles of realisations: made by threads or a cluster, written by one process, with checkpoints to resume from."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.results.checkpoints import Checkpoints, open_checkpoints
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.partial_sums import remove_sums
from eddysky.simulator.results.provenance import Provenance
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import read
from eddysky.simulator.run.log import Log
from eddysky.simulator.run.plan import time_in_words
from eddysky.simulator.run.prepared import Run
from eddysky.simulator.run.progress import Progress, progress_bar
from eddysky.simulator.run.trial import is_long, time_of_run

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["simulate"]

# A checkpoint is written after this much time, or after this many realisations.
SECONDS_PER_PART = 5.0
REALIZATIONS_PER_PART = 4096
# A time is said before a run only if it is longer [s].
WORTH_SAYING = 60.0


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
    log: str | Path | None = None,
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
    log
        File to which a line of JSON is appended for the start, each part, what goes wrong, and the end.
    progress
        Whether to show a bar on standard error, and above it the time of a run whose single realisations are long.

    Returns
    -------
    Result
        The same object as `read(output)`.

    Raises
    ------
    InputError
        If the run needs more memory or disk than there is, or more than a year; if `output` cannot be written or
        holds results of another configuration; if `flow` is not a velocity field or
        not the one that the configuration names; if a column is invalid.
    KeyboardInterrupt
        When interrupted, after finished realisations have been saved.

    Examples
    --------
    >>> result = simulate(Config().replace({"sky.nside": 16}), "run.h5")  # doctest: +SKIP
    >>> result.c_ell[1], result.error[1]  # doctest: +SKIP
    """
    run = Run.from_arguments(
        config,
        output,
        flow=flow,
        workers=workers,
        client=client,
        slice=slice,
        maps=maps,
        alms=alms,
        columns=columns,
    )
    if output is not None and log is not None:
        place = os.path.realpath(output)
        if os.path.realpath(log) in (place, f"{place}.parts"):
            raise InputError(f"--log {log}: is the results file or its parts; choose another name")
    with Log(None if log is None else Path(log)) as lines:
        try:
            return _simulate(run, lines, progress, lock)
        except BaseException as error:
            refused, stopped = isinstance(error, InputError), isinstance(error, KeyboardInterrupt)
            event = "refused" if refused else "interrupted" if stopped else "failed"
            lines.write(event, reason=str(error) or type(error).__name__)
            raise


def _simulate(run: Run, log: Log, shown: bool, lock: bool) -> Result:
    """Run it."""
    config, begin = run.job.config, time.monotonic()
    log.write(
        "start",
        output=run.output,
        configuration_sha256=config.config_hash,
        host=platform.node(),
        pid=os.getpid(),
        realizations=len(run.wanted),
        **run.engine.description(),
    )
    run.plan(run.wanted).check_memory()
    if run.output is None:
        finished: list[Realization] = []

        def keep(made: list[Realization], _: Provenance) -> None:
            finished.extend(made)

        _collect(run, run.wanted, len(run.wanted), None, keep, log, shown)
        result = Result.from_realizations(config, finished, run.job.columns)
    else:
        with open_checkpoints(run.output, config, run.job.columns, lock=lock) as checkpoints:
            missing, total = checkpoints.missing(run.wanted, run.job.maps, run.job.alms)
            _complete(run, checkpoints, missing, total, log, shown)
        result = read(run.output)
        if isinstance(config.transport.free_path, FreePathLaw):
            # The file names the law, and need not find it.
            law = {"transport.free_path": config.transport.free_path}
            result = replace(result, config=result.config.replace(law))
    log.write("end", realizations=result.realizations, seconds=round(time.monotonic() - begin, 3))
    return result


def _complete(
    run: Run, checkpoints: Checkpoints, missing: Sequence[int], total: int, log: Log, shown: bool
) -> None:
    """Make what is missing, part by part, and merge the parts."""

    def save(realizations: Sequence[Realization], provenance: Provenance) -> None:
        checkpoints.add(realizations, provenance)
        made = {realization.index for realization in realizations}
        remove_sums(checkpoints.directory, run.job.config, made.__contains__)

    remove_sums(checkpoints.directory, run.job.config, lambda index: index not in missing)
    if missing:
        run.plan(missing).check_disk()
        _collect(run, missing, total, checkpoints.directory, save, log, shown)
    begin = time.monotonic()
    checkpoints.merge()
    log.write("merged", seconds=round(time.monotonic() - begin, 3))


def _collect(
    run: Run,
    missing: Sequence[int],
    total: int,
    directory: Path | None,
    save: Callable[[list[Realization], Provenance], object],
    log: Log,
    shown: bool,
) -> None:
    """Make realisations, and give them to `save` every few seconds; those at hand also when interrupted."""
    plan = run.plan(missing)
    said = ""
    if plan.threads and is_long(run.job.config):
        trial = time_of_run(plan, plan.threads)
        plan.check_time(trial.seconds)
        if trial.seconds > WORTH_SAYING:
            said = f"about {time_in_words(trial.seconds)}, {trial.how}"
    log.write(
        "plan",
        missing=len(missing),
        memory=round(sum(plan.memory().values())),
        disk=round(plan.disk()),
        expected=said or None,
    )
    with progress_bar(shown, total, total - len(missing), "simulating") as bar:
        progress = Progress(bar, log)
        if said:
            progress.remark(said)
        batches = run.engine.batches(run.job, missing, progress, directory)
        with closing(batches):
            _save_batches(batches, progress, run.engine.description(), save)


def _save_batches(
    batches: Generator[Sequence[Realization]],
    progress: Progress,
    engine: Mapping[str, Any],
    save: Callable[[list[Realization], Provenance], object],
) -> None:
    """Save what is finished from time to time and at the end, however that comes."""
    finished: list[Realization] = []
    written, before = time.monotonic(), 0.0

    def part() -> None:
        nonlocal written, before
        begin = time.monotonic()
        # The engine prepares itself at first. The time of writing is that of the part before.
        prepared = progress.seconds.pop("set-up", 0.0)
        simulated = begin - written - prepared
        save(
            finished,
            Provenance.here(engine, set_up=prepared, simulating=simulated, writing=before),
        )
        now = time.monotonic()
        if finished:
            numbers = sorted(made.index for made in finished)
            spent = {"seconds": round(simulated, 3), "seconds_writing": round(now - begin, 3)}
            progress.log.write("part", count=len(numbers), numbers=numbers, **spent)
        finished.clear()
        written, before = now, now - begin

    try:
        for batch in batches:
            finished += batch
            progress.update(len(batch))
            due = time.monotonic() - written > SECONDS_PER_PART
            if due or len(finished) >= REALIZATIONS_PER_PART:
                part()
    finally:
        part()
