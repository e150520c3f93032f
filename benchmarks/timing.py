"""Times on a noisy machine: contenders take turns, and the median counts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall times of one contender [s]."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median wall time [s]."""
        return statistics.median(self.seconds)


def interleaved(
    contenders: Mapping[str, Callable[[], object]], rounds: int = 15
) -> dict[str, Timing]:
    """Time each contender once a round, after one untimed call that compiles."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for call in contenders.values():
        call()
    for _ in range(rounds):
        for name, call in contenders.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}
