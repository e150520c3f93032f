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
from eddysky.simulator.transport.bands import OctaveBands, velocity_on_rings

if TYPE_CHECKING:
    from eddysky.simulator.transport.model import BoostModel

__all__ = ["banded_intensity", "begins_with_modes"]

Array = NDArray[np.float64]


def begins_with_modes(flow: PairedField) -> bool:
    """Whether a flow is a sum whose first part are modes, so that it can be split into bands."""
    return isinstance(flow, Superposition) and isinstance(flow.parts[0], Modes)


def banded_intensity(
    model: BoostModel, bands: OctaveBands, flow: PairedField, threads: int
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
    short, rest = modes.part(bands.short), Superposition(tuple(others))
    radius = model.config.mean_free_path
    long_alm = bands.long_waves(modes, radius, threads)
    observer = observer_velocity(model.config, flow)

    def intensity(grid: AntipodalGrid) -> Array:
        assert grid.rings is not None
        assert grid.pairs is not None
        waves = velocity_on_rings(short, grid.pairs, radius, threads)
        if bands.long:
            bands.add_on_rings(grid.rings, long_alm, waves, threads)

        def velocities(rows: slice, points: Array) -> tuple[Array, Array]:
            ahead, behind = waves[grid.first[rows]], waves[grid.second[rows]]
            if not rest.parts:
                return ahead, behind
            ahead_rest, behind_rest = rest.velocity_pairs(points)
            return ahead + ahead_rest, behind + behind_rest

        return intensity_of_velocities(model, velocities, observer, grid, threads)

    return intensity
