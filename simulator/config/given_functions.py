"""Tables of w(k) and β(k) in a configuration.

A configuration names a text file (see `text_table`) or holds the numbers themselves, as results files do:
{ wavenumber = [...], spectrum = [...] } in 1/pc and km² s⁻² pc. A file is found from the folder of the TOML file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from astropy import units
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from eddysky.simulator.config.outside_spectrum import FEWEST, SampledSpectrum
from eddysky.simulator.config.reading import named_file
from eddysky.simulator.config.spectrum import FractionTable, SpectrumTable, TableOfValues
from eddysky.simulator.config.text_table import Column, Table, read_table

__all__ = ["GivenFraction", "GivenSpectrum", "is_numbers"]

Array = NDArray[np.float64]

WAVENUMBER = Column("wavenumber", "1/pc")
SPECTRUM = Column("spectrum", "km2 pc / s2")
FRACTION = Column("transverse_fraction")


def read_spectrum(given: Any, info: ValidationInfo) -> TableOfValues:
    """Parse the table of w(k) of a configuration.

    Raises
    ------
    ValueError
        If it is neither a file nor a table, k is not positive and increasing, w is negative, or w is
        zero everywhere.
    """
    if isinstance(given, SpectrumTable | SampledSpectrum):
        return given
    if isinstance(given, Mapping) and "breakpoints" in given:
        return read_samples(given)
    wavenumbers, values = columns(given, SPECTRUM, info)
    if not np.any((values[1:] > 0) & (values[:-1] > 0)):
        raise ValueError("spectrum: must be positive at two neighbouring wavenumbers at least")
    return SpectrumTable(tuple(wavenumbers.tolist()), tuple(values.tolist()))


def read_samples(given: Mapping[str, Any]) -> SampledSpectrum:
    """Parse w(k) sampled by `outside_spectrum`, from results files: { breakpoints = [...], spectrum = [...] }."""
    if set(given) != {"breakpoints", SPECTRUM.name}:
        raise ValueError(
            f"{', '.join(map(str, given))}: expected the keys breakpoints and {SPECTRUM.name}"
        )
    for name, values in given.items():
        if not is_numbers(values):
            raise ValueError(f"{name}: must be a list of finite numbers")
    edges, values = list(given["breakpoints"]), list(given[SPECTRUM.name])
    if len(edges) < 2 or edges[0] <= 0 or any(np.diff(edges) <= 0):
        raise ValueError("breakpoints: must be two or more numbers that increase from above zero")
    if len(values) % (len(edges) - 1) or len(values) < FEWEST * (len(edges) - 1):
        raise ValueError(
            f"{SPECTRUM.name}: must be equally many values for each interval, {FEWEST} at least"
        )
    if min(values) < 0 or max(values) == 0:
        raise ValueError(f"{SPECTRUM.name}: must not be negative, nor all zero")
    return SampledSpectrum(tuple(map(float, edges)), tuple(map(float, values)))


def read_fraction(given: Any, info: ValidationInfo) -> float | FractionTable:
    """Parse β or the table of β(k) of a configuration.

    Raises
    ------
    ValueError
        If it is not a number from 0 to 1, a file, or a table of such numbers.
    """
    if isinstance(given, FractionTable):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool):
        if not 0 <= given <= 1:
            raise ValueError("must be from 0 to 1")
        return float(given)
    wavenumbers, values = columns(given, FRACTION, info)
    return FractionTable(tuple(wavenumbers.tolist()), tuple(values.tolist()))


def columns(given: Any, column: Column, info: ValidationInfo) -> tuple[Array, Array]:
    """Read and check wavenumbers and values from a file or from the numbers themselves."""
    if isinstance(given, str) and given.strip():
        table = read_table(named_file(given, info), [WAVENUMBER, column])
    elif isinstance(given, Mapping):
        table = inline_table(given, column)
    else:
        raise ValueError(
            f"expected the name of a text file with the columns wavenumber and {column.name}"
        )
    if len(table.lines) < 2:
        raise ValueError(f"{table.path or column.name}: needs at least two rows")
    k, values = table["wavenumber"], table[column.name]
    table.require("wavenumber", k > 0, "must be positive")
    table.require("wavenumber", np.append(True, np.diff(k) > 0), "must increase from row to row")
    table.require(column.name, values >= 0, "must not be negative")
    if column is FRACTION:
        table.require(column.name, values <= 1, "must be from 0 to 1")
    return k, values


def inline_table(given: Mapping[str, Any], column: Column) -> Table:
    """Table of the numbers written in the configuration."""
    names = ["wavenumber", column.name]
    dimensions = {name: part.unit for name, part in zip(names, (WAVENUMBER, column), strict=True)}
    given = {name: numbers(values, dimensions.get(name)) for name, values in given.items()}
    if set(given) != set(names):
        raise ValueError(f"{', '.join(map(str, given))}: expected the keys {' and '.join(names)}")
    for name in names:
        if not is_numbers(given[name]):
            raise ValueError(f"{name}: must be a list of finite numbers")
    if len(given[names[0]]) != len(given[names[1]]):
        raise ValueError(f"{names[1]}: must have as many numbers as {names[0]}")
    rows = len(given[names[0]])
    return Table(
        None,
        {name: np.array(given[name], dtype=np.float64) for name in names},
        list(range(1, rows + 1)),
        {name: place for place, name in enumerate(names, start=1)},
    )


def numbers(values: Any, unit: str | None) -> Any:
    """Convert arrays and Quantities to lists of numbers in a unit."""
    if isinstance(values, units.Quantity):
        try:
            values = values.to_value(unit or "")
        except units.UnitConversionError:
            raise ValueError(f"{values.unit} is not convertible to {unit}") from None
    return values.tolist() if isinstance(values, np.ndarray) else values


def is_numbers(values: Any) -> bool:
    """Whether this is a list of finite numbers."""
    return isinstance(values, Sequence) and all(
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < math.inf
        # Python integers may exceed the range of floats.
        and (isinstance(value, float) or value.bit_length() < 1024)
        for value in values
    )


def dump_spectrum(table: SpectrumTable | SampledSpectrum) -> dict[str, list[float]]:
    """The numbers, for TOML."""
    if isinstance(table, SampledSpectrum):
        return {"breakpoints": list(table.wavenumbers), "spectrum": list(table.values)}
    return {"wavenumber": list(table.wavenumbers), "spectrum": list(table.values)}


def dump_fraction(fraction: float | FractionTable) -> float | dict[str, list[float]]:
    """The number or numbers, for TOML."""
    if isinstance(fraction, float):
        return fraction
    return {
        "wavenumber": list(fraction.wavenumbers),
        "transverse_fraction": list(fraction.values),
    }


# Any, because these functions do all the validation.
GivenSpectrum = Annotated[Any, BeforeValidator(read_spectrum), PlainSerializer(dump_spectrum)]
GivenFraction = Annotated[Any, BeforeValidator(read_fraction), PlainSerializer(dump_fraction)]
