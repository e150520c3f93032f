"""The sections of a configuration: their keys, defaults, and the rules inside one section."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eddysky.simulator.quantities import (
    PROTON_REST_ENERGY,
    Energy,
    InverseLength,
    Length,
    Speed,
    SpeedPerLength,
    SpeedSpread,
)

__all__ = ["CosmicRays", "Ensemble", "Flow", "Section", "Sky", "Transport"]

# A number must be a number: TOML's true, "4096" and 4096.0 are not counts.
Count = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
RightAscension = Annotated[float, Field(strict=True, ge=0, lt=360)]
Declination = Annotated[float, Field(strict=True, ge=-90, le=90)]
Vector = tuple[Speed, Speed, Speed]
Gradient = tuple[SpeedPerLength, SpeedPerLength, SpeedPerLength]


class Section(BaseModel):
    """Settings shared by all sections: immutable, no unknown keys, no NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


class Flow(Section):
    """The flow of the scattering centres: spectrum, synthesis, and an optional regular part."""

    spectrum: Literal["power-law"] = "power-law"
    index: Number = Field(default=5 / 3, ge=-4, le=8)
    velocity_dispersion: SpeedSpread = "20 km/s"
    reference_scale: Length = "10 pc"
    outer_scale: Length = "1000 pc"
    inner_scale: Length | None = None
    transverse_fraction: Number = Field(default=2 / 3, ge=0, le=1)
    modes: Count = Field(default=4096, ge=1, le=10_000_000)
    amplitudes: Literal["gaussian", "cosine"] = "gaussian"
    taylor_order: Count | None = Field(default=None, ge=0, le=20)
    mean_velocity: Vector = ("0 km/s", "0 km/s", "0 km/s")
    velocity_gradient: tuple[Gradient, Gradient, Gradient] = (
        ("0 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
        ("0 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
        ("0 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
    )


class Transport(Section):
    """How particles move between scatterings."""

    mode: Literal["isotropic", "parallel"] = "isotropic"
    magnetic_field: tuple[RightAscension, Declination] | None = None
    mean_free_path: Length = "10 pc"
    free_path: Literal["fixed", "exponential", "erlang"] = "fixed"
    erlang_order: Count | None = Field(default=None, ge=1, le=10_000)
    scatterings: Count = Field(default=1, ge=1, le=10_000)
    density_gradient: tuple[InverseLength, InverseLength, InverseLength] = (
        "0 1/pc",
        "0 1/pc",
        "0 1/pc",
    )

    @model_validator(mode="after")
    def order_belongs_to_erlang(self) -> Self:
        """Refuse an order that would be ignored, and an Erlang law without one."""
        if self.free_path == "erlang" and self.erlang_order is None:
            raise ValueError(
                'erlang_order: missing; free_path = "erlang" needs a whole number >= 1'
            )
        if self.free_path != "erlang" and self.erlang_order is not None:
            raise ValueError(
                f"erlang_order = {self.erlang_order}: allowed only with "
                f'free_path = "erlang", not "{self.free_path}"'
            )
        return self

    @model_validator(mode="after")
    def field_belongs_to_parallel(self) -> Self:
        """Refuse a magnetic field that would be ignored."""
        if self.mode == "isotropic" and self.magnetic_field is not None:
            raise ValueError(
                f"magnetic_field = {list(self.magnetic_field)}: allowed only with "
                'mode = "parallel", not "isotropic"'
            )
        return self

    @property
    def deterministic(self) -> bool:
        """Whether a particle's arrival direction alone decides where it was scattered."""
        return self.free_path == "fixed" and self.scatterings == 1


class CosmicRays(Section):
    """The particles: protons, whose total energy is given."""

    energy: Energy = "10 TeV"
    reference_energy: Energy = "10 TeV"
    spectral_index: Number = Field(default=2.7, ge=-10, le=10)
    scattering_index: Number = Field(default=5 / 3, ge=0, le=4)

    @model_validator(mode="after")
    def protons_move(self) -> Self:
        """Refuse energies at or below the proton's rest energy."""
        if self.energy <= PROTON_REST_ENERGY:
            raise ValueError(
                f"energy = {self.energy} TeV: must exceed the proton's rest energy, "
                f"{PROTON_REST_ENERGY:.3g} TeV"
            )
        return self


class Sky(Section):
    """The sky map, the power spectrum, and how arrival directions are chosen."""

    nside: Count = Field(default=64, ge=1, le=2048)
    lmax: Count | None = Field(default=None, ge=1)
    sampling: Literal["pixel-centre", "random"] | None = None
    particles: Count | None = Field(default=None, ge=16, le=2**40)
    frame: Literal["fluid", "observer"] = "fluid"

    @model_validator(mode="after")
    def healpix_limits(self) -> Self:
        """Refuse an nside that HEALPix does not have and multipoles that the pixels do not carry."""
        if self.nside & (self.nside - 1):
            raise ValueError(f"nside = {self.nside}: must be a power of two (1, 2, 4, … 2048)")
        if self.lmax is not None and self.lmax > 3 * self.nside - 1:
            raise ValueError(
                f"lmax = {self.lmax}: at most 3 nside - 1 = {3 * self.nside - 1} "
                f"for nside = {self.nside}"
            )
        return self


class Ensemble(Section):
    """How many independent flows, and the seed of everything random."""

    realizations: Count = Field(default=100, ge=1, le=2**32 - 1)
    seed: Count = Field(default=1, ge=0, le=2**63 - 1)
