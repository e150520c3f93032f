"""Energy response of a detector and mass composition: the rigidities of the particles that make one sky.

A sky of median energy E_med is a mean over the energies E that the detector mixes, and over charges Z. Rigidity
decides: with y = ln(E/E_med) − ln Z, the mean free path is λ e^((2−γ_g) y) and the Larmor radius r_L e^y. The flow is
the same at all of them, so that every a_ℓm is averaged, and not C_ℓ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Protocol

import numpy as np
from astropy import units
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from eddysky.simulator.config.base import plain
from eddysky.simulator.config.given_functions import is_numbers
from eddysky.simulator.config.reading import named_file
from eddysky.simulator.config.spectrum import natural_log
from eddysky.simulator.config.text_table import Column, Table, read_table

__all__ = [
    "Composition",
    "EnergyResponse",
    "GivenComposition",
    "GivenResponse",
    "LogNormalResponse",
    "ResponseTable",
    "Rigidities",
]

Array = NDArray[np.float64]

COLUMNS = (Column("energy", other="TeV"), Column("response"))
# Smaller steps in ln E are one energy, for which rounding would matter.
NARROWEST, WIDEST = 1e-6, 3.0
# More rows would take predictions minutes.
MOST_ROWS = 1000
LOWEST, HIGHEST = 1e-9, 1e9
HEAVIEST = 118
# A log-normal response ends where 1e-12 of the particles lie beyond, half of them on either side.
REACH = 7.131
# How far the sum of the fractions may be from one.
ROUNDING = 1e-6


class EnergyResponse(Protocol):
    """Distribution of x = ln(E/E_med)."""

    @property
    def low(self) -> float:
        """Where the distribution begins."""

    @property
    def high(self) -> float:
        """Where it ends."""

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Values of x inside (low, high) at which the density has a kink, ascending."""

    @property
    def words(self) -> str:
        """The response in words, for titles."""

    def density(self, x: ArrayLike) -> Array:
        """Probability per unit of x, of the shape of x; zero or negligible outside."""

    def quantile(self, probability: ArrayLike) -> Array:
        """Values of x below which a particle lies with these probabilities, inside (0, 1)."""


