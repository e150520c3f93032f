"""Configuration of a run: TOML in, validated values with resolved units out.

Every section and key has a default; an empty file is the Kolmogorov isotropic-diffusion run of Zhang & Liu
(2024, Fig. 1). Unknown keys and impossible values are errors that name the key.
"""

from __future__ import annotations

import hashlib
import html
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

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.simulator.config.base import Section, shown
from eddysky.simulator.config.component import Component
from eddysky.simulator.config.cosmic_rays import CosmicRays
from eddysky.simulator.config.default_band import default_band
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.config.energy_response import Rigidities
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.config.limits import check_limits
from eddysky.simulator.config.messages import error_message
from eddysky.simulator.config.outside_spectrum import SampledSpectrum
from eddysky.simulator.config.overrides import found_from_here, with_overrides
from eddysky.simulator.config.quantities import larmor_radius, proton_speed
from eddysky.simulator.config.reading import read_text
from eddysky.simulator.config.sections import Ensemble, Flow, Sampling, Sky, Transport
from eddysky.simulator.config.spectrum import (
    FractionTable,
    Mixture,
    Spectrum,
    TransverseFraction,
    mean_square_velocity,
)
from eddysky.simulator.errors import InputError

__all__ = ["Config", "CosmicRays", "Ensemble", "Flow", "Sky", "Transport"]

# RA and Dec [degrees] of the field that IceCube and HAWC infer from the boundary of the large-scale anisotropy
# (ZL25 §4).
DEFAULT_FIELD = (229.2, 11.4)
# Strength of the magnetic field [μG] where none is given.
DEFAULT_STRENGTH = 3.0
# First word of the Philox counter, so that no other use of the same seed repeats these numbers; the modes have 1.
FIELD_STREAM = 2

# No key of a configuration has more than two dots.
DEEPEST = 100

# Names of files are relative to the working directory.
HERE = Path()

Given = Mapping[str, Any]


