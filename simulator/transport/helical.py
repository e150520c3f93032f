"""Helical transport: between scatterings particles gyrate about the magnetic field with their Larmor radius r_L.

The field is frozen into the flow, whose electric field −u×B acts all the way (see `work`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.work import helix
from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import PairedField
from eddysky.simulator.transport.regular import density_dipole

__all__ = ["Helical"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Helical:
    """Helical transport, a `WorkModel`.

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

    def flight(self, directions: Array, paths: Array) -> tuple[Array, Array]:
        """Displacements and directions on the helix."""
        field = self.config.field_direction
        assert field is not None
        displacement, turned = np.empty_like(directions), np.empty_like(directions)
        helix(directions, paths, field, self.config.larmor_radius, displacement, turned)
        return displacement, turned

    def felt_flow(self, flow: PairedField) -> PairedField:
        """All of the flow."""
        return flow

    def density_dipole(self) -> Array:
        """Dipole vector (3,) of the density gradient g: turned by the gyration (Hall dipole)."""
        return density_dipole(self.config)

    def zonal(self, halves: list[Alm]) -> None:
        """None: the sky of a flow has no symmetry axis."""
