"""The plan of a run, made before it begins: what it needs in memory and on disk, and whether that fits.

Sizes of results follow from the configuration. The memory at work is an upper estimate, from the sizes of the arrays
that each way of sampling the sky uses; the factors were measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.machine import available_cores, available_memory, core_quota, free_disk
from eddysky.simulator.results.columns import COLUMNS, Column, Rows
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.realization import block_size
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.grids import sky_content
from eddysky.simulator.sky.pixels import FINEST, POINTS, map_lmax

__all__ = ["Plan", "check_threads", "result_bytes", "time_in_words"]

# Results are in memory once when they are read back, and again in parts while they are compared and drawn. Those of a
# run without a file are there as single skies in double precision, too.
COPIES, COPIES_WITHOUT_FILE = 2, 4
# Memory of libraries and compiled code still to be loaded, and of the number of a realisation [bytes].
LIBRARIES, NUMBER = 150e6, 40.0
# Attributes of a part [bytes], and the fewest parts in which realisations are saved.
PART_BYTES, PER_PART = 50e3, 4096
# A run is refused that would take longer: its machine would not last [s].
MOST_SECONDS = 365.25 * 86400.0

# What makes a run of large results, an outside column's name apart, smaller.
SMALLER = {
    "ensemble.realizations": "lower it or sky.lmax, or divide the run among machines (--slice I/N)",
    "--maps": "lower it or sky.nside",
    "--alms": "lower it or sky.lmax",
    "columns": "make their rows smaller, or lower ensemble.realizations",
    "flow.modes": "lower it, or --workers",
    "sky.lmax": "lower it, or raise flow.inner_scale",
    "sky.nside": "lower it, or keep no maps (--maps 0)",
    "sky.particles": "lower --workers",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will make and need.

    Parameters
    ----------
    job
        Configuration and what is kept.
    wanted, missing
        Numbers of the realisations of the run or its slice, and of those still to be made.
    threads
        Threads of this process that make them; 0 where a cluster does.
    output
        The results file; None keeps everything in memory.
    """

    job: Job
    wanted: range
    missing: Sequence[int]
    threads: int
    output: Path | None

    @property
    def together(self) -> int:
        """Number of realisations made at a time in this process."""
        return min(self.threads, len(self.missing))

    def rows(self, realizations: Sequence[int]) -> dict[Rows, int]:
        """How many of some realisations have rows in the columns."""
        return {
            "index": len(realizations),
            "map_index": count_below(realizations, self.job.maps),
            "alm_index": count_below(realizations, self.job.alms),
        }

    def memory(self) -> dict[str, float]:
        """Most memory that the run needs [bytes], by the key or option that determines it."""
        config, rows = self.job.config, self.rows(self.wanted)
        copies = COPIES_WITHOUT_FILE if self.output is None else COPIES
        size = {
            "ensemble.realizations": columns_bytes(config, COLUMNS, {"index": rows["index"]}),
            "--maps": columns_bytes(config, COLUMNS, {"map_index": rows["map_index"]}),
            "--alms": columns_bytes(config, COLUMNS, {"alm_index": rows["alm_index"]}),
            "columns": columns_bytes(config, self.job.columns, rows),
        }
        needed: dict[str, float] = {name: copies * amount for name, amount in size.items()}
        needed["ensemble.realizations"] += NUMBER * len(self.wanted)
        if self.threads:
            maps = bool(rows["map_index"])
            working = working_memory(config, maps, self.together, self.threads)
            needed |= {name: needed.get(name, 0.0) + amount for name, amount in working.items()}
        return needed

    def disk(self) -> float:
        """Most space that the run still needs on disk [bytes]; parts and results are there at the same time."""
        if self.output is None:
            return 0.0
        size = result_bytes(self.job.config, self.job.columns, self.rows(self.wanted))
        made = result_bytes(self.job.config, self.job.columns, self.rows(self.missing))
        # Merging gathers the rows before it writes them in order.
        return 2.0 * size + made + PART_BYTES * (2 + len(self.missing) / PER_PART)

    def check_memory(self) -> None:
        """Refuse a run that needs more memory than there is.

        Raises
        ------
        InputError
            Names the key or option that needs most of it.
        """
        needed, (free, where) = self.memory(), available_memory()
        if (total := LIBRARIES + sum(needed.values())) > free:
            key = max(needed, key=lambda name: needed[name])
            raise InputError(
                f"{key}{self._value(key)}: the run needs about {gigabytes(total)} of memory, {gigabytes(needed[key])} "
                f"of it for this; {gigabytes(free)} {where} are available\n{SMALLER[key]}"
            )

    def check_disk(self) -> None:
        """Refuse a run that needs more space on disk than there is.

        Raises
        ------
        InputError
            Names the results file.
        """
        if self.output is None:
            return
        needed, free = self.disk(), free_disk(self.output.absolute().parent)
        if needed > free:
            raise InputError(
                f"{self.output}: the run needs up to {gigabytes(needed)} on disk, with its parts; "
                f"{gigabytes(free)} are free there\nwrite elsewhere (-o), or lower ensemble.realizations or --maps"
            )

    def check_time(self, seconds: float) -> None:
        """Refuse a run of more than a year.

        Parameters
        ----------
        seconds
            Time of the whole run [s].

        Raises
        ------
        InputError
            Names the key to change.
        """
        if seconds > MOST_SECONDS:
            alone = seconds / max(1, len(self.missing)) > MOST_SECONDS / 1000
            key = "ensemble.realizations"
            if alone:
                key = "sky.particles" if self.job.config.particles_drawn else "flow.modes"
            raise InputError(
                f"{key}{self._value(key)}: the run would take about {time_in_words(seconds)} on {self.threads} "
                f"threads, longer than a year\nlower {key}, or divide the run (--slice I/N, --scheduler)"
            )

    def _value(self, key: str) -> str:
        """The value of a key or option, as in an assignment."""
        config, (section, _, name) = self.job.config, key.partition(".")
        values: Mapping[str, Any] = {
            "--maps": self.job.maps,
            "--alms": self.job.alms,
            "columns": ", ".join(column.name for column in self.job.columns),
            "sky.lmax": config.lmax,
            "sky.particles": config.particles,
        }
        if key in values:
            return f"{' ' if key.startswith('-') else ' = '}{values[key]}"
        return f" = {getattr(getattr(config, section), name)}"

    def needs_in_words(self) -> list[str]:
        """Lines on memory and disk."""
        needed, (free, where) = self.memory(), available_memory()
        largest = max(needed, key=lambda name: needed[name])
        available = "" if math.isinf(free) else f", {gigabytes(free)} {where} are available"
        lines = [
            f"memory: at most {gigabytes(LIBRARIES + sum(needed.values()))}, most of it for {largest}{available}"
        ]
        if self.output is not None:
            left = gigabytes(free_disk(self.output.absolute().parent))
            size = result_bytes(self.job.config, self.job.columns, self.rows(self.wanted))
            lines.append(
                f"disk: results up to {gigabytes(size)}, with parts up to {gigabytes(self.disk())}; {left} are free"
            )
        return lines

    def limits_in_words(self) -> str:
        """Line on the cores of this process."""
        quota = core_quota()
        found = (
            "no quota of a control group" if math.isinf(quota) else f"a quota of {quota:g} cores"
        )
        return f"cores: {available_cores()} available to this process, {found}"


