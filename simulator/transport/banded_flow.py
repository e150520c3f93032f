"""One flow in octave bands, and the intensity that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.flow.fields import PairedField, Superposition
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.grids import AntipodalGrid
from eddysky.simulator.transport.backtracking import intensity_of_velocities, observer_velocity
from eddysky.simulator.transport.bands import OctaveBands

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import TransportModel

__all__ = ["BandedFlow", "begins_with_modes"]

Array = NDArray[np.float64]


def begins_with_modes(flow: PairedField) -> bool:
    """Whether a flow is a sum whose first part are modes, as it must be to be split into bands."""
    return isinstance(flow, Superposition) and isinstance(flow.parts[0], Modes)


@dataclass(frozen=True, slots=True)
class BandedFlow:
    """A flow of which the long waves are given on the sphere one mean free path away.

    Parameters
    ----------
    model, bands
        Shared by all flows.
    short
        All but the long waves.
    long
        a_ℓm of the velocity components that the long waves make, from `OctaveBands.long_waves`.
    observer
        Velocity of the frame in which momenta are measured [km/s], shape (3,).
    """

    model: TransportModel
    bands: OctaveBands
    short: PairedField
    long: NDArray[np.complex128]
    observer: Array

    @classmethod
    def from_flow(
        cls, model: TransportModel, bands: OctaveBands, flow: PairedField, threads: int
    ) -> Self:
        """Split a flow whose first part are the modes."""
        assert isinstance(flow, Superposition)
        modes, *others = flow.parts
        assert isinstance(modes, Modes)
        short = Superposition((modes.part(bands.short), *others))
        long = bands.long_waves(modes, model.config.mean_free_path, threads)
        return cls(model, bands, short, long, observer_velocity(model.config, flow))

    def intensity(self, grid: AntipodalGrid, threads: int) -> Array:
        """I(n) at all points (N,) of a grid that consists of rings."""
        assert grid.rings is not None
        long = self.bands.on_rings(grid.rings, self.long, threads)

        def velocities(rows: slice, points: Array) -> tuple[Array, Array]:
            ahead, behind = self.short.velocity_pairs(points)
            return ahead + long[grid.first[rows]], behind + long[grid.second[rows]]

        return intensity_of_velocities(self.model, velocities, self.observer, grid, threads)
