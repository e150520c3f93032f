"""Drift-kinetic transport: guiding centres on the field line, the limit r_L → 0 of helical transport.

The flow changes the energy of a particle along the field and, by the betatron effect, as it compresses across it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import PairedField, Superposition, along
from eddysky.simulator.flow.gyro_averaged import GyroAveraged, GyroAveragedModes
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.frames import zonal_parts
from eddysky.simulator.transport.rigidity_average import mean_path

__all__ = ["DriftKinetic"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class DriftKinetic:
    """Drift-kinetic transport, a `WorkModel`.

    Parameters
    ----------
    config
        The configuration.
    """

    config: Config

    @classmethod
    def from_config(cls, config: Config, k_max: float | None) -> Self:
        """Model of a configuration; there is no grid of directions, whatever k_max."""
        return cls(config)

    def for_realization(self, index: int) -> Self:
        """Model with the magnetic field of a realisation."""
        return replace(self, config=self.config.for_realization(index))

    @property
    def field(self) -> Array:
        """Unit vector b, shape (3,)."""
        field = self.config.field_direction
        assert field is not None
        return field

    def flight(self, directions: Array, paths: Array) -> tuple[Array, Array]:
        """Displacements s (n·b) b, and the directions n, over whose gyration the felt flow is averaged."""
        return (paths * along(directions, self.field))[:, None] * self.field, directions

    def felt_flow(self, flow: PairedField) -> PairedField:
        """Average over the gyration on the field line; for modes from k·b alone, which is faster."""
        if isinstance(flow, Superposition):
            return Superposition(tuple(self.felt_flow(part) for part in flow.parts))
        if isinstance(flow, Modes):
            return GyroAveragedModes.from_modes(flow, self.field)
        return GyroAveraged(flow, self.field)

    def density_dipole(self) -> Array:
        """Dipole vector (3,) of the density gradient g: λ (g·b) b."""
        gradient = np.array(self.config.transport.density_gradient)
        return np.asarray(
            mean_path(self.config) * along(gradient[None], self.field)[0] * self.field
        )

    def zonal(self, halves: list[Alm]) -> Array:
        """a_ℓ0 (halves, lmax + 1) about b of skies given by their a_ℓm about equatorial axes."""
        return zonal_parts(halves, self.config.lmax, self.field)
