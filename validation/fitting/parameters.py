"""Parameters of the models of C_ℓ: their units, allowed values and defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from eddysky.simulator.config.collisions import NAMED
from eddysky.simulator.config.energy_response import Rigidities
from eddysky.simulator.config.free_path import BUILT_IN
from eddysky.simulator.config.given_rigidities import WIDEST
from eddysky.simulator.config.quantities import PROTON_REST_ENERGY
from eddysky.simulator.errors import InputError

__all__ = [
    "AMPLITUDE",
    "EXPONENT",
    "NOISE",
    "RIGIDITIES",
    "TRANSPORT",
    "Parameter",
    "Value",
    "number",
]

Value = float | str | Rigidities

# Energy response and composition together, where they are not a log-normal response alone.
RIGIDITIES = "rigidities"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a model: a number, a word, or either.

    Parameters
    ----------
    name
        Name on the command line and in the configuration.
    unit
        Unit of its values; empty for pure numbers and words.
    allowed
        Allowed values, in words.
    low, high
        Range of allowed numbers; empty if only words are allowed.
    default
        Value unless fixed otherwise; None: it is fitted.
    closed
        Whether `low` and `high` are allowed.
    whole
        Whether it must be a whole number.
    words
        Allowed words.
    """

    name: str
    unit: str
    allowed: str
    low: float
    high: float
    default: Value | None = None
    closed: bool = False
    whole: bool = False
    words: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether numbers are allowed."""
        return self.low < self.high

    def check(self, value: Value) -> None:
        """Refuse a value that is not allowed.

        Raises
        ------
        InputError
            Names the parameter, the value and what is allowed.
        """
        if isinstance(value, Rigidities):
            good, given = self.name == RIGIDITIES, "of a configuration"
        elif isinstance(value, str):
            good, given = value in self.words, value
        else:
            inside = self.low < value < self.high
            inside = inside or (self.closed and value in (self.low, self.high))
            good = inside and not (self.whole and value != int(value))
            given = f"{value:.10g} {self.unit}".strip()
        if not good:
            raise InputError(f"{self.name} = {given}: must be {self.allowed}")


def number(values: Mapping[str, Value], name: str) -> float:
    """Value of a parameter that is a number."""
    value = values[name]
    assert not isinstance(value, Rigidities)
    return float(value)


def _positive(name: str, unit: str, default: float | None) -> Parameter:
    """A positive number."""
    return Parameter(name, unit, "positive and finite", 0.0, math.inf, default)


def _choice(name: str, words: tuple[str, ...]) -> Parameter:
    """One of a few words, the first by default."""
    allowed = f"one of {', '.join(words)}"
    return Parameter(name, "", allowed, 0.0, 0.0, words[0], words=words)


def _count(name: str, *words: str) -> Parameter:
    """A whole number, 1 by default, or one of some words."""
    allowed = " or ".join(("a whole number from 1 to 10000", *words))
    return Parameter(name, "", allowed, 1, 10_000, 1, closed=True, whole=True, words=words)


NOISE = Parameter("noise", "", "zero or positive", 0.0, math.inf, 0.0, closed=True)

TRANSPORT = (
    _positive("velocity_dispersion", "km/s", None),
    Parameter("index", "", "above 1 and below 3", 1.0, 3.0),
    _choice("free_path", BUILT_IN),
    _count("erlang_order"),
    _count("scatterings", "stationary"),
    _choice("collisions", tuple(NAMED)),
    _choice("frame", ("fluid", "observer")),
    _positive("mean_free_path", "pc", 10.0),
    _positive("reference_scale", "pc", 10.0),
    Parameter("transverse_fraction", "", "0 to 1", 0.0, 1.0, 2 / 3, closed=True),
    Parameter("spectral_index", "", "above -2 and at most 10", -2.0, 10.0, 2.7),
    *(
        Parameter(
            name, "TeV", f"above the rest energy of a proton, {PROTON_REST_ENERGY:.6g} TeV",
            PROTON_REST_ENERGY, math.inf, 10.0,
        )
        for name in ("energy", "reference_energy")
    ),
    Parameter("scattering_index", "", "0 to 4", 0.0, 4.0, 5 / 3, closed=True),
    Parameter("energy_width", "", f"0 to {WIDEST:g}", 0.0, WIDEST, 0.0, closed=True),
    Parameter(
        RIGIDITIES, "", "none, or that of --config", 0.0, 0.0, "none", words=("none",)
    ),
    Parameter("outer_scale", "pc", "above inner_scale", 0.0, math.inf, math.inf, closed=True),
    Parameter("inner_scale", "pc", "positive, below outer_scale", 0.0, math.inf, 0.0, closed=True),
    NOISE,
)  # fmt: skip

AMPLITUDE = _positive("amplitude", "", None)
EXPONENT = Parameter("exponent", "", "above 0 and below 1", 0.0, 1.0)