@dataclass(frozen=True, slots=True)
class LogNormalResponse:
    """Normal distribution of x = ln(E/E_med) about zero.

    Parameters
    ----------
    width
        Its standard deviation, above 0.
    """

    width: float

    @property
    def low(self) -> float:
        """Below lie 5e-13 of the particles."""
        return -REACH * self.width

    @property
    def high(self) -> float:
        """Above lie as many."""
        return REACH * self.width

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """None."""
        return ()

    @property
    def words(self) -> str:
        """With its width."""
        return rf"$\sigma$(ln E) = {self.width:.3g}"

    def density(self, x: ArrayLike) -> Array:
        """Gaussian of this width."""
        scaled = np.asarray(x, dtype=np.float64) / self.width
        return np.float_power(math.e, -0.5 * scaled**2) / (self.width * math.sqrt(2 * math.pi))

    def quantile(self, probability: ArrayLike) -> Array:
        """Inverse of the normal distribution."""
        from scipy.special import ndtri

        return np.asarray(self.width * ndtri(probability))


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """Table of the response per unit of ln E, interpolated linearly in ln E and zero outside.

    Parameters
    ----------
    energies
        E/E_med, ascending.
    values
        Response, of any normalisation.
    """

    energies: tuple[float, ...]
    values: tuple[float, ...]
    # Kept, as each of thousands of averages needs them: ln of the energies, and the integral of the values up to each.
    places: Array = field(init=False, repr=False, compare=False)
    _below: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places, values = natural_log(self.energies), np.array(self.values)
        steps = 0.5 * (values[1:] + values[:-1]) * np.diff(places)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "_below", np.cumsum(np.append(0.0, steps)))

    @property
    def low(self) -> float:
        """The first row."""
        return float(self.places[0])

    @property
    def high(self) -> float:
        """The last."""
        return float(self.places[-1])

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The rows between."""
        return tuple(self.places[1:-1].tolist())

    @property
    def words(self) -> str:
        """With its ends."""
        return (
            f"response of a table from {self.energies[0]:.3g} to {self.energies[-1]:.3g} times that"
        )

    def density(self, x: ArrayLike) -> Array:
        """The response, normalised to one."""
        found = np.interp(np.asarray(x), self.places, self.values, left=0.0, right=0.0)
        return np.asarray(found / self._below[-1])

    def quantile(self, probability: ArrayLike) -> Array:
        """Inverse of the distribution function, which is quadratic between rows."""
        x, values, below = self.places, np.array(self.values), self._below
        wanted = np.asarray(probability) * below[-1]
        row = np.clip(np.searchsorted(below, wanted) - 1, 0, len(x) - 2)
        slope = (values[row + 1] - values[row]) / (x[row + 1] - x[row])
        rest = wanted - below[row]
        root = np.sqrt(np.maximum(values[row] ** 2 + 2 * slope * rest, 0.0))
        step = 2 * rest / np.maximum(values[row] + root, np.finfo(np.float64).tiny)
        return np.asarray(np.minimum(x[row] + step, x[row + 1]))


@dataclass(frozen=True, slots=True)
class Composition:
    """Charges of the nuclei and their parts of the particles, at the same energies.

    Parameters
    ----------
    charges
        Z, ascending.
    fractions
        Parts of the particles, of sum one.
    """

    charges: tuple[int, ...]
    fractions: tuple[float, ...]

    @property
    def words(self) -> str:
        """The charges with their parts."""
        parts = zip(self.charges, self.fractions, strict=True)
        return " + ".join(f"{part:.3g} of charge {charge}" for charge, part in parts)


@dataclass(frozen=True, slots=True)
class Rigidities:
    """Distribution of y = ln(rigidity/E_med), rigidity = E/Z, of the particles of one sky.

    Parameters
    ----------
    parts
        For each charge −ln Z and the fraction of its particles.
    response
        Distribution of x = y + ln Z, the same for all charges; None: all particles have x = 0.

    Examples
    --------
    >>> from eddysky.simulator.config import Config
    >>> Config().rigidities is None
    True
    >>> rays = {"composition": {"charges": [1, 2], "fractions": [0.75, 0.25]}}
    >>> Config(cosmic_rays=rays).rigidities.quantile([0.5, 0.9])
    array([ 0.        , -0.69314718])
    """

    parts: tuple[tuple[float, float], ...]
    response: EnergyResponse | None

    @property
    def low(self) -> float:
        """Lowest y."""
        return min(shift for shift, _ in self.parts) + (self.response.low if self.response else 0)

    @property
    def high(self) -> float:
        """Highest y."""
        return max(shift for shift, _ in self.parts) + (self.response.high if self.response else 0)

    @property
    def nearly_lowest(self) -> float:
        """Value of y below which at most 1e-4 of the particles of any charge lie."""
        smallest = 0.0 if self.response is None else float(self.response.quantile(1e-4))
        return min(shift for shift, _ in self.parts) + smallest

    def quantile(self, probability: ArrayLike) -> Array:
        """Y of particles with uniform deviates inside (0, 1): ascending for each charge, one charge after the other."""
        deviates = np.asarray(probability, dtype=np.float64)
        shifts, fractions = (np.array(part) for part in zip(*self.parts, strict=True))
        ends = np.cumsum(fractions)
        part = np.minimum(np.searchsorted(ends, deviates), len(ends) - 1)
        if self.response is None:
            return np.asarray(shifts[part])
        inside = (deviates - (ends - fractions)[part]) / fractions[part]
        # Rounding must not reach the ends, of infinite quantiles.
        tiny = 2.0**-53
        return np.asarray(shifts[part] + self.response.quantile(np.clip(inside, tiny, 1 - tiny)))


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
