"""Realisations on the cores of one machine, several at a time."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.partial_sums import SavedSums
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.progress import Progress
from eddysky.simulator.run.realization import block_size
from eddysky.simulator.transport.blocks import mapped

__all__ = ["Threads"]


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of this process; the engine of a run without a cluster."""

    count: int

    def batches(
        self, job: Job, indices: Sequence[int], progress: Progress, directory: Path | None
    ) -> Generator[Sequence[Realization]]:
        """Realisations one by one as they finish; with fewer realisations than threads, each uses several.

        Sums over many particles are saved in `directory`: from time to time, and when the generator is closed.

        Raises
        ------
        InputError
            If the threads cannot be started.
        """
        with progress.phase("set-up"):
            setup = job.setup(maps=indices[0] < job.maps)
        together = min(self.count, len(indices))
        size = block_size(job.config)
        saves = directory is not None and (job.config.particles or 0) > size
        unfinished: dict[int, SavedSums] = {}

        def make(index: int) -> Realization:
            sums = None
            if saves:
                assert directory is not None
                sums = SavedSums(directory, job.config, index, index < job.maps, size)
                unfinished[index] = sums
            made = job.realization(setup, index, max(1, self.count // together), sums)
            unfinished.pop(index, None)
            return made

        try:
            for made in mapped(make, indices, together, purpose="realizations", ordered=False):
                yield [made]
        except RuntimeError as error:
            if "start new thread" not in str(error):
                raise
            raise InputError(
                f"workers = {self.count}: the system starts no more threads (ulimit -u, or the limit of a control "
                "group); lower it"
            ) from None
        finally:
            for sums in list(unfinished.values()):
                sums.stop()

    def description(self) -> dict[str, Any]:
        """Number of threads."""
        return {"threads": self.count}
