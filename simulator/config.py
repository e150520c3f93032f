"""Configuration of a run: TOML in, validated values with resolved units out.

Every section and key has a default; an empty file is the Kolmogorov isotropic-diffusion run of Zhang & Liu
(2024, Fig. 1). Unknown keys and impossible values are errors that name the key.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import tomli_w
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eddysky.simulator.errors import InputError
from eddysky.simulator.quantities import (
    PROTON_REST_ENERGY,
    SPEED_OF_LIGHT,
    Energy,
    InverseLength,
    Length,
    Speed,
    SpeedPerLength,
    SpeedSpread,
)
from eddysky.simulator.spectrum import PowerLaw, Spectrum

__all__ = ["Config", "CosmicRays", "Ensemble", "Flow", "Sky", "Transport"]

# Pixel centres cannot tell waves shorter than about two pixels apart; see Config.flow_spectrum.
DEFAULT_BAND = 1.75
MAX_PIXEL_CENTRE_BAND = 4096.0
# Below, all eddies are so much larger than λ that the sky shows a bare velocity gradient, and rounding.
MIN_BAND = 1e-3
# The theory is of first order in u/v: with faster flows its neglected terms would be seen, first of all in the
# dipole of an observer at rest.
MAX_FLOW_SPEED = {"fluid": 0.01, "observer": 0.003}
# With a flow, f ∝ (1 + g·r) multiplies its sky, which the theory leaves out: a relative (λg)²/3 of its power.
MAX_DENSITY_CHANGE = 0.05

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


class Config(Section):
    """A complete, validated configuration; dimensional values are floats in pc, km/s and TeV.

    Raises
    ------
    InputError
        From every constructor below: names the key, the value and what is allowed.
    """

    flow: Flow = Flow()
    transport: Transport = Transport()
    cosmic_rays: CosmicRays = CosmicRays()
    sky: Sky = Sky()
    ensemble: Ensemble = Ensemble()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], source: str = "configuration") -> Config:
        """Configuration from nested dictionaries as TOML gives them; `source` is named in errors."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InputError(f"{source}: {describe(error)}") from None

    @classmethod
    def from_toml(cls, source: str | Path, overrides: Mapping[str, Any] | None = None) -> Config:
        """Configuration from a TOML file, with overrides such as {"flow.index": 1.5} on top."""
        path = Path(source)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise InputError(f"{path}: not a TOML file (not UTF-8 text)") from None
        return cls.from_text(text, str(path), overrides)

    @classmethod
    def from_text(
        cls, text: str, source: str = "configuration", overrides: Mapping[str, Any] | None = None
    ) -> Config:
        """Configuration from TOML text."""
        try:
            values = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{source}: not valid TOML: {error}") from None
        return cls.from_dict(with_overrides(values, overrides or {}), source)

    @model_validator(mode="after")
    def possible_sampling(self) -> Self:
        """Refuse a sampling that cannot work, and a number of particles that would be ignored."""
        if self.sampling == "pixel-centre" and not self.transport.deterministic:
            raise ValueError(
                'sky.sampling = "pixel-centre": needs transport.free_path = "fixed" and '
                'transport.scatterings = 1; use sky.sampling = "random"'
            )
        if self.sampling == "pixel-centre" and self.sky.particles is not None:
            raise ValueError(
                f"sky.particles = {self.sky.particles}: allowed only with "
                'sky.sampling = "random", which draws that many'
            )
        return self

    @model_validator(mode="after")
    def possible_flow(self) -> Self:
        """Refuse empty bands, bands that the sky cannot carry, and flows that are not slow."""
        if not 0 < self.mean_free_path < math.inf:
            raise ValueError(
                f"cosmic_rays.energy = {self.cosmic_rays.energy:g} TeV: gives a mean free path of "
                f"{self.mean_free_path:g} pc; must be positive and finite"
            )
        spectrum = self.flow_spectrum
        inner = 2 * math.pi / spectrum.k_max
        origin = "" if self.flow.inner_scale else f" (absent: k_max λ = {DEFAULT_BAND} nside)"
        if spectrum.k_max <= spectrum.k_min:
            raise ValueError(
                f"flow.inner_scale = {inner:.6g} pc{origin}: must be below "
                f"flow.outer_scale = {self.flow.outer_scale:.6g} pc"
            )
        band = spectrum.k_max * self.mean_free_path
        if self.turbulent and band < MIN_BAND:
            largest = 2 * math.pi * self.mean_free_path / MIN_BAND
            raise ValueError(
                f"flow.inner_scale = {inner:.6g} pc{origin}: at most {largest:.6g} pc for a mean "
                f"free path of {self.mean_free_path:.6g} pc (k_max λ >= {MIN_BAND:g}); "
                "larger eddies are a uniform gradient, flow.velocity_gradient"
            )
        if self.sampling == "pixel-centre" and band > MAX_PIXEL_CENTRE_BAND:
            smallest = 2 * math.pi * self.mean_free_path / MAX_PIXEL_CENTRE_BAND
            raise ValueError(
                f"flow.inner_scale = {inner:.6g} pc{origin}: at least {smallest:.6g} pc with "
                f'sky.sampling = "pixel-centre" (k_max λ <= {MAX_PIXEL_CENTRE_BAND:g}); '
                'or use sky.sampling = "random"'
            )
        reach = self.mean_free_path * self.transport.scatterings
        gradient = math.sqrt(sum(g * g for row in self.flow.velocity_gradient for g in row))
        mean = math.hypot(*self.flow.mean_velocity)
        with_turbulence = math.hypot(self.turbulent_speed, mean + gradient * reach)
        limit = MAX_FLOW_SPEED[self.sky.frame]
        fastest = limit * self.particle_speed
        if not with_turbulence <= fastest:
            raise ValueError(
                f"flow: the speeds given make a flow of {with_turbulence:.4g} km/s (rms over the "
                f"band); at most {fastest:.4g} km/s, {limit:.1%} of the particles' speed, in the "
                f"{self.sky.frame} frame"
            )
        density = self.mean_free_path * math.hypot(*self.transport.density_gradient)
        steepest = MAX_DENSITY_CHANGE if with_turbulence > 0 else 1.0
        if not density < steepest:
            raise ValueError(
                f"transport.density_gradient: changes by {density:.4g} over one mean free path; "
                f"must stay below {steepest:g}"
                + (" with a flow" if with_turbulence > 0 else ", or the density would be negative")
            )
        return self

    @property
    def lmax(self) -> int:
        """Highest multipole of the power spectrum; 1.5 nside where it is not given."""
        return self.sky.lmax or max(1, 3 * self.sky.nside // 2)

    @property
    def sampling(self) -> Literal["pixel-centre", "random"]:
        """How arrival directions are chosen: pixel centres where these suffice, unless given."""
        return self.sky.sampling or ("pixel-centre" if self.transport.deterministic else "random")

    @property
    def particles(self) -> int | None:
        """Particles per realisation with random sampling, a million where not given; else None."""
        return None if self.sampling == "pixel-centre" else self.sky.particles or 1_000_000

    @property
    def magnetic_field(self) -> tuple[float, float] | None:
        """RA and Dec [degrees] of the background magnetic field with parallel transport, else None.

        Where it is not given, it is the direction that IceCube and HAWC infer from the boundary of the
        large-scale anisotropy (ZL25 §4).
        """
        if self.transport.mode == "isotropic":
            return None
        return self.transport.magnetic_field or (229.2, 11.4)

    @property
    def field_direction(self) -> NDArray[np.float64] | None:
        """Unit vector b along the magnetic field with parallel transport, shape (3,), else None."""
        if self.magnetic_field is None:
            return None
        longitude, latitude = np.radians(self.magnetic_field)
        return np.array(
            [
                np.cos(latitude) * np.cos(longitude),
                np.cos(latitude) * np.sin(longitude),
                np.sin(latitude),
            ]
        )

    @property
    def mean_free_path(self) -> float:
        """λ(E) = λ_ref (E/E_ref)^(2−γ_g) [pc]."""
        rays = self.cosmic_rays
        ratio = rays.energy / rays.reference_energy
        with np.errstate(over="ignore"):
            growth = np.float64(ratio) ** (2 - rays.scattering_index)
        return float(self.transport.mean_free_path * growth)

    @property
    def momentum_index(self) -> float:
        """D = ∂ln f/∂ln p = −(α + 2)."""
        return -(self.cosmic_rays.spectral_index + 2)

    @property
    def particle_speed(self) -> float:
        """V = pc²/E of a proton [km/s]."""
        return SPEED_OF_LIGHT * math.sqrt(1 - (PROTON_REST_ENERGY / self.cosmic_rays.energy) ** 2)

    @property
    def path_order(self) -> int:
        """Order of the Erlang law of free paths: 1 is exponential, and 0 stands for fixed paths."""
        orders = {"fixed": 0, "exponential": 1, "erlang": self.transport.erlang_order or 0}
        return orders[self.transport.free_path]

    @property
    def flow_spectrum(self) -> Spectrum:
        """Spectrum of the turbulent flow on the simulated band.

        Without an inner scale the band ends at k_max λ = 1.75 nside, the waves that a map of this nside
        can show.
        """
        flow = self.flow
        if flow.inner_scale is None:
            k_max = DEFAULT_BAND * self.sky.nside / self.mean_free_path
        else:
            k_max = 2 * math.pi / flow.inner_scale
        return PowerLaw(
            index=flow.index,
            velocity_dispersion=flow.velocity_dispersion,
            reference_scale=flow.reference_scale,
            k_min=2 * math.pi / flow.outer_scale,
            k_max=k_max,
        )

    @property
    def turbulent(self) -> bool:
        """Whether turbulence shows in the sky: there is some, and f depends on momentum."""
        return bool(self.flow.velocity_dispersion > 0 and self.momentum_index != 0)

    @property
    def turbulent_speed(self) -> float:
        """Root mean square of the turbulent velocity over the band [km/s]."""
        spectrum = self.flow_spectrum
        # Midpoint rule in ln k: good to 1e-4 for any band that a double can hold, and needed to a percent.
        edges = np.linspace(math.log(spectrum.k_min), math.log(spectrum.k_max), 4097)
        k = np.exp(0.5 * (edges[1:] + edges[:-1]))
        return math.sqrt(float(np.sum(spectrum(k) * k * np.diff(edges))))

    def replace(self, overrides: Mapping[str, Any]) -> Config:
        """Copy with some keys changed, such as {"flow.index": 1.5, "sky.nside": 32}."""
        given = self.model_dump(mode="json", exclude_none=True)
        return Config.from_dict(with_overrides(given, overrides))

    def to_dict(self) -> dict[str, Any]:
        """Nested dictionaries of all that applies, with the defaults that depend on other keys filled in."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        values["sky"] |= {"lmax": self.lmax, "sampling": self.sampling}
        if self.particles is not None:
            values["sky"]["particles"] = self.particles
        if self.magnetic_field is not None:
            values["transport"]["magnetic_field"] = list(self.magnetic_field)
        return values

    def to_toml(self) -> str:
        """TOML text that gives this configuration back."""
        return tomli_w.dumps(self.to_dict(), multiline_strings=False)

    def to_editable_toml(self) -> str:
        """TOML text in which keys that follow others, where they are not given, are comments."""
        text = tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))
        given = self.model_dump(mode="json", exclude_none=True)
        for section, values in self.to_dict().items():
            derived = {key: value for key, value in values.items() if key not in given[section]}
            lines = "".join(f"# {key} = {json.dumps(value)}\n" for key, value in derived.items())
            text = text.replace(f"[{section}]\n", f"[{section}]\n{lines}")
        return text

    @property
    def identity(self) -> str:
        """SHA-256 of all that decides what one realisation holds: everything but their number."""
        values = self.to_dict()
        del values["ensemble"]["realizations"]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def with_overrides(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Nested dictionaries with dotted keys replaced."""
    result = {key: dict(v) if isinstance(v, Mapping) else v for key, v in values.items()}
    for dotted, value in overrides.items():
        section, _, key = dotted.partition(".")
        if not section or not key or not isinstance(result.setdefault(section, {}), dict):
            raise InputError(f"{dotted}: not a key; keys look like flow.index or sky.nside")
        result[section][key] = value
    return result


def describe(error: ValidationError) -> str:
    """First of pydantic's complaints as one line: key, value and what is allowed."""
    complaints = error.errors(include_url=False)
    first = complaints[0]
    key = ".".join(str(part) for part in first["loc"])
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        message = f"{key}: unknown key; {allowed_keys(first['loc'])}"
    elif kind == "value_error" and len(first["loc"]) <= 1:
        # Raised by a model as a whole: the message names the key itself, relative to its section.
        message = f"{key}.{context['error']}" if key else str(context["error"])
    else:
        reason = str(context["error"]) if kind == "value_error" else first["msg"]
        message = f"{key} = {show(first['input'])}: {reason[0].lower()}{reason[1:]}"
    more = len(complaints) - 1
    return message + (f" (and {more} more)" if more else "")


def show(value: Any) -> str:
    """A value as it would stand in TOML, cut to a length that fits a line."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= 60 else text[:57] + "..."


def allowed_keys(location: tuple[int | str, ...]) -> str:
    """The keys that exist where an unknown one was found."""
    if len(location) == 1:
        return "sections are " + ", ".join(Config.model_fields)
    section = Config.model_fields[str(location[0])].annotation
    assert isinstance(section, type)
    assert issubclass(section, Section)
    return f"[{location[0]}] has " + ", ".join(section.model_fields)
