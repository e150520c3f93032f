"""Numbers behind figures, as text that other programs read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eddysky.scenarios import Outcome

__all__ = ["write_spectra_csv", "write_table"]


def write_spectra_csv(outcomes: Mapping[str, Outcome], path: Path) -> Path:
    """Write C_ℓ of δf/f as columns variant,ell,measured,error,predicted; one row a multipole that is compared.

    Parameters
    ----------
    outcomes
        By the name of the variant.
    path
        File to write.
    """
    rows = [
        (variant, int(ell), measured, error, predicted)
        for variant, outcome in outcomes.items()
        for ell, measured, error, predicted in zip(
            outcome.comparison.ell,
            outcome.comparison.measured,
            outcome.comparison.error,
            outcome.comparison.predicted,
            strict=True,
        )
    ]
    return write_table(path, ("variant", "ell", "measured", "error", "predicted"), rows)


def write_table(
    path: Path, names: Sequence[str], rows: Iterable[Sequence[str | int | float]]
) -> Path:
    """Write a CSV file with a header; real numbers to ten digits."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow(
                [value if isinstance(value, str | int) else f"{value:.9e}" for value in row]
            )
    return path
