"""Intensity of a flow whose long waves are given on the sphere one mean free path away, in octave bands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.flow.fields import PairedField, Superposition
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.grids import AntipodalGrid
from eddysky.simulator.transport.backtracking import intensity_of_velocities, observer_velocity
from eddysky.simulator.transport.bands import OctaveBands

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import TransportModel

__all__ = ["banded_intensity", "begins_with_modes"]

Array = NDArray[np.float64]


def begins_with_modes(flow: PairedField) -> bool:
    """Whether a flow is a sum whose first part are modes, so that it can be split into bands."""
    return isinstance(flow, Superposition) and isinstance(flow.parts[0], Modes)


def banded_intensity(
    model: TransportModel, bands: OctaveBands, flow: PairedField, threads: int
) -> Callable[[AntipodalGrid], Array]:
    """I(n) as a function of a grid of rings.

    Parameters
    ----------
    model
        Isotropic transport.
    bands
        The octave bands of the model's configuration.
    flow
        A flow for which `begins_with_modes` is true.
    threads
        Threads to use; the result does not depend on it.
    """
    assert isinstance(flow, Superposition)
    modes, *others = flow.parts
    assert isinstance(modes, Modes)
    short = Superposition((modes.part(bands.short), *others))
    long_alm = bands.long_waves(modes, model.config.mean_free_path, threads)
    observer = observer_velocity(model.config, flow)

    def intensity(grid: AntipodalGrid) -> Array:
        assert grid.rings is not None
        long = bands.on_rings(grid.rings, long_alm, threads)

        def velocities(rows: slice, points: Array) -> tuple[Array, Array]:
            ahead, behind = short.velocity_pairs(points)
            return ahead + long[grid.first[rows]], behind + long[grid.second[rows]]

        return intensity_of_velocities(model, velocities, observer, grid, threads)

    return intensity
