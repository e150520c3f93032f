"""Grids of rings of equal latitude for spherical-harmonic transforms.

Transforms use Legendre coefficients, in one thread. ducc0's (0.42) one-step `synthesis` and `adjoint_synthesis` give
other last bits in about one of five thousand threads. `leg2alm` has been seen to do so in its two highest multipoles,
which are therefore not used.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.harmonics import GUARD, truncated

__all__ = ["RingPairs", "Rings", "healpix_rings"]

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
    longitudes: NDArray[np.int64]
    first_longitude: Array
    start: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", np.cumsum(self.longitudes) - self.longitudes)

    def synthesise(self, alm: Alm, lmax: int) -> Array:
        """Values (N,) at all points of the real function with a_ℓm (m by m, up to lmax)."""
        leg = ducc0.sht.alm2leg(alm=alm[None], spin=0, lmax=lmax, theta=self.colatitude, nthreads=1)
        values: Array = ducc0.sht.leg2map(leg=leg, nthreads=1, **self.circles())[0]
        return values

    def project(self, values: Array, lmax: int) -> Alm:
        """Sums Σ_i f_i Y*_ℓm(n_i) up to lmax over all points: a_ℓm, if f (N,) contains quadrature weights."""
        highest = lmax + GUARD
        leg = ducc0.sht.map2leg(map=values[None], mmax=highest, nthreads=1, **self.circles())
        alm: Alm = ducc0.sht.leg2alm(
            leg=leg, spin=0, lmax=highest, theta=self.colatitude, nthreads=1
        )[0]
        return truncated(alm, highest, lmax)

    def circles(self) -> dict[str, NDArray[np.generic]]:
        """Rings without their latitudes, as ducc0 takes them."""
        return {
            "nphi": self.longitudes.astype(np.uint64),
            "phi0": self.first_longitude,
            "ringstart": self.start.astype(np.uint64),
        }


@dataclass(frozen=True, slots=True)
class RingPairs:
    """Pairs of rings at ±z with the same longitudes, an even number of them, so that (±x, ±y, ±z) are points of both.

    Parameters
    ----------
    points
        Directions of the first half of each northern ring, ring by ring, shape (N, 3).
    counts
        Number of these on each ring, shape (pairs,).
    north, south
        Index of the first point of each ring among all points, shape (pairs,). Both are the same for the equator.
    """

    points: Array
    counts: NDArray[np.int64]
    north: NDArray[np.int64]
    south: NDArray[np.int64]

    @classmethod
    def from_rings(cls, rings: Rings) -> Self:
        """Pairs of rings from north to south that are mirror images."""
        pairs = (len(rings.colatitude) + 1) // 2
        half, start = rings.longitudes[:pairs] // 2, rings.start
        theta = np.repeat(rings.colatitude[:pairs], half)
        step = np.arange(len(theta)) - np.repeat(np.cumsum(half) - half, half)
        phi = np.repeat(rings.first_longitude[:pairs], half) + math.pi * step / np.repeat(
            half, half
        )
        sine = np.sin(theta)
        points = np.stack([sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)], axis=1)
        return cls(points, half, start[:pairs], start[: -pairs - 1 : -1].copy())

    def parts(self, size: int) -> list[Self]:
        """The same pairs in parts of about so many points."""
        ends = np.cumsum(self.counts)
        part = (ends - 1) // size
        cuts = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(ends)]
        return [
            type(self)(
                self.points[ends[first] - self.counts[first] : ends[last - 1]],
                self.counts[first:last],
                self.north[first:last],
                self.south[first:last],
            )
            for first, last in itertools.pairwise(cuts)
        ]


def healpix_rings(nside: int) -> Rings:
    """Rings of a HEALPix map in RING order."""
    info = ducc0.healpix.Healpix_Base(nside, "RING").sht_info()
    return Rings(info["theta"], info["nphi"].astype(np.int64), info["phi0"])
