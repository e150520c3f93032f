"""Where and with what results were made, and how long it took; root attributes of the results file.

They describe the run and say nothing of the numbers, which do not depend on them. Where a run was resumed or slices
were merged, hosts are listed and seconds added up.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

__all__ = ["PHASES", "Provenance", "engine_in_words"]

# What the seconds of a run go into. Threads of one process share them, whereas those of slices are added up.
PHASES = ("set_up", "simulating", "writing", "merging")
# Most names listed; HDF5 limits the size of attributes.
MOST = 64
ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Provenance:
    """How results were made.

    Parameters
    ----------
    hosts
        Names of the machines that wrote them, sorted.
    made_by
        What made them, such as "2 threads", sorted.
    seconds
        Wall-clock time of each of `PHASES` [s].
    """

    hosts: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def here(cls, engine: Mapping[str, Any], **seconds: float) -> Self:
        """Made by an engine (`Engine.description`), and written by this process."""
        return cls((platform.node(),), (engine_in_words(engine),), seconds)

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Self:
        """From the root attributes of a results file; what is missing or makes no sense is left out."""

        def names(key: str) -> tuple[str, ...]:
            text = attributes.get(key)
            return tuple(text.split("; ")) if isinstance(text, str) and text else ()

        seconds = {}
        for phase in PHASES:
            try:
                value = float(attributes.get(f"seconds_{phase}", 0.0))
            except (TypeError, ValueError):
                continue
            if math.isfinite(value) and value > 0:
                seconds[phase] = value
        return cls(names("hosts"), names("made_by"), seconds)

    def __add__(self, other: Provenance) -> Provenance:
        phases = {**self.seconds, **other.seconds}
        return Provenance(
            listed(self.hosts, other.hosts),
            listed(self.made_by, other.made_by),
            {name: self.seconds.get(name, 0.0) + other.seconds.get(name, 0.0) for name in phases},
        )

    def attributes(self) -> dict[str, str | float]:
        """Root attributes of a results file."""
        found: dict[str, str | float] = {
            f"seconds_{phase}": round(self.seconds.get(phase, 0.0), 3) for phase in PHASES
        }
        return {"hosts": "; ".join(self.hosts), "made_by": "; ".join(self.made_by), **found}


def engine_in_words(engine: Mapping[str, Any]) -> str:
    """What makes realisations, such as 2 threads, or 1 worker, 2 cluster threads."""
    counts = [(count, name.replace("_", " ")) for name, count in engine.items()]
    return ", ".join(f"{n} {name if n != 1 else name.removesuffix('s')}" for n, name in counts)


def listed(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Names of both, each once; of very many only the first."""
    names = sorted({*one, *other} - {ELLIPSIS})
    cut = len(names) > MOST or ELLIPSIS in (*one, *other)
    return (*names[:MOST], ELLIPSIS) if cut else tuple(names)
