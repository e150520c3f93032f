"""Grids of rings of equal latitude for spherical-harmonic transforms.

Transforms use Legendre coefficients, in one thread. ducc0's (0.42) one-step `synthesis` and `adjoint_synthesis` give
other last bits in about one of five thousand threads. `leg2alm` still does, by 1e-17 of the largest a_ℓm, in up to two
of a thousand short-lived threads on a busy machine: at m = 2 of its two highest multipoles, or at ℓ = lmax, m = 6.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import ducc0
import numpy as np
from numpy.typing import NDArray

__all__ = ["Rings", "healpix_rings"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Rings:
    """Points in equal steps of longitude on each ring, ring by ring.

    Parameters
    ----------
    colatitude
        θ of each ring, shape (rings,).
    longitudes
        Number of points on each ring, shape (rings,).
    first_longitude
        Of the first point of each ring [rad], shape (rings,).
    start
        Index of that point among all, shape (rings,).
    """

    colatitude: Array
    longitudes: NDArray[np.uint64]
    first_longitude: Array
    start: NDArray[np.uint64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        start = np.cumsum(self.longitudes) - self.longitudes
        object.__setattr__(self, "start", start.astype(np.uint64))

    def synthesise(self, alm: Alm, lmax: int) -> Array:
        """Values (N,) at all points of the real function with a_ℓm (m by m, up to lmax)."""
        leg = ducc0.sht.alm2leg(alm=alm[None], spin=0, lmax=lmax, theta=self.colatitude, nthreads=1)
        values: Array = ducc0.sht.leg2map(leg=leg, nthreads=1, **self.circles())[0]
        return values

    def project(self, values: Array, lmax: int) -> Alm:
        """Sums Σ_i f_i Y*_ℓm(n_i) up to lmax over all points: a_ℓm, if f (N,) contains quadrature weights."""
        leg = ducc0.sht.map2leg(map=values[None], mmax=lmax, nthreads=1, **self.circles())
        alm: Alm = ducc0.sht.leg2alm(leg=leg, spin=0, lmax=lmax, theta=self.colatitude, nthreads=1)[
            0
        ]
        return alm

    def circles(self) -> dict[str, NDArray[np.generic]]:
        """Rings without their latitudes, as ducc0 takes them."""
        return {
            "nphi": self.longitudes,
            "phi0": self.first_longitude,
            "ringstart": self.start,
        }


def healpix_rings(nside: int) -> Rings:
    """Rings of a HEALPix map in RING order."""
    info = ducc0.healpix.Healpix_Base(nside, "RING").sht_info()
    return Rings(info["theta"], info["nphi"], info["phi0"])
