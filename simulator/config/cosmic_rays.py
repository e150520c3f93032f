"""The section `cosmic_rays` of a configuration: energies, charges, and what they do to the mean free path."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from eddysky.simulator.config.base import Count, Number, Section
from eddysky.simulator.config.energy_response import Rigidities
from eddysky.simulator.config.given_rigidities import GivenComposition, GivenResponse
from eddysky.simulator.config.quantities import PROTON_REST_ENERGY, Energy, proton_speed

__all__ = ["CosmicRays"]

# By how much particles of an energy response may be slower than those of the median energy.
SLOWER = 1e-3


class CosmicRays(Section):
    """The particles: of a given total energy, the median where they have several, and the mass of the proton."""

    section: ClassVar[str] = "cosmic_rays"

    energy: Energy = "10 TeV"
    charge: Annotated[Count, Field(ge=-118, le=118)] = 1
    reference_energy: Energy = "10 TeV"
    spectral_index: Number = Field(default=2.7, ge=-10, le=10)
    scattering_index: Number = Field(default=5 / 3, ge=0, le=4)
    energy_response: GivenResponse = None
    composition: GivenComposition = None

    @model_validator(mode="after")
    def particles_are_charged(self) -> Self:
        """Refuse neutral particles, which do not gyrate."""
        if self.charge == 0:
            raise ValueError("charge = 0: must be a whole number other than 0, in units of e")
        return self

    @model_validator(mode="after")
    def protons_move(self) -> Self:
        """Refuse energies at or below the proton's rest energy."""
        if self.energy <= PROTON_REST_ENERGY:
            raise ValueError(
                f"energy = {self.energy} TeV: must exceed the proton's rest energy, "
                f"{PROTON_REST_ENERGY:.3g} TeV"
            )
        return self

    @model_validator(mode="after")
    def one_charge(self) -> Self:
        """Refuse a charge beside a composition, which has its own."""
        if self.composition is not None and self.charge != 1:
            raise ValueError(f"charge = {self.charge}: not with composition, which gives charges")
        return self

    @model_validator(mode="after")
    def one_speed(self) -> Self:
        """Refuse rigidities so low that the particles are slower than those of the median energy."""
        if self.rigidities is None:
            return self
        lowest = self.energy * math.exp(self.rigidities.nearly_lowest)
        speed = proton_speed(lowest) if lowest > PROTON_REST_ENERGY else 0.0
        if speed < (1 - SLOWER) * proton_speed(self.energy):
            raise ValueError(
                f"energy = {self.energy:g} TeV: with the energy response or composition some rigidities are below "
                f"{lowest:.3g} TeV, at which particles are slower by more than {SLOWER:g}; must be higher, or the "
                "response narrower"
            )
        return self

    @property
    def rigidities(self) -> Rigidities | None:
        """Distribution of ln(rigidity/energy), rigidity = E/Z; None where all particles have the same, `energy`."""
        if self.energy_response is None and self.composition is None:
            return None
        parts = ((0.0, 1.0),) if self.composition is None else self.composition.parts
        return Rigidities(parts, self.energy_response)

    @property
    def path_exponent(self) -> float:
        """Power 2 − γ_g of the rigidity to which the mean free path is proportional."""
        return 2 - self.scattering_index