def check_threads(threads: int) -> None:
    """Refuse more threads than can be of use.

    Raises
    ------
    InputError
        Says how many are allowed.
    """
    cores = available_cores()
    if threads > (most := max(256, 4 * cores)):
        raise InputError(
            f"workers = {threads}: at most {most} threads; this process has {cores} cores, the default"
        )


def working_memory(config: Config, maps: bool, together: int, threads: int) -> dict[str, float]:
    """Memory of realisations while they are made [bytes], by key."""
    multipoles, pixels = alm_size(config.lmax), 12.0 * config.sky.nside**2
    count = config.flow.modes if config.turbulent and config.flow.field is None else 0
    needed = {"flow.modes": 250.0 * count * together}
    if config.particles_drawn:
        # Two blocks wait at each thread.
        blocks = 2 * threads
        needed["sky.particles"] = 300.0 * blocks * min(config.particles or 0, block_size(config))
        needed["sky.lmax"] = 32.0 * multipoles * (3 * together + blocks)
        each = 80.0 * pixels
    elif config.sampling == "expected":
        needed["sky.lmax"] = 100.0 * multipoles * (1 + together)
        finest = max(config.sky.nside, min(POINTS * config.sky.nside, FINEST))
        each = 12 * 32.0 * finest**2 + 100.0 * alm_size(map_lmax(config.sky.nside))
    else:
        content = min(sky_content(config, None), 1 << 20) if count else config.lmax
        needed["sky.lmax"] = 64.0 * (max(content, config.lmax) + 1) ** 2 * (1 + together)
        each = 32.0 * pixels
    needed["sky.nside"] = maps * each * (1 + together)
    return needed


def result_bytes(config: Config, columns: Sequence[Column], counts: Mapping[Rows, int]) -> int:
    """Size of results [bytes] with these numbers of rows."""
    return columns_bytes(config, (*COLUMNS, *columns), counts)


def columns_bytes(config: Config, columns: Sequence[Column], counts: Mapping[Rows, int]) -> int:
    """Size of columns [bytes] with these numbers of rows."""
    return sum(
        counts.get(column.rows, 0)
        * math.prod(column.row_shape(config))
        * np.dtype(column.dtype).itemsize
        for column in columns
        if column.present(config)
    )


def count_below(numbers: Sequence[int], end: int) -> int:
    """How many numbers of an ascending sequence are below `end`."""
    if isinstance(numbers, range):
        return len(range(numbers.start, min(numbers.stop, max(numbers.start, end)), numbers.step))
    return sum(number < end for number in numbers[:end])


def gigabytes(size: float) -> str:
    """A size to two digits."""
    return f"{float(f'{size / 1e9:.2g}'):g} GB" if size >= 1e8 else f"{math.ceil(size / 1e6)} MB"


def time_in_words(seconds: float) -> str:
    """Time to two digits: seconds, up to 90 minutes, up to 36 hours, days, or years."""
    units = ((90.0, "s", 1.0), (90 * 60.0, "min", 60.0), (36 * 3600.0, "h", 3600.0))
    later = ((2 * 365.25 * 86400.0, "days", 86400.0), (math.inf, "years", 365.25 * 86400.0))
    unit, size = next((unit, size) for end, unit, size in (*units, *later) if seconds < end)
    return f"{float(f'{seconds / size:.2g}'):g} {unit}"
