"""Collision operators: the rates at which scattering relaxes the multipoles of the distribution function.

An isotropic collision operator multiplies the part of f of degree ℓ in the directions of momentum by −ν_ℓ. In units of
v/λ, with λ the transport mean free path, ν_0 = 0 (particles are conserved) and ν_1 = 1 (the definition of λ).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from eddysky.simulator.config.base import plain
from eddysky.simulator.config.reading import named_file
from eddysky.simulator.config.text_table import Column, read_table

__all__ = [
    "CONTINUAL",
    "NAMED",
    "Bgk",
    "CollisionOperator",
    "GivenCollisions",
    "RateTable",
    "SmallAngle",
    "names_file",
    "operator_name",
]

Array = NDArray[np.float64]

COLUMNS = (Column("ell", whole=True), Column("rate"))
# Rates are given to at most this multipole: more numbers than that are a slip.
MOST_RATES = 10_000
# Rates beyond are no scattering of particles, and would overflow.
SLOWEST_RATE, FASTEST_RATE = 1e-12, 1e12
# How far ν_1 of a table may be from one.
ROUNDING = 1e-9


class CollisionOperator(Protocol):
    """An isotropic collision operator."""

    @property
    def words(self) -> str:
        """The operator in words, for titles."""

    def rates(self, lmax: int) -> Array:
        """ν_ℓ [v/λ] for ℓ = 0…lmax, shape (lmax + 1,)."""


@dataclass(frozen=True, slots=True)
class Bgk:
    """Each collision gives an isotropic direction: ν_ℓ = 1 for all ℓ ≥ 1."""

    @property
    def words(self) -> str:
        """The operator in words."""
        return "BGK collisions"

    def rates(self, lmax: int) -> Array:
        """One, but zero for ℓ = 0."""
        return np.asarray(np.minimum(np.arange(lmax + 1.0), 1.0))


@dataclass(frozen=True, slots=True)
class SmallAngle:
    """Many small deflections, a diffusion of directions on the sphere: ν_ℓ = ℓ(ℓ+1)/2."""

    @property
    def words(self) -> str:
        """The operator in words."""
        return "small-angle scattering"

    def rates(self, lmax: int) -> Array:
        """ℓ(ℓ+1)/2."""
        ell = np.arange(lmax + 1.0)
        return np.asarray(ell * (ell + 1) / 2)


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates given one by one.

    Parameters
    ----------
    values
        ν_1, ν_2, …, the first of them 1. The last holds for all higher multipoles.
    """

    values: tuple[float, ...]

    @property
    def words(self) -> str:
        """The operator in words."""
        return f"collision rates of a table up to ℓ = {len(self.values)}"

    def rates(self, lmax: int) -> Array:
        """ν_0 = 0, the values, and the last of them from there on."""
        ell = np.minimum(np.arange(lmax + 1), len(self.values))
        return np.array([0.0, *self.values])[ell]


# What operators other than BGK, which act all the time, have as free path and number of scatterings.
CONTINUAL = {"free_path": "exponential", "scatterings": "stationary"}
NAMED: dict[str, CollisionOperator] = {"bgk": Bgk(), "small-angle": SmallAngle()}
ALLOWED = (
    'expected "bgk", "small-angle", or rates: a table { ell = [1, 2, ...], rate = [1.0, ...] } or the '
    "name of a text file with these columns"
)


def read_collisions(given: Any, info: ValidationInfo) -> CollisionOperator:
    """Parse the collision operator of a configuration.

    Raises
    ------
    ValueError
        If it is neither a known name nor a file or table of rates; or if rates are missing, too small or large, or ν_1
        is not 1.
    """
    if isinstance(given, Bgk | SmallAngle):
        return given
    if isinstance(given, RateTable):
        return checked_table(list(range(1, len(given.values) + 1)), list(given.values))
    if isinstance(given, str) and given in NAMED:
        return NAMED[given]
    if names_file(given):
        table = read_table(named_file(given, info), COLUMNS)
        return checked_table(table["ell"].tolist(), table["rate"].tolist())
    if not isinstance(given, Mapping):
        raise ValueError(ALLOWED)
    if set(given) != {"ell", "rate"}:
        raise ValueError(f"{', '.join(map(str, given)) or 'empty table'}: {ALLOWED}")
    ells, rates = (plain(given[name]) for name in ("ell", "rate"))
    if not isinstance(ells, list | tuple) or not isinstance(rates, list | tuple):
        raise ValueError("ell and rate: must be lists of numbers")
    return checked_table([*map(plain, ells)], [*map(plain, rates)])


def names_file(given: Any) -> bool:
    """Whether a value is the name of a file; names of operators have neither dots nor slashes."""
    return isinstance(given, str) and ("." in given or "/" in given)


def checked_table(ells: Sequence[Any], rates: Sequence[Any]) -> RateTable:
    """Table of rates, if they are valid."""
    if not 1 <= len(ells) <= MOST_RATES or len(ells) != len(rates):
        raise ValueError(
            f"{len(ells)} values of ell and {len(rates)} of rate: must be equally many, from 1 to {MOST_RATES}"
        )
    if [*ells] != list(range(1, len(ells) + 1)) or isinstance(ells[0], bool):
        raise ValueError("ell: must be 1, 2, 3, ... without gaps")
    for ell, rate in enumerate(rates, 1):
        if type(rate) not in (int, float) or not SLOWEST_RATE <= rate <= FASTEST_RATE:
            raise ValueError(
                f"rate: that of ell = {ell} is {rate!r}; must be a number from {SLOWEST_RATE:g} to {FASTEST_RATE:g}"
            )
    if abs(rates[0] - 1) > ROUNDING:
        raise ValueError(
            f"rate: that of ell = 1 is {rates[0]:g}; must be 1, as the unit is v/λ with λ the transport mean free path"
        )
    return RateTable(tuple(float(rate) for rate in rates))


def operator_name(operator: CollisionOperator) -> str:
    """The name of an operator; "table" for rates given one by one."""
    return next((name for name, known in NAMED.items() if operator == known), "table")


def dump_collisions(operator: CollisionOperator) -> str | dict[str, list[Any]]:
    """The name, or the numbers, for TOML."""
    if not isinstance(operator, RateTable):
        return operator_name(operator)
    return {"ell": list(range(1, len(operator.values) + 1)), "rate": list(operator.values)}


# Any, because these functions do all the validation.
GivenCollisions = Annotated[Any, BeforeValidator(read_collisions), PlainSerializer(dump_collisions)]
