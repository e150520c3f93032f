"""The interface of transport models, and which one a configuration gets.

A new model is a file beside this one, a row of `MODELS`, its name in `config.sections.Transport.mode`, and its
prediction in a file of validation/theory/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import PairedField
from eddysky.simulator.sky.grids import AntipodalGrid
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.drift_kinetic import DriftKinetic
from eddysky.simulator.transport.helical import Helical
from eddysky.simulator.transport.isotropic import Isotropic
from eddysky.simulator.transport.parallel import Parallel

__all__ = ["BoostModel", "TransportModel", "WorkModel", "transport_model"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


class TransportModel(Protocol):
    """How particles move between scatterings, and what of the flow and of the sky follows from it."""

    @property
    def config(self) -> Config:
        """The configuration; `for_realization` returns a model with that of the realisation."""

    @classmethod
    def from_config(cls, config: Config, k_max: float | None) -> Self:
        """Model of a configuration, with grids for flows of wavenumbers up to k_max [1/pc].

        None stands for the k_max of the configured flow.
        """

    def for_realization(self, index: int) -> Self:
        """Model of one realisation, whose magnetic field may be drawn at random."""

    def felt_flow(self, flow: PairedField) -> PairedField:
        """Part of a flow that changes the momenta of particles."""

    def density_dipole(self) -> Array:
        """Dipole vector (3,) of the density gradient in the sky, I = n·d."""

    def zonal(self, halves: list[Alm]) -> Array | None:
        """a_ℓ0 (halves, lmax + 1) about the symmetry axis of the sky, None if there is none."""


class BoostModel(TransportModel, Protocol):
    """Transport in which the flow changes the momenta of particles at their scatterings alone, by boosts."""

    def displacement(self, directions: Array) -> Array:
        """Scattering centres (N, 3) of particles from directions n (N, 3), in free paths: linear in n, symmetric."""

    def propagate(self, position: Array, momentum: Array, paths: Array) -> None:
        """Move particles back by free paths (N,), changing positions (N, 3) in place; momenta are (N, 3)."""

    @property
    def points(self) -> AntipodalGrid:
        """Directions at which `multipoles` needs the intensities; only with pixel centres."""

    def intensity(self, flow: PairedField, threads: int) -> Callable[[AntipodalGrid], Array]:
        """I(n) as a function of a grid of directions, for fixed paths, one scattering and a flow from `felt_flow`."""

    def multipoles(self, intensity: Array, keep_alm: bool) -> Multipoles:
        """Multipoles of the intensities (N,) at `points`."""


class WorkModel(TransportModel, Protocol):
    """Transport in a magnetic field whose electric field changes the momenta of particles all the way (see `work`)."""

    def flight(self, directions: Array, paths: Array) -> tuple[Array, Array]:
        """Displacements x(s) [pc] and directions N(s), (N, 3) each, after paths s (N,) that begin in directions n."""


MODELS: dict[str, type[TransportModel]] = {
    "isotropic": Isotropic,
    "parallel": Parallel,
    "drift-kinetic": DriftKinetic,
    "helical": Helical,
}


def transport_model(config: Config, k_max: float | None = None) -> TransportModel:
    """Model that a configuration asks for (`transport.mode`); arguments as in `TransportModel.from_config`."""
    return MODELS[config.transport.mode].from_config(config, k_max)
