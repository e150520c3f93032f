"""The sections of a configuration: their keys, defaults, and the rules inside one section."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from astropy import units
from pydantic import BeforeValidator, Field, field_validator, model_validator

from eddysky.simulator.config.base import Count, Section, plain
from eddysky.simulator.config.collisions import CONTINUAL, Bgk, GivenCollisions
from eddysky.simulator.config.component import Component
from eddysky.simulator.config.free_path import (
    ErlangPath,
    ExponentialPath,
    FixedPath,
    FreePathLaw,
)
from eddysky.simulator.config.given_free_path import GivenFreePath
from eddysky.simulator.config.named_free_paths import free_path_law
from eddysky.simulator.config.quantities import (
    FieldStrength,
    InverseLength,
    Length,
    Speed,
    SpeedPerLength,
)

__all__ = ["Ensemble", "Flow", "Mode", "Sampling", "Sky", "Transport"]

Vector = Annotated[tuple[Speed, Speed, Speed], BeforeValidator(plain)]
InverseLengths = Annotated[
    tuple[InverseLength, InverseLength, InverseLength], BeforeValidator(plain)
]
GradientRow = tuple[SpeedPerLength, SpeedPerLength, SpeedPerLength]
Gradient = Annotated[tuple[GradientRow, GradientRow, GradientRow], BeforeValidator(plain)]


MOST_SCATTERINGS = 10_000

# Keys of the Fourier modes.
NOT_WITH_FIELD = ("modes", "amplitudes", "taylor_order")


@dataclass(frozen=True, slots=True)
class OutsideField:
    """Name and version of the user-supplied velocity field that replaces the turbulence; written by `simulate`."""

    name: str
    version: str


class Flow(Component):
    """The flow of the scattering centres: spectrum, synthesis, and an optional regular part.

    The turbulence is the sum of the `component` tables, or has the section's own spectrum if there are none.
    """

    section: ClassVar[str] = "flow"

    component: tuple[Component, ...] = ()
    field: OutsideField | None = None
    modes: Count = Field(default=4096, ge=1, le=10_000_000)
    amplitudes: Literal["gaussian", "cosine"] = "gaussian"
    taylor_order: Count | None = Field(default=None, ge=0, le=20)
    mean_velocity: Vector = ("0 km/s", "0 km/s", "0 km/s")
    velocity_gradient: Gradient = (
        ("0 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
        ("0 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
        ("0 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
    )

    @field_validator("component", mode="before")
    @classmethod
    def component_is_a_list(cls, given: Any) -> Any:
        """Refuse anything but a list of tables."""
        if not isinstance(given, list | tuple):
            raise ValueError("must be one or more [[flow.component]] tables")
        return given

    @model_validator(mode="after")
    def components_are_the_spectrum(self) -> Self:
        """Refuse spectrum keys of the section, which components would override."""
        given = self.model_fields_set.intersection(Component.model_fields)
        if self.component and given:
            raise ValueError(
                f"{min(given)}: not beside [[flow.component]] tables, whose sum is the spectrum; "
                "give it in each of them"
            )
        return self

    @field_validator("field", mode="before")
    @classmethod
    def field_has_name_and_version(cls, given: Any) -> Any:
        """Refuse anything but a name and a version, as `simulate` writes them."""
        if given is None or isinstance(given, OutsideField):
            return given
        keys = OutsideField.__dataclass_fields__.keys()
        if not isinstance(given, dict) or given.keys() != keys or not all(given.values()):
            raise ValueError("must be a table of name and version, as simulate writes it")
        return given

    @model_validator(mode="after")
    def field_has_no_modes(self) -> Self:
        """Refuse keys of the modes together with a user-supplied velocity field."""
        for key in NOT_WITH_FIELD:
            if (
                self.field is not None
                and getattr(self, key) != type(self).model_fields[key].default
            ):
                raise ValueError(
                    f"{key} = {getattr(self, key)}: not with a velocity field from outside, which has no "
                    "modes of the configuration; leave it out"
                )
        return self

    @property
    def components(self) -> tuple[Component, ...]:
        """Components whose sum is the turbulence."""
        return self.component or (self,)

    def meaningless_keys(self) -> set[str]:
        """Keys that do not apply: the section's own spectrum if there are components, modes if there is a field."""
        modes = set() if self.field is None else {*NOT_WITH_FIELD}
        if self.component:
            return modes | set(Component.model_fields)
        return modes | {"component"} | super().meaningless_keys()


