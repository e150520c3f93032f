"""Numbers as text: CSV for other programs, aligned columns for the eye."""

from __future__ import annotations

import csv as csv_format
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.results.writing import writing

if TYPE_CHECKING:
    from eddysky.validation.comparison.correlation import Correlation
    from eddysky.validation.plots import PowerComparison

__all__ = [
    "CORRELATION_COLUMNS",
    "correlation_rows",
    "power_rows",
    "text_table",
    "write_spectra_csv",
    "write_table",
]

Cell = str | int | float | np.integer | np.floating

CORRELATION_COLUMNS = ("ell", "ell2", "measured", "error", "predicted")


def text_table(
    names: Sequence[str], rows: Iterable[Sequence[Cell]], *, digits: int, csv: bool = True
) -> str:
    """A header and one line a row, each ended.

    Parameters
    ----------
    names
        Of the columns.
    rows
        Text and whole numbers are printed as they are, real numbers with an exponent.
    digits
        Decimals of real numbers.
    csv
        Comma-separated, or in columns aligned to the right.
    """
    lines = [list(names)]
    for row in rows:
        lines.append(
            [f"{v:.{digits}e}" if isinstance(v, float | np.floating) else str(v) for v in row]
        )
    text = io.StringIO()
    if csv:
        csv_format.writer(text, lineterminator="\n").writerows(lines)
        return text.getvalue()
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        text.write("  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)))
        text.write("\n")
    return text.getvalue()


def write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Path:
    """Write a CSV file with a header; real numbers to ten digits."""
    with writing(path):
        path.write_text(text_table(names, rows, digits=9), encoding="utf-8")
    return path


def power_rows(comparison: PowerComparison) -> Iterable[tuple[Cell, ...]]:
    """Rows ell, measured, error, predicted of C_ℓ, one for each multipole that is compared."""
    return zip(
        comparison.ell, comparison.measured, comparison.error, comparison.predicted, strict=True
    )


def correlation_rows(found: Correlation) -> Iterable[tuple[Cell, ...]]:
    """Rows of `CORRELATION_COLUMNS`, one for each pair of multipoles ℓ ≤ ℓ'."""
    i, j = np.triu_indices(len(found.ell))
    values = (matrix[i, j] for matrix in (found.measured, found.error, found.predicted))
    return zip(found.ell[i], found.ell[j], *values, strict=True)


def write_spectra_csv(comparisons: Mapping[str, PowerComparison], path: Path) -> Path:
    """Write C_ℓ of δf/f as columns variant,ell,measured,error,predicted.

    Parameters
    ----------
    comparisons
        By the name of the variant.
    path
        File to write.
    """
    rows = [
        (variant, *row)
        for variant, comparison in comparisons.items()
        for row in power_rows(comparison)
    ]
    return write_table(path, ("variant", "ell", "measured", "error", "predicted"), rows)
