"""Dimensional values: strings with units in configurations, floats in fixed units internally.

Lengths are in pc, speeds in km/s, energies in TeV, density gradients in 1/pc and velocity gradients in
km/s/pc. Astropy parses each value once, when the configuration is made.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from astropy import constants, units
from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, ValidationError

__all__ = [
    "PROTON_REST_ENERGY",
    "SLOWEST",
    "SPEED_OF_LIGHT",
    "Energy",
    "FieldStrength",
    "InverseLength",
    "Length",
    "Speed",
    "SpeedPerLength",
    "SpeedSpread",
    "larmor_radius",
    "proton_speed",
    "read_quantity",
]

SPEED_OF_LIGHT = float(constants.c.to_value("km/s"))
PROTON_REST_ENERGY = float((constants.m_p * constants.c**2).to_value("TeV"))
# Of a unit charge with pc = 1 TeV in 1 μG [pc].
UNIT_LARMOR_RADIUS = float(
    (1 * units.TeV / (constants.e.si * constants.c * units.uG)).to_value("pc")
)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A physical dimension: its internal unit, an example, and the values allowed."""

    kind: str
    unit: str
    example: str
    allowed: str = ""
    accepts: Callable[[float], bool] = math.isfinite

    def read(self, given: Any) -> float:
        """Parse a value; a text that was read before is not parsed again."""
        return self.read_text(given) if isinstance(given, str) else self.read_once(given)

    @lru_cache(maxsize=1024)  # noqa: B019 (there are only the dimensions below)
    def read_text(self, text: str) -> float:
        """Parse a text."""
        return self.read_once(text)

    def read_once(self, given: Any) -> float:
        """Parse a value without astropy's warning about repeated slashes, as in "km/s/pc"."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", units.UnitsWarning)
            try:
                return self.parse(given)
            except OverflowError:
                # Of powers of units, in older astropy.
                raise ValueError(f"is beyond all numbers; expected {self.kind}") from None

    def parse(self, given: Any) -> float:
        """Value in `unit` of a string such as the example, or of an astropy Quantity.

        Raises
        ------
        ValueError
            If the number or the unit cannot be read, has the wrong dimension or is not allowed.
        """
        wanted = f'expected {self.kind} with its unit, such as "{self.example}"'
        if isinstance(given, bool) or not isinstance(given, str | units.Quantity):
            raise ValueError(wanted)
        try:
            quantity = units.Quantity(given)
        except (TypeError, ValueError):
            raise ValueError(wanted + hint(given)) from None
        if not quantity.isscalar:
            raise ValueError(wanted)
        if quantity.unit == units.dimensionless_unscaled:
            raise ValueError(wanted)
        try:
            # Plus zero: −0 and 0 are one value, and one configuration.
            value = float(quantity.to_value(self.unit)) + 0.0
        except units.UnitConversionError:
            raise ValueError(f"{quantity.unit} is not the unit of {self.kind}; {wanted}") from None
        if not math.isfinite(value) or not self.accepts(value):
            raise ValueError(f"must be {self.allowed or 'finite'}")
        return value

    def format(self, value: float) -> str:
        """Shortest string that parses to the same value."""
        return f"{value!r}".removesuffix(".0") + f" {self.unit}"


def hint(given: Any) -> str:
    """Name the part of a string that astropy cannot read as a unit."""
    unit = re.sub(r"^\s*[-+.\d]+([eE][-+]?\d+)?", "", str(given)).strip()
    return f"; {unit!r} is not a unit" if unit and not is_unit(unit) else ""


def is_unit(text: str) -> bool:
    """Whether astropy reads the text as a unit."""
    try:
        units.Unit(text)
    except (ValueError, OverflowError):
        return False
    return True


def annotated(dimension: Dimension) -> Any:
    """Pydantic field type: a float in Python, a string with a unit in TOML."""
    return Annotated[
        float, BeforeValidator(dimension.read), PlainSerializer(dimension.format, return_type=str)
    ]


def positive(value: float) -> bool:
    """Whether the value is above zero."""
    return value > 0


# Far beyond any interstellar scale, and safe from overflow in every formula.
SHORTEST, LONGEST = 1e-30, 1e30
Length = annotated(
    Dimension(
        "a length",
        "pc",
        "10 pc",
        f"positive and finite, from {SHORTEST:g} to {LONGEST:g} pc",
        lambda value: SHORTEST <= value <= LONGEST,
    )
)
Energy = annotated(Dimension("an energy", "TeV", "10 TeV", "positive and finite", positive))
Speed = annotated(Dimension("a speed", "km/s", "20 km/s"))
# The signal of slower flows is comparable to rounding errors.
SLOWEST = 1e-6
SpeedSpread = annotated(
    Dimension(
        "a speed",
        "km/s",
        "20 km/s",
        "zero, or positive and finite from 1e-6 km/s on",
        lambda value: value == 0 or value >= SLOWEST,
    )
)
FieldStrength = annotated(
    Dimension(
        "a magnetic field strength",
        "uG",
        "3 uG",
        "positive and finite, from 1e-12 to 1e+24 uG",
        lambda value: 1e-12 <= value <= 1e24,
    )
)
InverseLength = annotated(Dimension("an inverse length", "1/pc", "0.001 1/pc"))
SpeedPerLength = annotated(Dimension("a velocity gradient", "km/s/pc", "0.1 km/s/pc"))


def proton_speed(energy: float) -> float:
    """V = pc²/E [km/s] of a proton of total energy E [TeV], above its rest energy."""
    return SPEED_OF_LIGHT * math.sqrt(1 - (PROTON_REST_ENERGY / energy) ** 2)


def larmor_radius(energy: float, charge: int, strength: float) -> float:
    """r_L = p/(ZeB) [pc] of a proton's mass, total energy E [TeV] and charge Z in B [μG]; negative for Z < 0."""
    momentum = energy * math.sqrt(1 - (PROTON_REST_ENERGY / energy) ** 2)
    return UNIT_LARMOR_RADIUS * momentum / (charge * strength)


def read_quantity(text: str, unit: str) -> float:
    """Parse a string with a unit of length, speed or energy.

    Parameters
    ----------
    text
        Such as "10 pc".
    unit
        Unit of the result: pc, km/s or TeV.

    Returns
    -------
    float
        The value in that unit.

    Raises
    ------
    ValueError
        If the number or the unit cannot be read, has the wrong dimension or is not allowed.
    """
    kinds = {"pc": Length, "km/s": Speed, "TeV": Energy}
    try:
        return float(TypeAdapter(kinds[unit]).validate_python(text))
    except ValidationError as error:
        raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None