def read_field(given: Any) -> tuple[float, float] | Literal["random"]:
    """Parse the direction of the magnetic field: RA and Dec in degrees, or "random"."""
    if isinstance(given, units.Quantity):
        with suppress(units.UnitConversionError):
            given = given.to_value("deg")
    given = plain(given)
    if given == "random":
        return "random"
    values = [plain(x) for x in given] if isinstance(given, list | tuple) else []
    numbers = [x for x in values if type(x) in (int, float)]
    if len(numbers) != 2 or len(given) != 2:
        raise ValueError('expected RA and Dec in degrees, such as [229.2, 11.4], or "random"')
    if not 0 <= numbers[0] < 360:
        raise ValueError("right ascension must be from 0 to below 360 degrees")
    if not -90 <= numbers[1] <= 90:
        raise ValueError("declination must be from -90 to 90 degrees")
    return float(numbers[0]), float(numbers[1])


FieldDirection = Annotated[tuple[float, float] | Literal["random"], BeforeValidator(read_field)]


def read_scatterings(given: Any) -> int | Literal["stationary"]:
    """Parse the number of scatterings."""
    given = plain(given)
    if given == "stationary" or (type(given) is int and 1 <= given <= MOST_SCATTERINGS):
        return cast("int", given)
    raise ValueError(f'must be a whole number from 1 to {MOST_SCATTERINGS}, or "stationary"')


Scatterings = Annotated[int | Literal["stationary"], BeforeValidator(read_scatterings)]


Mode = Literal["isotropic", "parallel", "drift-kinetic", "helical"]


