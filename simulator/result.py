"""What a run gives back, from memory or from its file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config

__all__ = ["Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """An ensemble of skies.

    Parameters
    ----------
    config
        The configuration that made it.
    index
        Global numbers of the realisations, ascending, shape (R,).
    power
        C_ℓ of δf/f for each realisation, shape (R, lmax + 1); ℓ = 0 is 4π mean², with random
        sampling 4π times the product of the means of both halves.
    mean
        ⟨δf/f⟩ over all directions, the removed monopole, shape (R,).
    map_index
        Numbers of the realisations whose maps were kept, shape (K,).
    maps
        δf/f − mean in RING order, NaN where no particle fell, shape (K, 12 nside²), single precision.
    hits
        Particles per pixel with random sampling, shape (K, 12 nside²), else None.
    variance
        Squared standard error of the maps with random sampling, else None.
    """

    config: Config
    index: NDArray[np.int64]
    power: NDArray[np.float64] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)
    map_index: NDArray[np.int64] = field(repr=False)
    maps: NDArray[np.float32] = field(repr=False)
    hits: NDArray[np.int64] | None = field(default=None, repr=False)
    variance: NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def ell(self) -> NDArray[np.int64]:
        """Multipoles ℓ = 0…lmax of the columns of `power`."""
        return np.arange(self.power.shape[1])
