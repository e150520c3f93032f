"""Measure ours and the peers in one run: `make bench`. Prints tables and writes results/bench.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import program
import velocity


def main() -> None:
    """Run all benchmarks."""
    results = {"velocity": velocity.measure(), "program": program.measure()}
    for name, rows in results.items():
        print(f"\n{name}")
        print_table(rows)
    target = Path("results/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nwritten: {target}")


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
