"""Time and memory that a run still needs, measured on its own first realisations and said once.

The first realisation on each thread is not measured, as it may wait for kernels to be compiled, unless it takes so long
that this does not matter. Realisations with a map take longer and are counted apart.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.results.columns import COLUMNS, Column, Rows
from eddysky.simulator.results.realization import Realization

__all__ = ["Estimate", "result_bytes"]

# Said only if this much time remains [s]; realisations longer than this are measured even if they are the first.
WORTH_SAYING = 60.0
# Least time of measurement [s].
MEASURED = 2.0


class Estimate:
    """Times the realisations of a run as they are made, and says once what the rest needs.

    Parameters
    ----------
    mapped
        Whether each realisation to be made keeps its map, by its number.
    together
        Number of realisations that are made at a time.
    threads
        Number of threads.
    results
        Size of the results [bytes].
    say
        Takes the line.
    """

    def __init__(
        self,
        mapped: Mapping[int, bool],
        together: int,
        threads: int,
        results: int,
        say: Callable[[str], object],
    ) -> None:
        self.mapped, self.waiting = mapped, set(mapped)
        self.together, self.threads, self.results, self.say = together, threads, results, say
        self.seconds: dict[bool, list[float]] = {}
        self.calls = itertools.count()
        self.begin = time.monotonic()
        self.said = False

    def timed(self, make: Callable[[int], Realization]) -> Callable[[int], Realization]:
        """The same function, whose calls are timed."""

        def call(index: int) -> Realization:
            first = next(self.calls) < self.together
            begin = time.monotonic()
            made = make(index)
            seconds = time.monotonic() - begin
            if not first or seconds > WORTH_SAYING:
                self.seconds.setdefault(self.mapped[index], []).append(seconds)
            return made

        return call

    def update(self, index: int) -> None:
        """Count a finished realisation, and say what the rest needs as soon as that is known."""
        self.waiting.remove(index)
        if not self.said and (seconds := self.left()) is not None:
            self.announce(seconds)

    def left(self) -> float | None:
        """Time left [s]; None while it is not known."""
        kinds = [self.mapped[index] for index in self.waiting]
        means = {kind: sum(values) / len(values) for kind, values in list(self.seconds.items())}
        elapsed = time.monotonic() - self.begin
        unknown = not set(kinds) <= means.keys()
        if not means or elapsed < MEASURED or (unknown and elapsed < WORTH_SAYING):
            return None
        known = max(means.values())
        return sum(means.get(kind, known) for kind in kinds) / self.together

    def announce(self, seconds: float) -> None:
        """Say the time left and the memory, if the former is worth it."""
        self.said = True
        if seconds < WORTH_SAYING:
            return
        needs, memory = f"about {in_words(seconds)}", peak_memory()
        if memory is not None:
            # Results are there twice while they are merged or stacked.
            needs += f" and {max((memory + 2 * self.results) / 1e9, 0.1):.1f} GB"
        count = len(self.waiting)
        more = "more " if count < len(self.mapped) else ""
        many = f"{count} {more}realisation{'' if count == 1 else 's'}"
        self.say(f"{needs} for {many} on {self.threads} thread{'' if self.threads == 1 else 's'}")


def result_bytes(config: Config, columns: Sequence[Column], counts: Mapping[Rows, int]) -> int:
    """Size of results [bytes] with these numbers of rows."""
    return sum(
        counts[column.rows] * math.prod(column.row_shape(config)) * np.dtype(column.dtype).itemsize
        for column in (*COLUMNS, *columns)
        if column.present(config)
    )


def peak_memory() -> int | None:
    """Largest memory of this process so far [bytes]; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def in_words(seconds: float) -> str:
    """Time to two digits: up to 90 minutes, up to 36 hours, or days."""
    unit, size = ("days", 86400.0)
    if seconds < 90 * 60:
        unit, size = ("min", 60.0)
    elif seconds < 36 * 3600:
        unit, size = ("h", 3600.0)
    return f"{float(f'{seconds / size:.2g}'):g} {unit}"