class Transport(Section):
    """How particles move between scatterings."""

    section: ClassVar[str] = "transport"

    mode: Mode = "isotropic"
    magnetic_field: FieldDirection | None = None
    magnetic_field_strength: FieldStrength | None = None
    mean_free_path: Length = "10 pc"
    free_path: GivenFreePath = "fixed"
    erlang_order: Count | None = Field(default=None, ge=1, le=10_000)
    scatterings: Scatterings = 1
    collisions: GivenCollisions = Bgk()
    density_gradient: InverseLengths = (
        "0 1/pc",
        "0 1/pc",
        "0 1/pc",
    )

    @model_validator(mode="before")
    @classmethod
    def built_in_laws_have_names(cls, given: Any) -> Any:
        """Keep a built-in law by its name, so that it is the same configuration however it was given."""
        law = given.get("free_path") if isinstance(given, dict) else None
        if isinstance(law, FixedPath | ExponentialPath):
            return given | {"free_path": law.name}
        if isinstance(law, ErlangPath):
            return given | {"free_path": law.name, "erlang_order": law.order}
        return given

    @model_validator(mode="before")
    @classmethod
    def collisions_are_continual(cls, given: Any) -> Any:
        """Where an operator other than BGK is given, the free path and number of scatterings follow from it."""
        if not isinstance(given, dict) or given.get("collisions", "bgk") in ("bgk", Bgk()):
            return given
        return CONTINUAL | given

    @model_validator(mode="before")
    @classmethod
    def helices_have_random_lengths(cls, given: Any) -> Any:
        """Exponential free paths where helical transport is given without a law."""
        helical = isinstance(given, dict) and given.get("mode") == "helical"
        return {"free_path": "exponential"} | given if helical else given

    @model_validator(mode="after")
    def laws_of_helices(self) -> Self:
        """Refuse free paths for which helical transport means nothing, or is not built."""
        if self.mode == "helical" and not isinstance(self.law, ErlangPath | ExponentialPath):
            why = (
                "all particles would end at one gyrophase, an artefact; "
                if isinstance(self.law, FixedPath)
                else ""
            )
            raise ValueError(
                f'free_path = "{self.law.name}": {why}mode = "helical" allows "exponential" and "erlang"'
            )
        return self

    @model_validator(mode="after")
    def collisions_of_helices(self) -> Self:
        """Refuse other collision operators than BGK where gyration and betatron acceleration act."""
        if self.collisions != Bgk() and self.mode in ("drift-kinetic", "helical"):
            raise ValueError(f'collisions: only "bgk" with mode = "{self.mode}"')
        return self

    @model_validator(mode="after")
    def collisions_have_no_steps(self) -> Self:
        """Refuse free paths and numbers of scatterings that an operator other than BGK does not have."""
        if self.collisions == Bgk():
            return self
        for key, value in (("free_path", self.law.name), ("scatterings", self.scatterings)):
            if value != CONTINUAL[key]:
                raise ValueError(
                    f'{key} = {json.dumps(value)}: collisions other than "bgk" act all the time; '
                    f'allowed is only "{CONTINUAL[key]}", or leave it out'
                )
        return self

    @model_validator(mode="after")
    def order_belongs_to_erlang(self) -> Self:
        """Refuse an order that would be ignored, and an Erlang distribution without an order."""
        if self.free_path == "erlang" and self.erlang_order is None:
            raise ValueError(
                'erlang_order: missing; free_path = "erlang" needs a whole number >= 1'
            )
        if self.free_path != "erlang" and self.erlang_order is not None:
            raise ValueError(
                f"erlang_order = {self.erlang_order}: allowed only with "
                f'free_path = "erlang", not "{self.law.name}"'
            )
        return self

    @model_validator(mode="after")
    def strength_belongs_to_helices(self) -> Self:
        """Refuse a field strength that would be ignored: guiding centres follow a field of any strength."""
        if self.mode != "helical" and self.magnetic_field_strength is not None:
            raise ValueError(
                f"magnetic_field_strength = {self.magnetic_field_strength:g} uG: allowed only with "
                f'mode = "helical", not "{self.mode}"'
            )
        return self

    @property
    def zonal(self) -> bool:
        """Whether the sky depends on the pitch angle alone: only m = 0 about the magnetic field."""
        return self.mode in ("parallel", "drift-kinetic")

    @property
    def law(self) -> FreePathLaw:
        """Law of the free path."""
        order = self.erlang_order if self.free_path == "erlang" else None
        return free_path_law(self.free_path, order or 1)

    @property
    def scattering_count(self) -> float:
        """Number N of scatterings, infinite in the stationary limit."""
        return math.inf if self.scatterings == "stationary" else self.scatterings

    @property
    def deterministic(self) -> bool:
        """Whether the intensity from a direction follows from the flow at a single point, at one rigidity."""
        at_scattering = self.mode in ("isotropic", "parallel")
        return at_scattering and isinstance(self.law, FixedPath) and self.scatterings == 1


Sampling = Literal["pixel-centre", "expected", "random", "stratified", "orbits"]


class Sky(Section):
    """The sky map, the power spectrum, and how arrival directions are chosen."""

    section: ClassVar[str] = "sky"

    nside: Count = Field(default=64, ge=1, le=2048)
    lmax: Count | None = Field(default=None, ge=1)
    sampling: Sampling | None = None
    particles: Count | None = Field(default=None, ge=16, le=2**40)
    frame: Literal["fluid", "observer"] = "fluid"
    evaluation: Literal["auto", "direct", "bands"] = "auto"

    @model_validator(mode="after")
    def healpix_limits(self) -> Self:
        """Refuse an nside that is not a power of two and an lmax above 3 nside − 1."""
        if self.nside & (self.nside - 1):
            raise ValueError(f"nside = {self.nside}: must be a power of two (1, 2, 4, … 2048)")
        if self.lmax is not None and self.lmax > 3 * self.nside - 1:
            raise ValueError(
                f"lmax = {self.lmax}: at most 3 nside - 1 = {3 * self.nside - 1} "
                f"for nside = {self.nside}"
            )
        return self


class Ensemble(Section):
    """Number of independent flows, and the random seed."""

    section: ClassVar[str] = "ensemble"

    realizations: Count = Field(default=100, ge=1, le=2**32 - 1)
    seed: Count = Field(default=1, ge=0, le=2**63 - 1)
