"""Sampling a velocity field on a grid, for use in other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField, with_pairs
from eddysky.simulator.flow.gridded import DATASETS, grid_geometry

__all__ = ["sample_grid"]

Array = NDArray[np.float64]


def sample_grid(
    field: VelocityField,
    shape: Sequence[int],
    spacing: Any,
    *,
    origin: Any = None,
    path: str | Path | None = None,
) -> Array:
    """Sample a velocity field on a grid, and write it to an HDF5 file if asked to.

    The file holds the datasets velocity_x, velocity_y and velocity_z of shape (nx, ny, nz) in km/s, and the attributes
    `spacing` and `origin`, three lengths in pc. `GriddedFlow.from_file` reads it.

    `GriddedFlow` is periodic, but the modes that eddysky draws are not. Their grid must therefore contain all
    positions of last scattering with a margin of two points on each side: for fixed paths and one scattering, the
    sphere of radius λ about the observer.

    Parameters
    ----------
    field
        The velocity field.
    shape
        Number of grid points along each axis.
    spacing, origin
        As in `GriddedFlow.from_array`; by default the observer is at the grid point [nx // 2, ny // 2, nz // 2].
    path
        The file, overwritten if it exists.

    Returns
    -------
    ndarray
        Velocities [km/s], shape (3, nx, ny, nz).

    Raises
    ------
    InputError
        If an argument or a velocity of the field is invalid, or the file cannot be written.
    """
    counts, flow = np.atleast_1d(shape).tolist(), with_pairs(field)
    if len(counts) != 3 or not all(isinstance(n, int) and n >= 4 for n in counts):
        raise InputError(f"shape = {shape}: must be three whole numbers, at least 4")
    steps, start = grid_geometry(counts, spacing, origin)
    x, y, z = (
        first + step * np.arange(n) for first, step, n in zip(start, steps, counts, strict=True)
    )
    u = np.empty((3, *counts))
    for i, position in enumerate(x):
        points = np.stack(np.broadcast_arrays(position, y[:, None], z), axis=-1).reshape(-1, 3)
        u[:, i] = flow.velocity(points).T.reshape(3, len(y), len(z))
    if path is not None:
        import h5py

        try:
            with h5py.File(path, "w") as file:
                file.attrs["spacing"] = [f"{step!r} pc" for step in steps.tolist()]
                file.attrs["origin"] = [f"{first!r} pc" for first in start.tolist()]
                for name, component in zip(DATASETS, u, strict=True):
                    file.create_dataset(name, data=component).attrs["units"] = "km/s"
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error}") from None
    return u
