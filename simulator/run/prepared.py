"""The arguments of a run, checked, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.machine import available_cores
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.outside_columns import check_columns
from eddysky.simulator.run.job import Engine, Job
from eddysky.simulator.run.outside_fields import checked_fields
from eddysky.simulator.run.plan import Plan, check_threads
from eddysky.simulator.run.slices import Slice
from eddysky.simulator.run.threads import Threads

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run makes.

    Parameters
    ----------
    job
        Configuration and what is kept.
    wanted
        Numbers of the realisations of the run or its slice.
    engine
        What makes them.
    output
        The results file, or None.
    """

    job: Job
    wanted: range
    engine: Engine
    output: Path | None

    @classmethod
    def from_arguments(
        cls,
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
    ) -> Self:
        """From the arguments of `simulate`.

        Raises
        ------
        InputError
            If one of them is wrong.
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
        match slice or (1, 1):
            case (int(number), int(count)):
                wanted = Slice(number, count).indices(config.ensemble.realizations)
            case _:
                raise InputError(f"slice = {slice!r}: must be (I, N), such as (1, 4)")
        engine: Engine
        if client is not None:
            from eddysky.simulator.run.cluster import Cluster

            engine = Cluster(client)
        else:
            threads = workers or available_cores()
            check_threads(threads)
            engine = Threads(threads)
        return cls(job, wanted, engine, None if output is None else Path(output))

    def plan(self, missing: Sequence[int]) -> Plan:
        """The plan with so much still to do."""
        threads = self.engine.description().get("threads", 0)
        return Plan(self.job, self.wanted, missing, threads, self.output)
