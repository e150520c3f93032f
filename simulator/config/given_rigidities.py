"""Energy responses and compositions of configurations: validation and TOML form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from astropy import units
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from eddysky.simulator.config.base import plain
from eddysky.simulator.config.energy_response import (
    Composition,
    EnergyResponse,
    LogNormalResponse,
    ResponseTable,
)
from eddysky.simulator.config.given_functions import is_numbers
from eddysky.simulator.config.reading import named_file
from eddysky.simulator.config.text_table import Column, Table, read_table

__all__ = ["WIDEST", "GivenComposition", "GivenResponse"]

COLUMNS = (Column("energy", other="TeV"), Column("response"))
# Smaller steps in ln E are one energy, for which rounding would matter.
NARROWEST, WIDEST = 1e-6, 3.0
# More rows would take predictions minutes.
MOST_ROWS = 1000
LOWEST, HIGHEST = 1e-9, 1e9
HEAVIEST = 118
# How far the sum of the fractions may be from one.
ROUNDING = 1e-6
RESPONSES = (
    'expected { width = 0.7 }, the standard deviation of ln E, or { table = "FILE" }, a text file with the columns '
    "energy (over cosmic_rays.energy, or with a unit) and response (per unit of ln E)"
)
COMPOSITIONS = "expected { charges = [1, 2, 26], fractions = [0.5, 0.3, 0.2] }"


def read_response(given: Any, info: ValidationInfo) -> EnergyResponse | None:
    """Parse the energy response of a configuration; a width of zero is none.

    Raises
    ------
    ValueError
        If it is neither a width up to 3 nor a valid table.
    """
    if given is None:
        return None
    if isinstance(given, LogNormalResponse | ResponseTable):
        given = dump_response(given)
    keys = set(given) if isinstance(given, Mapping) else set()
    if keys == {"width"}:
        width = plain(given["width"])
        good = type(width) in (int, float) and (width == 0 or NARROWEST <= width <= WIDEST)
        if not good:
            raise ValueError(f"width: must be 0, or a number from {NARROWEST:g} to {WIDEST:g}")
        return LogNormalResponse(float(width)) if width > 0 else None
    # Of the same section; missing where it is not valid itself.
    median = info.data.get("energy", 1.0)
    if keys == {"table"}:
        name = given["table"]
        if not isinstance(name, str) or not name.strip():
            raise ValueError("table: must be the name of a text file")
        table = read_table(named_file(name, info), COLUMNS)
        if "energy" in table.others:
            table = replace(table, columns=table.columns | {"energy": table["energy"] / median})
        return checked_table(table)
    if keys != {"energy", "response"}:
        raise ValueError(RESPONSES)
    energies = given["energy"]
    if isinstance(energies, units.Quantity) and energies.unit.is_equivalent("TeV"):
        energies = energies.to_value("TeV") / median
    columns = {"energy": listed(energies), "response": listed(given["response"])}
    for name, values in columns.items():
        if not is_numbers(values):
            raise ValueError(f"{name}: must be a list of finite numbers")
    if len(columns["energy"]) != len(columns["response"]):
        raise ValueError("response: must have as many numbers as energy")
    arrays = {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
    return checked_table(Table(None, arrays, [*range(len(arrays["energy"]))], {}))


def checked_table(table: Table) -> ResponseTable:
    """The response, if energies and values are valid."""
    energies, values = table["energy"], table["response"]
    if not 2 <= len(energies) <= MOST_ROWS:
        raise ValueError(f"{table.path or 'energy'}: needs from 2 to {MOST_ROWS} rows")
    inside = (energies >= LOWEST) & (energies <= HIGHEST)
    table.require("energy", inside, f"must be from {LOWEST:g} to {HIGHEST:g} times the median")
    rising = np.diff(energies) >= NARROWEST * energies[:-1]
    table.require("energy", np.append(True, rising), f"must increase, by {NARROWEST:g} of itself")
    table.require("response", values >= 0, "must not be negative")
    if not 1e-100 < np.max(values) < 1e100:
        raise ValueError(f"response: its largest value is {np.max(values):g}; must be positive")
    return ResponseTable(tuple(energies.tolist()), tuple(values.tolist()))


def listed(values: Any) -> Any:
    """A list or array of Python's own numbers; anything else as it is."""
    values = plain(values)
    return [*map(plain, values)] if isinstance(values, list | tuple) else values


def dump_response(response: EnergyResponse) -> dict[str, Any]:
    """The width or the numbers, for TOML."""
    if isinstance(response, ResponseTable):
        return {"energy": list(response.energies), "response": list(response.values)}
    assert isinstance(response, LogNormalResponse)
    return {"width": response.width}


def read_composition(given: Any) -> Composition | None:
    """Parse the mass composition of a configuration; particles of charge one alone are none.

    Raises
    ------
    ValueError
        If it is not a table of charges and fractions, or these are not valid.
    """
    if given is None:
        return None
    if isinstance(given, Composition):
        given = dump_composition(given)
    if not isinstance(given, Mapping) or set(given) != {"charges", "fractions"}:
        raise ValueError(COMPOSITIONS)
    charges, fractions = listed(given["charges"]), listed(given["fractions"])
    for name, values in (("charges", charges), ("fractions", fractions)):
        if not is_numbers(values) or len(values) == 0:
            raise ValueError(f"{name}: must be a list of numbers; {COMPOSITIONS}")
    if len(charges) != len(fractions):
        raise ValueError(
            f"{len(charges)} charges and {len(fractions)} fractions: must be equally many"
        )
    for charge in charges:
        if type(charge) is not int or not 1 <= charge <= HEAVIEST:
            raise ValueError(f"charges: {charge!r} must be a whole number from 1 to {HEAVIEST}")
    if len(set(charges)) < len(charges):
        raise ValueError("charges: must not repeat")
    for fraction in fractions:
        if not 0 < fraction <= 1:
            raise ValueError(f"fractions: {fraction!r} must be above 0 and at most 1")
    total = math.fsum(fractions)
    if abs(total - 1) > ROUNDING:
        raise ValueError(f"fractions: add up to {total:.10g}; must add up to 1")
    parts = sorted(zip(charges, fractions, strict=True))
    if [*charges] == [1]:
        return None
    return Composition(tuple(z for z, _ in parts), tuple(float(part) for _, part in parts))


def dump_composition(composition: Composition) -> dict[str, Any]:
    """Charges and fractions, for TOML."""
    return {"charges": list(composition.charges), "fractions": list(composition.fractions)}


# Any, because these functions do all the validation.
GivenResponse = Annotated[Any, BeforeValidator(read_response), PlainSerializer(dump_response)]
GivenComposition = Annotated[
    Any, BeforeValidator(read_composition), PlainSerializer(dump_composition)
]