class Config(Section):
    """Complete, validated and immutable configuration.

    Parameters
    ----------
    flow, transport, cosmic_rays, sky, ensemble
        The sections: dictionaries of the keys of docs/configuration.md, or sections such as `Flow(index=1.5)`. Omitted
        keys have their defaults. Dimensional values are given as strings with a unit or as astropy Quantities; they
        are kept as floats in pc, km/s and TeV.

    Raises
    ------
    InputError
        From every constructor: names the key, the value and what is allowed.

    Examples
    --------
    >>> from astropy import units as u
    >>> config = Config(flow={"index": 1.5, "outer_scale": 100 * u.pc}, sky={"nside": 32})
    >>> config
    Config(flow={'index': 1.5, 'outer_scale': '100 pc'}, sky={'nside': 32})
    >>> config.flow.outer_scale, config.lmax
    (100.0, 32)
    """

    flow: Flow = Flow()
    transport: Transport = Transport()
    cosmic_rays: CosmicRays = CosmicRays()
    sky: Sky = Sky()
    ensemble: Ensemble = Ensemble()

    def __init__(
        self,
        *,
        flow: Flow | Given | None = None,
        transport: Transport | Given | None = None,
        cosmic_rays: CosmicRays | Given | None = None,
        sky: Sky | Given | None = None,
        ensemble: Ensemble | Given | None = None,
        **unknown: Any,
    ) -> None:
        sections = {
            "flow": flow,
            "transport": transport,
            "cosmic_rays": cosmic_rays,
            "sky": sky,
            "ensemble": ensemble,
        }
        given = {key: value for key, value in sections.items() if value is not None}
        super().__init__(**given, **unknown)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def from_dict(
        cls, values: Mapping[str, Any], source: str = "configuration", folder: Path | None = HERE
    ) -> Config:
        """Configuration from nested dictionaries as TOML gives them.

        Error messages name `source`. Names of tables are relative to `folder`, by default the working directory, and
        refused without one (None).
        """
        try:
            return cls.model_validate(values, context={"folder": folder})
        except ValidationError as error:
            raise InputError(f"{source}: {error_message(error, cls)}") from None

    @classmethod
    def from_toml(cls, source: str | Path, overrides: Mapping[str, Any] | None = None) -> Config:
        """Configuration from a TOML file, with overrides such as {"flow.index": 1.5} on top.

        Names of tables are relative to the folder of the file; in overrides, to the working directory.
        """
        path = Path(source)
        text = read_text(path, "a TOML file")
        here = {key: found_from_here(key, value) for key, value in (overrides or {}).items()}
        return cls.from_text(text, str(path), here, path.parent)

    @classmethod
    def from_text(
        cls,
        text: str,
        source: str = "configuration",
        overrides: Mapping[str, Any] | None = None,
        folder: Path | None = HERE,
    ) -> Config:
        """Configuration from TOML text; files named in it are treated as in `from_dict`."""
        if any(line.partition("=")[0].count(".") > DEEPEST for line in text.splitlines()):
            # tomllib takes minutes for thousands of nested tables.
            raise InputError(f"{source}: not valid TOML: a key of more than {DEEPEST} dots")
        try:
            values = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{source}: not valid TOML: {error}") from None
        return cls.from_dict(with_overrides(values, overrides or {}), source, folder)

    @model_validator(mode="after")
    def within_limits(self) -> Self:
        """Refuse values outside the range of validity, such as a band too wide for the sky."""
        check_limits(self)
        return self

    def changed(self) -> dict[str, Any]:
        """Keys whose values differ from the defaults, section by section; sections without any are left out."""
        sections = {name: getattr(self, name).changed() for name in type(self).model_fields}
        return {name: values for name, values in sections.items() if values}

    def _repr_html_(self) -> str:
        """Table of all keys for notebooks; those that differ from the defaults are bold."""
        changed, rows = self.changed(), []
        for section, values in self.to_dict().items():
            for key, value in values.items():
                text = html.escape(shown(value, str))
                cell = f"<b>{text}</b>" if key in changed.get(section, {}) else text
                rows.append(f"<tr><td>{section}.{key}</td><td>{cell}</td></tr>")
        return f"<table><tr><th>key</th><th>value</th></tr>{''.join(rows)}</table>"

    @property
    def lmax(self) -> int:
        """Highest multipole of the power spectrum; nside where it is not given."""
        return self.sky.lmax or self.sky.nside

    @property
    def sampling(self) -> Sampling:
        """How the sky is sampled.

        Unless given: pixel centres where each direction has one path; else the expectation over all paths, or random
        particles where their number is given or the flow is a velocity field from outside, which is no sum of modes.
        """
        if self.sky.sampling is not None:
            return self.sky.sampling
        if self.deterministic:
            return "pixel-centre"
        drawn = self.sky.particles is not None or self.flow.field is not None
        return "random" if drawn else "expected"

    @property
    def deterministic(self) -> bool:
        """Whether the intensity from a direction follows from the flow at a single point."""
        return self.transport.deterministic and self.rigidities is None

    @property
    def particles_drawn(self) -> bool:
        """Whether random particles are followed, whose shot noise is in the sky."""
        return self.sampling in ("random", "stratified", "orbits")

    @property
    def particles(self) -> int | None:
        """Particles per realisation where they are drawn, a million (orbits: 100 000) where not given; else None."""
        if not self.particles_drawn:
            return None
        return self.sky.particles or (100_000 if self.sampling == "orbits" else 1_000_000)

    @property
    def magnetic_field(self) -> tuple[float, float] | Literal["random"] | None:
        """RA and Dec [degrees] of the background magnetic field; None where neither transport nor turbulence knows it.

        `DEFAULT_FIELD` if not given; "random" if each realisation draws its own direction (see `for_realization`).
        """
        if self.transport.mode == "isotropic" and not self.axisymmetric_flow:
            return None
        return self.transport.magnetic_field or DEFAULT_FIELD

    @property
    def axisymmetric_flow(self) -> bool:
        """Whether the turbulence knows the magnetic field: anisotropic, or polarised with respect to it."""
        return any(part.axisymmetric for part in self.flow.components)

    @property
    def turbulent_parts(self) -> tuple[TurbulentPart, ...]:
        """Components of the turbulence, each on its simulated band."""
        return tuple(
            TurbulentPart(
                part.on_band(self.default_inner_scale(part)),
                part.fraction,
                part.anisotropy,
                part.polarization,
            )
            for part in self.flow.components
        )

    @property
    def field_direction(self) -> NDArray[np.float64] | None:
        """Unit vector b along the magnetic field, shape (3,); None where nothing depends on it.

        With a random field, defined only for the configuration of one realisation (see `for_realization`).
        """
        field = self.magnetic_field
        if field is None:
            return None
        assert field != "random"
        return unit_vector(field)

    def for_realization(self, index: int) -> Config:
        """Return the configuration of one realisation, in which a random magnetic field has its direction.

        Parameters
        ----------
        index
            Index of the realisation, from 0.

        Returns
        -------
        Config
            This configuration itself if its field is not random.
        """
        if self.magnetic_field != "random":
            return self
        rng = np.random.Generator(
            np.random.Philox(key=[self.ensemble.seed, index], counter=[0, 0, 0, FIELD_STREAM])
        )
        longitude, sine = 360 * rng.random(), 2 * rng.random() - 1
        field = (longitude, math.degrees(math.asin(sine)))
        transport = self.transport.model_copy(update={"magnetic_field": field})
        return self.model_copy(update={"transport": transport})

    @property
    def mean_free_path(self) -> float:
        """λ(E) = λ_ref (E/E_ref)^(2−γ_g) [pc]."""
        rays = self.cosmic_rays
        ratio = rays.energy / rays.reference_energy
        with np.errstate(over="ignore"):
            growth = np.float64(ratio) ** rays.path_exponent
        return float(self.transport.mean_free_path * growth)

    @property
    def rigidities(self) -> Rigidities | None:
        """Distribution of y = ln(E/Z/`cosmic_rays.energy`) over the particles; None where it is zero for all.

        Particles have the mean free path `mean_free_path` e^((2−γ_g) y), and the Larmor radius `larmor_radius` e^y.
        """
        return self.cosmic_rays.rigidities

    @property
    def larmor_radius(self) -> float:
        """Larmor radius r_L = p/(ZeB) [pc] with helical transport, negative for negative charges."""
        strength = self.transport.magnetic_field_strength or DEFAULT_STRENGTH
        return larmor_radius(self.cosmic_rays.energy, self.cosmic_rays.charge, strength)

    @property
    def momentum_index(self) -> float:
        """D = ∂ln f/∂ln p = −(α + 2)."""
        return -(self.cosmic_rays.spectral_index + 2)

    @property
    def particle_speed(self) -> float:
        """V = pc²/E of a proton [km/s]."""
        return proton_speed(self.cosmic_rays.energy)

    @property
    def flow_spectrum(self) -> Spectrum:
        """Spectrum of the turbulent flow on the simulated band.

        If no inner scale is given, the band ends at `default_inner_scale`.
        """
        parts = self.turbulent_parts
        if len(parts) == 1:
            return parts[0].spectrum
        return Mixture(
            tuple(part.spectrum for part in parts),
            tuple(part.transverse_fraction for part in parts),
        )

    def default_inner_scale(self, part: Component) -> float:
        """Default inner scale of a component [pc], small enough for C_ℓ to converge up to lmax (see `default_band`)."""
        fraction, transport = part.fraction, self.transport
        fractions = fraction.values if isinstance(fraction, FractionTable) else (fraction,)
        # The power law of the highest multipoles begins below the peak of the spectrum and the longest wave.
        largest = min(part.outer_scale, part.injection_scale or math.inf)
        start = max(self.lmax, 2, 2 * math.pi * self.mean_free_path / largest)
        band = default_band(
            part.index,
            (min(fractions), max(fractions)),
            start,
            "parallel" if transport.zonal else "isotropic",
            transport.law,
            transport.collisions,
            abs(self.mean_free_path / self.larmor_radius) if transport.mode == "helical" else 0.0,
            self.rigidities,
            self.cosmic_rays.path_exponent,
        )
        return 2 * math.pi * self.mean_free_path / band

    @property
    def transverse_fraction(self) -> TransverseFraction:
        """β of the turbulence, or β(k) for wavenumbers in 1/pc."""
        spectrum = self.flow_spectrum
        if isinstance(spectrum, Mixture):
            return spectrum.transverse_fraction
        return self.flow.components[0].fraction

    @property
    def turbulent(self) -> bool:
        """Whether turbulence affects the sky: it has power, and f depends on momentum."""
        some = any(not part.empty for part in self.flow.components)
        return bool(some and self.momentum_index != 0)

    @property
    def turbulent_speed(self) -> float:
        """Root mean square of the turbulent velocity over the band [km/s]."""
        return math.sqrt(mean_square_velocity(self.flow_spectrum))

    def replace(self, overrides: Mapping[str, Any]) -> Config:
        """Return a copy with some keys changed, such as {"flow.index": 1.5, "sky.nside": 32}."""
        given = self.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        if isinstance(self.transport.free_path, FreePathLaw):
            given["transport"]["free_path"] = self.transport.free_path
        changed = with_overrides(given, overrides)
        spectrum = overrides.get("flow.spectrum")
        sampled = isinstance(self.flow.table, SampledSpectrum)
        if (
            spectrum is not None
            and "flow.table" not in overrides
            and (sampled or not isinstance(spectrum, str))
        ):
            # Samples and tables belong to the spectrum that is replaced.
            changed["flow"].pop("table", None)
        return Config.from_dict(changed)

    def to_dict(self) -> dict[str, Any]:
        """Nested dictionaries of all keys that apply, including defaults derived from other keys."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        values["sky"] |= {"lmax": self.lmax, "sampling": self.sampling}
        tables = values["flow"].get("component") or [values["flow"]]
        for table, part in zip(tables, self.flow.components, strict=True):
            if part.band_is_open:
                table["inner_scale"] = f"{self.default_inner_scale(part)!r} pc"
        if self.particles is not None:
            values["sky"]["particles"] = self.particles
        if self.magnetic_field is not None:
            field = self.magnetic_field
            values["transport"]["magnetic_field"] = field if field == "random" else list(field)
        if self.transport.mode == "helical":
            values["transport"].setdefault("magnetic_field_strength", f"{DEFAULT_STRENGTH:g} uG")
        return values

    def to_toml(self) -> str:
        """TOML text from which `from_text` restores this configuration."""
        return tomli_w.dumps(self.to_dict(), multiline_strings=False)

    def to_editable_toml(self) -> str:
        """TOML text in which defaults derived from other keys are comments."""
        text = tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))
        given = self.model_dump(mode="json", exclude_none=True)
        for section, values in self.to_dict().items():
            derived = {key: value for key, value in values.items() if key not in given[section]}
            lines = "".join(f"# {key} = {json.dumps(value)}\n" for key, value in derived.items())
            text = text.replace(f"[{section}]\n", f"[{section}]\n{lines}")
        return text

    def __eq__(self, other: object) -> bool:
        """Whether two configurations describe the same run, however they were given."""
        return isinstance(other, Config) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.config_hash, self.ensemble.realizations))

    @property
    def config_hash(self) -> str:
        """SHA-256 of all keys except `ensemble.realizations`, which does not affect any single realisation."""
        values = self.to_dict()
        del values["ensemble"]["realizations"]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
