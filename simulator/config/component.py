"""Configuration of one turbulent component: spectrum w(k), band and transverse fraction β."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from eddysky.simulator.config.anisotropy import TRANSVERSE_FRACTION, Anisotropy, Polarization
from eddysky.simulator.config.base import Number, Section
from eddysky.simulator.config.given_functions import GivenFraction, GivenSpectrum
from eddysky.simulator.config.outside_spectrum import (
    BUILT_IN,
    SampledSpectrum,
    with_sampled_spectrum,
)
from eddysky.simulator.config.quantities import Length, SpeedSpread
from eddysky.simulator.config.spectrum import (
    FractionTable,
    Injection,
    PowerLaw,
    Spectrum,
    Tabulated,
)

__all__ = ["Component"]

# Keys without meaning where a table gives w(k).
NOT_WITH_TABLE = ("index", "velocity_dispersion", "reference_scale")


class Component(Section):
    """Turbulence with one spectrum w(k) on one band and a transverse fraction β."""

    section: ClassVar[str] = "flow.component"

    spectrum: str = "power-law"
    index: Number = Field(default=5 / 3, ge=-4, le=8)
    velocity_dispersion: SpeedSpread = "20 km/s"
    reference_scale: Length = "10 pc"
    injection_scale: Length | None = None
    table: GivenSpectrum | None = None
    outer_scale: Length = "1000 pc"
    inner_scale: Length | None = None
    transverse_fraction: GivenFraction = 2 / 3
    anisotropy: Anisotropy = "isotropic"
    polarization: Polarization = "isotropic"

    @model_validator(mode="before")
    @classmethod
    def spectrum_from_outside(cls, given: Any) -> Any:
        """Sample a spectrum given as an object or by the name of an installed entry point."""
        return with_sampled_spectrum(given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def fraction_follows_polarization(self) -> Self:
        """Refuse a β beside a polarisation that fixes it."""
        if (
            self.polarization in TRANSVERSE_FRACTION
            and "transverse_fraction" in self.model_fields_set
        ):
            raise ValueError(
                f'transverse_fraction: not with polarization = "{self.polarization}", '
                f"where it is {TRANSVERSE_FRACTION[self.polarization]:g}"
            )
        return self

    @model_validator(mode="after")
    def keys_belong_to_the_spectrum(self) -> Self:
        """Refuse keys that would be ignored, and a spectrum without a key it needs."""
        for key, owner in (("injection_scale", "injection"), ("table", "table")):
            given = getattr(self, key) is not None
            if self.spectrum == owner and not given:
                raise ValueError(f'{key}: missing; spectrum = "{owner}" needs it')
            if self.spectrum in BUILT_IN and self.spectrum != owner and given:
                raise ValueError(f'{key}: allowed only with spectrum = "{owner}"')
        if isinstance(self.table, SampledSpectrum) == (self.spectrum in BUILT_IN) and self.table:
            kind = (
                "has samples between breakpoints" if self.spectrum not in BUILT_IN else "is a table"
            )
            raise ValueError(f'table: with spectrum = "{self.spectrum}" w(k) {kind}')
        if self.table is not None:
            for key in ("injection_scale", *NOT_WITH_TABLE):
                if key in self.model_fields_set and getattr(self, key) is not None:
                    raise ValueError(
                        f'{key}: not with spectrum = "{self.spectrum}", which gives w(k) itself'
                    )
        return self

    @model_validator(mode="after")
    def band_lies_in_the_table(self) -> Self:
        """Refuse a band that extends beyond the table."""
        if self.table is None:
            return self
        first, last = self.table.wavenumbers[0], self.table.wavenumbers[-1]
        largest, smallest = 2 * math.pi / first, 2 * math.pi / last
        for key in ("outer_scale", "inner_scale"):
            scale = getattr(self, key)
            given = key in self.model_fields_set and scale is not None
            # A scale that was computed from the table's end may differ by rounding.
            if given and not smallest * (1 - 1e-12) <= scale <= largest * (1 + 1e-12):
                raise ValueError(
                    f"{key} = {scale:.6g} pc: the table reaches from {smallest:.6g} to {largest:.6g} pc"
                )
        return self

    @model_serializer(mode="wrap")
    def only_what_applies(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the keys that do not apply to this spectrum."""
        values: dict[str, Any] = dump(self)
        for key in self.meaningless_keys():
            values.pop(key, None)
        return values

    def meaningless_keys(self) -> set[str]:
        """Keys that do not apply to this spectrum."""
        fixed = {"transverse_fraction"} if self.polarization in TRANSVERSE_FRACTION else set()
        if self.table is None:
            return fixed
        return fixed | {*NOT_WITH_TABLE} | {"outer_scale"} - self.model_fields_set

    @property
    def source(self) -> str | None:
        """Key that gives a tabulated w(k): "table", or "spectrum" for a user-supplied one; else None."""
        if self.table is None:
            return None
        return "table" if self.spectrum == "table" else "spectrum"

    @property
    def fraction(self) -> float | FractionTable:
        """β: that of the polarisation where it fixes it, else the given one."""
        given: float | FractionTable = self.transverse_fraction
        return TRANSVERSE_FRACTION.get(self.polarization, given)

    @property
    def axisymmetric(self) -> bool:
        """Whether the magnetic field is an axis of the turbulence, which is otherwise isotropic."""
        return self.anisotropy != "isotropic" or self.polarization in ("alfven", "slow")

    @property
    def empty(self) -> bool:
        """Whether the component has no power."""
        return self.table is None and self.velocity_dispersion == 0

    @property
    def band_is_open(self) -> bool:
        """Whether the band ends at the default inner scale."""
        return self.inner_scale is None and self.table is None and not self.empty

    def on_band(self, default_inner_scale: float) -> Spectrum:
        """Spectrum w(k) on the band of this component; a table covers its own range unless scales narrow it.

        Parameters
        ----------
        default_inner_scale
            Inner scale used if none is given [pc].

        Returns
        -------
        Spectrum
            w(k) [km² s⁻² pc] for k in 1/pc.
        """
        k_min, k_max = 2 * math.pi / self.outer_scale, 2 * math.pi / default_inner_scale
        if self.inner_scale is not None:
            k_max = 2 * math.pi / self.inner_scale
        if self.table is not None:
            first, last = self.table.wavenumbers[0], self.table.wavenumbers[-1]
            k_min = max(k_min, first) if "outer_scale" in self.model_fields_set else first
            k_max = last if self.inner_scale is None else min(k_max, last)
            return Tabulated(self.table, k_min, k_max)
        law = (self.index, self.velocity_dispersion, self.reference_scale)
        if self.injection_scale is not None:
            return Injection(*law, self.injection_scale, k_min, k_max)
        return PowerLaw(*law, k_min, k_max)
