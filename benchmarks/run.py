"""Measure ours and the peers in one run: `make bench`. Prints tables and writes results/bench.json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import expected
import orbits
import particles
import parts
import program
import scaling
import sky
import velocity

from eddysky.validation.record import Record

BENCHMARKS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "velocity kernel": velocity.measure,
    "a map with its spectrum": sky.measure,
    "one realisation of the default scenario": parts.measure,
    "expected skies": expected.measure,
    "expected helical skies": expected.helical,
    "one particle": particles.stages,
    "stratified against plain particles": particles.stratification,
    "orbits": orbits.measure,
    "cost against size": scaling.measure,
    "the whole program": program.measure,
}


def main() -> None:
    """Run all benchmarks."""
    record, results = Record("bench", "make bench"), {}
    for name, measure in BENCHMARKS.items():
        results[name] = measure()
        print(f"\n{name}")
        print_table(results[name])
    print(f"\nwritten: {record.write(tables=results)}")


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print rows of equal keys as columns."""
    keys = list(rows[0])
    cells = [keys] + [[show(row[key]) for key in keys] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(keys))]
    for line in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def show(value: Any) -> str:
    """A number with three digits."""
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
