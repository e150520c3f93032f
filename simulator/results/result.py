"""What a run gives back, from memory or from its file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config

__all__ = ["Result"]


def no_indices() -> NDArray[np.int64]:
    """Numbers of no realisations."""
    return np.empty(0, dtype=np.int64)


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
    noise
        With random sampling the power of the shot noise in the sky of all particles, measured from the difference
        of two halves: one row a realisation, (R, lmax + 1). None with pixel centres and in results of older versions.
    zonal
        With parallel transport a_ℓ0 in the frame whose pole is the magnetic field, shape
        (R, halves, lmax + 1), else None. With random sampling there is one set for each half of the particles,
        whose shot noise is independent, so that products across the halves are unbiased; else one.
    alm_index
        Numbers of the realisations whose a_ℓm were kept, shape (A,).
    alm
        a_ℓm in equatorial axes, m by m as healpy has them, shape (A, halves, (lmax + 1)(lmax + 2)/2).
    """

    config: Config
    index: NDArray[np.int64]
    power: NDArray[np.float64] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)
    map_index: NDArray[np.int64] = field(repr=False)
    maps: NDArray[np.float32] = field(repr=False)
    hits: NDArray[np.int64] | None = field(default=None, repr=False)
    variance: NDArray[np.float32] | None = field(default=None, repr=False)
    noise: NDArray[np.float64] | None = field(default=None, repr=False)
    zonal: NDArray[np.float64] | None = field(default=None, repr=False)
    alm_index: NDArray[np.int64] = field(default_factory=no_indices, repr=False)
    alm: NDArray[np.complex128] | None = field(default=None, repr=False)

    @property
    def ell(self) -> NDArray[np.int64]:
        """Multipoles ℓ = 0…lmax of the columns of `power`."""
        return np.arange(self.power.shape[1])
