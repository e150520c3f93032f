"""One flow in octave bands, and the intensity that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import PairedField, Superposition
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.grids import AntipodalGrid
from eddysky.simulator.sky.rings import Rings
from eddysky.simulator.transport.backtracking import intensity_of_velocities, observer_velocity
from eddysky.simulator.transport.bands import Bands

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
    config, bands
        What all flows share.
    short
        All but the long waves.
    long
        a_ℓm of the velocity components that the long waves make, from `Bands.long_waves`.
    observer
        Velocity of the frame in which momenta are measured [km/s], shape (3,).
    """

    config: Config
    bands: Bands
    short: PairedField
    long: NDArray[np.complex128]
    observer: Array

    @classmethod
    def of(cls, config: Config, bands: Bands, flow: PairedField, threads: int) -> Self:
        """Split a flow whose first part are the modes."""
        assert isinstance(flow, Superposition)
        modes, *others = flow.parts
        assert isinstance(modes, Modes)
        short = Superposition((modes.part(bands.short), *others))
        long = bands.long_waves(modes, config.mean_free_path, threads)
        return cls(config, bands, short, long, observer_velocity(config, flow))

    def intensity(self, grid: AntipodalGrid, rings: Rings, threads: int) -> Array:
        """I(n) at all points (N,) of a grid that consists of rings."""
        long = self.bands.on_rings(rings, self.long, threads)

        def velocities(rows: slice, points: Array) -> tuple[Array, Array]:
            ahead, behind = self.short.velocity_pairs(points)
            return ahead + long[grid.first[rows]], behind + long[grid.second[rows]]

        return intensity_of_velocities(self.config, velocities, self.observer, grid, threads)
