"""What a run would do and need, in words, without writing anything."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.checkpoints import look_at
from eddysky.simulator.results.provenance import engine_in_words
from eddysky.simulator.run.plan import time_in_words
from eddysky.simulator.run.prepared import Run
from eddysky.simulator.run.trial import time_of_run

__all__ = ["Description", "describe_run"]


@dataclass(frozen=True, slots=True)
class Description:
    """A run in words.

    Parameters
    ----------
    lines
        What is made by what, time, memory, disk, parts and limits.
    refusal
        Why the run would be refused; None if it fits.
    """

    lines: tuple[str, ...]
    refusal: str | None


def describe_run(config: Config, output: str | Path | None = None, **options: Any) -> Description:
    """Describe what `simulate` with the same arguments would do.

    Raises
    ------
    InputError
        If an argument is wrong, or the results are of another configuration.
    """
    run = Run.from_arguments(config, output, **options)
    plan = run.plan(run.wanted)
    try:
        plan.check_memory()
        missing: Sequence[int] = run.wanted
        total = len(run.wanted)
        if run.output is not None:
            checkpoints = look_at(run.output, config, run.job.columns)
            missing, total = checkpoints.missing(run.wanted, run.job.maps, run.job.alms)
    except InputError as error:
        return Description((*plan.needs_in_words(), plan.limits_in_words()), str(error))
    plan = run.plan(missing)
    made_by = run.engine.description()
    lines = [
        f"realisations: {total}, of which {total - len(missing)} are finished and {len(missing)} missing",
        f"made by: {engine_in_words(made_by)}" + (f" of {platform.node()}" if plan.threads else ""),
    ]
    refusal = None
    try:
        plan.check_disk()
        if missing:
            threads = plan.threads or int(made_by["cluster_threads"])
            trial = time_of_run(plan, threads)
            lines.append(f"time: about {time_in_words(trial.seconds)}, {trial.how}")
            plan.check_time(trial.seconds)
        else:
            lines.append("time: nothing is left to simulate")
    except InputError as error:
        refusal = str(error)
    lines += plan.needs_in_words()
    if run.output is not None:
        lines.append(
            f"results: {run.output}, until they are complete in parts in {run.output}.parts"
        )
    return Description((*lines, plan.limits_in_words()), refusal)
