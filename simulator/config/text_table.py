"""Text tables of numbers with a header; error messages name file, line and column.

A table has one row per line, with fields separated by commas or blanks. `#` begins a comment. The header is the first
line that is not numbers, or a comment line that names all the columns; a column's unit follows its name
in square brackets, as in `# wavenumber [1/pc], spectrum [km2 pc / s2]`, or in the header of an ECSV table. Columns
are found by their names, in any order and case, and other columns are ignored; without a header, the columns must be
those expected, in order.
"""

from __future__ import annotations

import csv
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
from astropy import units
from numpy.typing import NDArray

from eddysky.simulator.config.ecsv import read_ecsv_header
from eddysky.simulator.config.reading import read_text
from eddysky.simulator.errors import InputError

__all__ = ["Column", "Table", "is_number", "read_table"]

Array = NDArray[np.float64]

HEADER = re.compile(r"([^\W\d]\w*)\s*(?:\[([^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Column:
    """A required column of a table.

    Parameters
    ----------
    name
        Name in the header, in lower case.
    unit
        Unit of the values after conversion; the header must then give one. None: dimensionless numbers, for which
        the header may give a dimensionless unit, such as percent.
    whole
        Whether the values must be integers.
    other
        Unit of another dimension that the header may give instead; the values are then converted to it, and the
        column is one of `Table.others`.
    """

    name: str
    unit: str | None = None
    whole: bool = False
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a file, with their line and column numbers.

    Parameters
    ----------
    path
        The file; None for numbers given in the configuration itself.
    columns
        Values by the name of the column, each of shape (rows,), in the units asked for.
    lines
        Line number of each row, from 1.
    places
        Number of each column in the file, from 1.
    others
        Names of the columns given in their other unit.
    """

    path: Path | None
    columns: dict[str, Array]
    lines: list[int]
    places: dict[str, int]
    others: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Array:
        """Values of a column."""
        return self.columns[name]

    def refuse(self, row: int, name: str, allowed: str) -> NoReturn:
        """Raise InputError for one value: names file, line, column, value and what is allowed."""
        value = f"{self.columns[name][row]:.10g}: {allowed}"
        if self.path is None:
            raise InputError(f"{name}: number {row + 1} is {value}")
        raise InputError(
            f"{self.path}: line {self.lines[row]}, column {self.places[name]} ({name}) = {value}"
        )

    def require(self, name: str, good: NDArray[np.bool_], allowed: str) -> None:
        """Raise InputError for the first value for which `good`, shape (rows,), is false."""
        if not good.all():
            self.refuse(int(np.argmin(good)), name, allowed)


def read_table(path: Path, wanted: Sequence[Column]) -> Table:
    """Read the wanted columns of a text table.

    Parameters
    ----------
    path
        The file.
    wanted
        Columns to read.

    Returns
    -------
    Table
        The columns in the units asked for.

    Raises
    ------
    InputError
        If the file cannot be read, has no rows, or a header or value is invalid: names the line and the
        column.
    """
    header: Header | None = None
    ecsv = read_ecsv_header(path)
    rows: list[list[float]] = []
    lines: list[int] = []
    for number, line in numbered_lines(path):
        if line.startswith("#"):
            found = Header.parse(line.lstrip("# \t"), number)
            if not (rows or ecsv) and {column.name for column in wanted} <= set(found.names):
                header = found
            continue
        if not rows and header is None and not is_number(fields(line)[0]):
            header = Header.parse(line, number)
            if ecsv:
                units_given = [ecsv.units.get(name) for name in header.names]
                header = replace(header, units=units_given)
            continue
        if not rows and header is None:
            header = Header(0, [column.name for column in wanted], [None] * len(wanted))
        assert header is not None
        if not rows:
            check_names(path, header, wanted)
        rows.append(parse_row(path, number, line, header, wanted))
        lines.append(number)
    if not rows:
        raise InputError(f"{path}: no rows of {', '.join(c.name for c in wanted)}")
    assert header is not None
    wanted = [in_other_unit(header, column) for column in wanted]
    values = np.array(rows)
    columns = {
        column.name: values[:, place] * conversion(path, header, column)
        for place, column in enumerate(wanted)
    }
    places = {c.name: header.names.index(c.name) + 1 for c in wanted}
    others = frozenset(c.name for c in wanted if c.unit is not None and c.unit == c.other)
    return Table(path, columns, lines, places, others)


@dataclass(frozen=True, slots=True)
class Header:
    """Names and units of all columns of a file; line 0 if the file has none."""

    line: int
    names: list[str]
    units: list[str | None]

    @classmethod
    def parse(cls, text: str, line: int) -> Header:
        """Read names, each with a unit in brackets or without."""
        found = HEADER.findall(re.sub(r"\([^)]*\)", "", text))
        return cls(line, [name.lower() for name, _ in found], [unit or None for _, unit in found])


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a text file that are not blank, with their numbers."""
    for number, line in enumerate(read_text(path, "a text file").splitlines(), start=1):
        if line.strip():
            yield number, line.strip()


def fields(line: str) -> list[str]:
    """Fields of a line, separated by commas or else by blanks; a comment at its end is left out."""
    line = line.partition("#")[0]
    if '"' in line:
        separator = "," if "," in line else " "
        return next(csv.reader([line.strip()], delimiter=separator, skipinitialspace=True))
    return [part.strip() for part in line.split(",")] if "," in line else line.split()


def is_number(text: str) -> bool:
    """Whether a field is a number; Python's 1_000 is not what other programs read."""
    if "_" in text:
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_names(path: Path, header: Header, wanted: Sequence[Column]) -> None:
    """Refuse a header without a wanted column, or with one twice."""
    for column in wanted:
        count = header.names.count(column.name)
        if count != 1:
            fault = "no column" if count == 0 else "more than one column"
            raise InputError(
                f"{path}: line {header.line}: {fault} {column.name}; "
                f"the header must name {', '.join(c.name for c in wanted)}"
            )


def parse_row(
    path: Path, number: int, line: str, header: Header, wanted: Sequence[Column]
) -> list[float]:
    """Wanted values of one line."""
    row = fields(line)
    if len(row) != len(header.names):
        raise InputError(
            f"{path}: line {number}, column {min(len(row), len(header.names)) + 1}: {len(row)} fields; "
            f"expected {len(header.names)}, separated by commas or blanks: {', '.join(header.names)}"
        )
    values = []
    for column in wanted:
        place = header.names.index(column.name)
        kind = "a whole number" if column.whole else "a finite number"
        value = float(row[place]) if is_number(row[place]) else math.nan
        if not math.isfinite(value) or (column.whole and value != int(value)):
            raise InputError(
                f"{path}: line {number}, column {place + 1} ({column.name}) = {row[place]!r}: "
                f"must be {kind}"
            )
        values.append(value)
    return values


def in_other_unit(header: Header, column: Column) -> Column:
    """The column with its other unit as its unit, where the header gives one of that dimension."""
    given = header.units[header.names.index(column.name)]
    if given is None or column.other is None:
        return column
    try:
        units.Unit(given).to(units.Unit(column.other))
    except (ValueError, units.UnitConversionError):
        return column
    return replace(column, unit=column.other)


def conversion(path: Path, header: Header, column: Column) -> float:
    """Factor from the unit in the header to the one wanted."""
    place = header.names.index(column.name)
    where = f"{path}: line {max(header.line, 1)}, column {place + 1} ({column.name})"
    given = header.units[place]
    example = f"such as {column.name} [{column.unit or '1'}]"
    if given is None and column.unit is None:
        return 1.0
    if given is None:
        lacking = "the header must name one" if header.line else f"no line names {column.name}"
        raise InputError(f"{where}: has no unit; {lacking}, {example}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", units.UnitsWarning)
            return float(units.Unit(given).to(units.Unit(column.unit or "")))
    except units.UnitConversionError:
        raise InputError(
            f"{where}: unit {given!r} has another dimension; expected one {example}"
        ) from None
    except ValueError:
        raise InputError(f"{where}: {given!r} is not a unit; expected one {example}") from None
