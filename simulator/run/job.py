"""What all realisations of a run share, and the interface of what makes them: threads, or the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tqdm import tqdm

from eddysky.simulator.config import Config
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.outside_fields import Fields
from eddysky.simulator.run.realization import Setup, realize

__all__ = ["Engine", "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A configuration, and what is kept of its realisations.

    Parameters
    ----------
    config
        The configuration.
    maps, alms
        Number of realisations, from the first, whose maps and whose a_ℓm are kept.
    columns
        Outside columns, of all realisations.
    fields
        Velocity field of each realisation instead of the configured turbulence.
    """

    config: Config
    maps: int = 0
    alms: int = 0
    columns: tuple[Column, ...] = ()
    fields: Fields | None = None

    def setup(self, *, maps: bool) -> Setup:
        """What realisations share, with or without maps."""
        return Setup.from_config(self.config, maps=maps, fields=self.fields)

    def realization(self, setup: Setup, index: int, threads: int = 1) -> Realization:
        """Make one realisation."""
        return realize(
            setup,
            index,
            keep_map=index < self.maps,
            keep_alm=index < self.alms,
            columns=self.columns,
            threads=threads,
        )


class Engine(Protocol):
    """Makes the realisations of a job somewhere."""

    def batches(
        self, job: Job, indices: Sequence[int], total: int, bar: tqdm
    ) -> Iterator[Sequence[Realization]]:
        """Finished realisations, each once, in any order and in batches of any size.

        Parameters
        ----------
        job
            What they share.
        indices
            Numbers of the realisations to make.
        total
            Number of all realisations of the results, with those already made.
        bar
            Progress bar, above which an engine may print remarks; it counts what is yielded.
        """
