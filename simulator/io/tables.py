"""Numbers as text: CSV for other programs, aligned columns for the eye."""

from __future__ import annotations

import csv as csv_format
import io
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from eddysky.simulator.config.text_table import is_number
from eddysky.simulator.results.writing import check_overwriting, overwriting

__all__ = ["Cell", "check_table", "text_table", "write_table"]

# With one of these a spreadsheet begins a formula, and there a file name may run commands.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | np.integer | np.floating


def text_table(
    names: Sequence[str], rows: Iterable[Sequence[Cell]], *, digits: int, csv: bool = True
) -> str:
    """A header and one line a row, each ended.

    Parameters
    ----------
    names
        Of the columns.
    rows
        Text and whole numbers are printed as they are, real numbers with an exponent. In CSV an apostrophe precedes
        text that a spreadsheet would take for a formula.
    digits
        Decimals of real numbers.
    csv
        Comma-separated, or in columns aligned to the right.
    """

    def cell(value: Cell) -> str:
        if isinstance(value, float | np.floating):
            return f"{value:.{digits}e}"
        if csv and isinstance(value, str) and value.startswith(FORMULA) and not is_number(value):
            return f"'{value}"
        return str(value)

    lines = [list(names), *([cell(value) for value in row] for row in rows)]
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
    """Write a CSV file with a header; real numbers to ten digits.

    Raises
    ------
    InputError
        If there is a file with another header, which is none of ours.
    """
    with overwriting(path, _begins(names)) as unfinished:
        unfinished.write_text(text_table(names, rows, digits=9), encoding="utf-8")
    return path


def check_table(path: Path, names: Sequence[str] = ()) -> None:
    """Refuse a name under which `write_table` could not write, before any computation.

    Parameters
    ----------
    path
        CSV file.
    names
        Of its columns. If they are not known yet, any names will do, and `write_table` knows better.

    Raises
    ------
    InputError
        As `write_table`.
    """
    check_overwriting(path, _begins(names) if names else _is_table)


def _begins(names: Sequence[str]) -> Callable[[bytes], bool]:
    """Whether a file begins with the header of a table."""
    header = text_table(names, (), digits=9).encode()
    return lambda data: data.startswith(header)


def _is_table(data: bytes) -> bool:
    """Whether a file begins like any of our tables: with names of columns."""
    return re.match(rb"[a-z]\w*(,[a-z]\w*)+\n", data) is not None
