"""Slices: the realisations of one run divided among jobs that know nothing of each other, such as those of a job array.

Slice I of N has every N-th realisation, beginning with number I - 1: a longer run has longer slices, with the same
realisations first, and each slice makes as many maps as the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from eddysky.simulator.errors import InputError

__all__ = ["Slice"]

# Of a job of a SLURM array.
TASK = "SLURM_ARRAY_TASK_"


@dataclass(frozen=True, slots=True)
class Slice:
    """Slice `number` of `count`, counted from 1.

    Raises
    ------
    InputError
        If there is no such slice.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise InputError(
                f"--slice {self}: must be I/N with whole numbers I from 1 to N, such as 1/4"
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """From I/N.

        Raises
        ------
        InputError
            If it is something else.
        """
        if not (found := re.fullmatch(r"(\d{1,9})/(\d{1,9})", text, re.ASCII)):
            raise InputError(
                f"--slice {text}: must be I/N with whole numbers I from 1 to N, such as 1/4"
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def from_array_job(cls, environment: Mapping[str, str]) -> Self:
        """From the environment of a job of a SLURM array, whatever number the array begins with.

        Raises
        ------
        InputError
            If this is no such job, or its array is no sequence of equal steps.
        """
        names = ("ID", "MIN", "MAX", "COUNT")
        given = [environment.get(TASK + name, "") for name in names]
        if not all(re.fullmatch(r"\d{1,9}", value, re.ASCII) for value in given):
            raise InputError(
                f"--slice without I/N: only in a SLURM array job, which sets {TASK}ID, _MIN, _MAX and _COUNT"
            )
        task, first, last, count = map(int, given)
        step = max(1, (last - first) // max(1, count - 1))
        position, rest = divmod(task - first, step)
        if first + (count - 1) * step != last or rest:
            raise InputError(
                f"--slice without I/N: the array from {first} to {last} with {count} jobs has gaps; give --slice I/N"
            )
        return cls(position + 1, count)

    def indices(self, realizations: int) -> range:
        """Numbers of its realisations in a run of so many.

        Raises
        ------
        InputError
            If there are more slices than realisations, and none is left for this one.
        """
        if self.number > realizations:
            raise InputError(
                f"--slice {self}: has no realisation: ensemble.realizations = {realizations}"
            )
        return range(self.number - 1, realizations, self.count)
