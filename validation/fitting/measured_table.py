"""Text tables of measured spectra: multipoles or ends of bands, c_ell, and errors, symmetric or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.ecsv import read_ecsv_header
from eddysky.simulator.config.text_table import (
    Column,
    Header,
    Table,
    fields,
    is_number,
    numbered_lines,
    read_table,
)
from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.measured import MeasuredPower

__all__ = ["read_measured", "read_spectrum"]

# The predictions are computed for every multipole up to the highest one.
_HIGHEST = 10_000
# Squares of ratios of values in this range do not overflow.
_SMALLEST, _LARGEST = 1e-60, 1e60
# Names of columns of the first and the last multipole of a band.
_EDGES = (("ell_low", "ell_high"), ("ell_min", "ell_max"))
_BOTH_SIDES = ("error_low", "error_high")


def read_measured(
    path: Path, *, errors: bool = True, positive: bool | None = None
) -> MeasuredPower:
    """Read a measured spectrum from a text file (see `eddysky.simulator.config.text_table`).

    Parameters
    ----------
    path
        The file. Columns: ell, or the first and last multipole of bands, ell_low and ell_high (ell_min, ell_max);
        c_ell; and, if `errors`, error, or those below and above, error_low and error_high.
    errors
        Whether standard errors are needed; otherwise columns of errors are not read.
    positive
        Whether every c_ell must be positive, as the likelihood cosmic-variance needs; by default if not `errors`.

    Returns
    -------
    MeasuredPower
        With errors if `errors`.

    Raises
    ------
    InputError
        Names the file, line and column of the first value that is not allowed.
    """
    names = _header_names(path)
    edges = next((pair for pair in _EDGES if set(pair) <= names), None)
    places = ("ell",) if edges is None else edges
    sides = _error_columns(path, names) if errors else ()
    wanted = [*(Column(name, whole=True) for name in places), *map(Column, ("c_ell", *sides))]
    table = read_table(path, wanted)
    for name in places:
        good = (table[name] >= 1) & (table[name] <= _HIGHEST)
        table.require(name, good, f"must be from 1 to {_HIGHEST}")
    low, high = table[places[0]], table[places[-1]]
    if edges is not None:
        table.require(edges[1], high >= low, f"must not be below {edges[0]}")
    ascending = np.concatenate([[True], low[1:] > high[:-1]])
    table.require(places[0], ascending, "must be above that of the line before")
    _check_values(table, sides, errors if positive is None else not positive)
    error = None if not sides else np.stack([table[name] for name in sides])
    if len(sides) == 1:
        error = table[sides[0]]
    if edges is None:
        return MeasuredPower(low.astype(np.int64), table["c_ell"], error, str(path))
    return MeasuredPower.from_bands(
        low.astype(np.int64), high.astype(np.int64), table["c_ell"], error, name=str(path)
    )


def read_spectrum(path: Path) -> MeasuredPower:
    """Read a table of C_ℓ whatever it has: with errors if there are any; without, as of predictions, ℓ = 0 is left out.

    Raises
    ------
    InputError
        As `read_measured`.
    """
    if any(name.startswith("error") for name in _header_names(path)):
        return read_measured(path)
    table = read_table(path, [Column("ell", whole=True), Column("c_ell")])
    table.require(
        "ell", (table["ell"] >= 0) & (table["ell"] <= _HIGHEST), f"must be up to {_HIGHEST}"
    )
    kept = table["ell"] > 0
    return MeasuredPower(table["ell"][kept].astype(np.int64), table["c_ell"][kept], None, str(path))


def _header_names(path: Path) -> set[str]:
    """Names of the columns; without a header as many of the standard form as there are."""
    ecsv = read_ecsv_header(path) is not None
    for number, line in numbered_lines(path):
        if line.startswith("#"):
            if ecsv:
                continue
            found = set(Header.parse(line.lstrip("# \t"), number).names)
            if "c_ell" in found and found & {"ell", *(name for pair in _EDGES for name in pair)}:
                return found
        elif is_number(fields(line)[0]):
            return set(("ell", "c_ell", "error")[: len(fields(line))])
        else:
            return set(Header.parse(line, number).names)
    return set()


def _error_columns(path: Path, names: set[str]) -> tuple[str, ...]:
    """Columns of the errors."""
    given = [name for name in _BOTH_SIDES if name in names]
    if given and "error" in names:
        raise InputError(
            f"{path}: has the columns error and {given[0]}; error bars are either symmetric, error, or not, error_low "
            "and error_high"
        )
    return _BOTH_SIDES if given else ("error",)


def _check_values(table: Table, sides: tuple[str, ...], any_sign: bool) -> None:
    """Refuse values that are not allowed."""
    size: NDArray[np.float64] = np.abs(table["c_ell"])
    table.require(
        "c_ell", ((size >= _SMALLEST) | (size == 0)) & (size <= _LARGEST),
        f"must be zero or from {_SMALLEST:g} to {_LARGEST:g} in size",
    )  # fmt: skip
    for name in sides:
        good = (table[name] >= _SMALLEST) & (table[name] <= _LARGEST)
        table.require(name, good, f"must be positive, from {_SMALLEST:g} to {_LARGEST:g}")
    if not any_sign:
        table.require(
            "c_ell", table["c_ell"] > 0, "must be positive with the likelihood cosmic-variance"
        )
