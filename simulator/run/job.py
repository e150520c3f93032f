"""What all realisations of a run share, and the interface of what makes them: threads, or the workers of a cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eddysky.simulator.config import Config
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.partial_sums import SavedSums
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.outside_fields import Fields
from eddysky.simulator.run.progress import Progress
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

    def realization(
        self, setup: Setup, index: int, threads: int = 1, sums: SavedSums | None = None
    ) -> Realization:
        """Make one realisation."""
        return realize(
            setup,
            index,
            keep_map=index < self.maps,
            keep_alm=index < self.alms,
            columns=self.columns,
            threads=threads,
            sums=sums,
        )


class Engine(Protocol):
    """Makes the realisations of a job somewhere."""

    def batches(
        self, job: Job, indices: Sequence[int], progress: Progress, directory: Path | None
    ) -> Generator[Sequence[Realization]]:
        """Finished realisations, each once, in any order and in batches of any size.

        Parameters
        ----------
        job
            What they share.
        indices
            Numbers of the realisations to make, ascending.
        progress
            Told of remarks, failures and the time of the preparations; what is yielded is counted elsewhere.
        directory
            Where an engine may keep what it has of unfinished realisations; None for nowhere.
        """

    def description(self) -> dict[str, Any]:
        """What makes them, for plan and log."""
