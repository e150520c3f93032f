"""One realisation: its power spectrum and, where asked for, its map and a_ℓm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.pixels import Sky

__all__ = ["Realization"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Realization:
    """Sky of one realisation.

    Parameters
    ----------
    index
        Global number of the realisation; with the seed it selects the random streams.
    power
        C_ℓ of δf/f, ℓ = 0…lmax; ℓ = 0 is 4π mean², with random sampling from the means of both halves.
    mean
        ⟨I⟩ over all directions, the local compression.
    sky
        The map, if it was requested.
    noise
        With random sampling the power of the shot noise of the whole sky (`shot_noise`), ℓ = 0…lmax, else None.
    zonal
        With parallel transport a_ℓ0 in the frame whose pole is b, else None. Shape (halves, lmax + 1): with random
        sampling one set for each half of the particles, whose shot noise is independent, else one.
    alm
        a_ℓm in equatorial axes, m by m, if requested. Shape (halves, (lmax + 1)(lmax + 2)/2).
    columns
        Rows of the outside columns, by name.
    """

    index: int
    power: Array
    mean: float
    sky: Sky | None = None
    noise: Array | None = None
    zonal: Array | None = None
    alm: Alm | None = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
