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
from typing import Any, Literal, Self

import numpy as np
import tomli_w
from numpy.typing import NDArray
from pydantic import ValidationError, model_validator

from eddysky.simulator.complaints import describe
from eddysky.simulator.errors import InputError
from eddysky.simulator.expansion import expanded_speed
from eddysky.simulator.quantities import PROTON_REST_ENERGY, SPEED_OF_LIGHT
from eddysky.simulator.sections import CosmicRays, Ensemble, Flow, Section, Sky, Transport
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
MAX_DENSITY_CHANGE = 0.1

SECTIONS: dict[str, type[Section]] = {
    "flow": Flow,
    "transport": Transport,
    "cosmic_rays": CosmicRays,
    "sky": Sky,
    "ensemble": Ensemble,
}


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
            raise InputError(f"{source}: {describe(error, SECTIONS)}") from None

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
        flowing = with_turbulence > 0
        if density >= 1 or (flowing and density > MAX_DENSITY_CHANGE):
            limit_words = f"at most {MAX_DENSITY_CHANGE:g} with a flow" if flowing else "below 1"
            raise ValueError(
                f"transport.density_gradient: changes by {density:.4g} over one mean free path; "
                f"must be {limit_words}"
            )
        return self

    @model_validator(mode="after")
    def possible_expansion(self) -> Self:
        """Refuse a Taylor expansion of nothing, of random paths, or beyond its reach."""
        order = self.flow.taylor_order
        if order is None:
            return self
        if not self.transport.deterministic:
            raise ValueError(
                f'flow.taylor_order = {order}: allowed only with transport.free_path = "fixed" and '
                "transport.scatterings = 1"
            )
        if not self.turbulent:
            raise ValueError(f"flow.taylor_order = {order}: there is no turbulence to expand")
        if self.sky.frame == "fluid" and (order == 0 or (order == 1 and self.lmax == 1)):
            raise ValueError(
                f"flow.taylor_order = {order}: leaves nothing to see up to sky.lmax = {self.lmax} in the "
                "fluid frame; raise one of them"
            )
        speed = expanded_speed(self.flow_spectrum, self.mean_free_path, order)
        fastest = MAX_FLOW_SPEED[self.sky.frame] * self.particle_speed
        if not speed <= fastest:
            band = self.flow_spectrum.k_max * self.mean_free_path
            raise ValueError(
                f"flow.taylor_order = {order}: the expansion reaches {speed:.4g} km/s one mean free path "
                f"away (rms over the band), where k_max λ = {band:.4g}; at most {fastest:.4g} km/s; lower "
                "the order or raise flow.inner_scale"
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
