"""Grids of directions on the sky that map onto themselves under n → −n.

One evaluation of a mode sum serves both ends of a diameter, so a grid is evaluated on half of its points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.sky.rings import RingPairs, Rings, healpix_rings

__all__ = [
    "AntipodalGrid",
    "GaussLegendreGrid",
    "ZonalGrid",
    "healpix_grid",
    "highest_multipole",
    "sky_content",
]

Array = NDArray[np.float64]


def highest_multipole(band: float) -> int:
    """Multipole beyond which a plane wave of kλ = band has no power: j_ℓ(band) < 1e-7.

    j_ℓ(x) falls like the Airy function Ai(2^(1/3) (ℓ − x)/x^(1/3)), which is below 1e-7 from argument 8 on.
    """
    return math.ceil(band + 6.5 * math.cbrt(band) + 4)


def sky_content(config: Config, k_max: float | None) -> int:
    """Highest multipole of the intensity that a flow of wavenumbers up to k_max [1/pc] makes one mean free path away.

    Without k_max the flow is the configured one.
    """
    if k_max is None:
        k_max = config.flow_spectrum.k_max if config.turbulent else 0.0
    content = highest_multipole(k_max * config.mean_free_path)
    if config.flow.taylor_order is not None:
        # n·u is of one degree more than u.
        content = min(content, config.flow.taylor_order + 1)
    # A uniform velocity gradient makes a quadrupole; everything else regular is a dipole.
    return max(2, content)


@dataclass(frozen=True, slots=True)
class AntipodalGrid:
    """Directions of which −n is a member with n.

    Parameters
    ----------
    half
        One direction of each pair, shape (H, 3).
    first, second
        Indices of n and −n in the full grid, shape (H,).
    rings
        The full grid as rings of equal latitude, where it consists of them.
    pairs
        These rings in pairs at ±z.
    """

    half: Array
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    rings: Rings | None = None
    pairs: RingPairs | None = None

    def assemble(self, plus: Array, minus: Array) -> Array:
        """Full grid (2H,) of values at n (H,) and at −n (H,)."""
        values = np.empty(2 * len(self.first))
        values[self.first] = plus
        values[self.second] = minus
        return values


@dataclass(frozen=True, slots=True)
class GaussLegendreGrid:
    """Gauss–Legendre rings in latitude, equal steps in longitude: integrates multipoles exactly.

    Parameters
    ----------
    rings
        The rings from the north, an even number of them, with even numbers of points, the first at longitude 0.
    weights
        Quadrature weights of all points, which add up to 4π.
    points
        The directions, ring by ring.
    """

    rings: Rings
    weights: Array
    points: AntipodalGrid

    @classmethod
    def for_multipoles(cls, lmax: int, content: int) -> Self:
        """Smallest grid that gives a_ℓm up to lmax of a function with multipoles up to `content`."""
        total = lmax + max(content, lmax)
        rings = 2 * math.ceil((total + 1) / 4)
        return cls.from_rings(rings, [2 * math.ceil((total + 1) / 2)] * (rings // 2))

    @classmethod
    def for_waves(cls, lmax: int, band: float) -> Self:
        """Grid that gives a_ℓm up to lmax of plane waves of kλ up to `band`, to 1e-7 of their amplitudes.

        Near the poles fewer points suffice: on a ring of colatitude θ a wave has the orders of one of kλ sin θ, and
        so have the harmonics of degree kλ.
        """
        content = max(lmax, highest_multipole(band))
        rings = 2 * math.ceil((lmax + content + 1) / 4)
        sines = np.sin(ducc0.misc.GL_thetas(rings)[: rings // 2])
        orders = [
            min(lmax, highest_multipole(lmax * sine)) + min(content, highest_multipole(band * sine))
            for sine in sines
        ]
        # A length without large prime factors, which suits the Fourier transform along the ring.
        return cls.from_rings(
            rings, [2 * ducc0.fft.good_size(order // 2 + 1, True) for order in orders]
        )

    @classmethod
    def from_rings(cls, rings: int, northern: Sequence[int]) -> Self:
        """Grid of that many rings, with so many points on each of the northern half."""
        theta = ducc0.misc.GL_thetas(rings)
        longitudes = np.array([*northern, *reversed(northern)], dtype=np.int64)
        geometry = Rings(theta, longitudes, np.zeros(rings))
        half, first, second = [], [], []
        total = int(np.sum(longitudes))
        for colatitude, start, count in zip(theta, geometry.start.tolist(), northern, strict=False):
            index = np.arange(count)
            phi = 2 * math.pi / count * index
            sine = math.sin(colatitude)
            ring = [sine * np.cos(phi), sine * np.sin(phi), np.full(count, math.cos(colatitude))]
            half.append(np.stack(ring, axis=1))
            first.append(start + index)
            # The antipode lies on the mirrored ring, half a turn further.
            second.append(total - start - count + (index + count // 2) % count)
        points = AntipodalGrid(
            np.concatenate(half),
            np.concatenate(first),
            np.concatenate(second),
            geometry,
            RingPairs.from_rings(geometry),
        )
        weights = ducc0.misc.GL_weights(rings, 1) / longitudes
        return cls(geometry, np.repeat(weights, longitudes), points)

    def analyse(self, values: Array, lmax: int) -> NDArray[np.complex128]:
        """a_ℓm up to lmax of values (N,) on the grid, exact for its multipoles."""
        return self.rings.project(self.weights * values, lmax)


@dataclass(frozen=True, slots=True)
class ZonalGrid:
    """Gauss–Legendre nodes in the cosine μ of the angle to an axis, for skies that depend on μ alone.

    Parameters
    ----------
    mu
        The nodes, ascending.
    weights
        Quadrature weights in μ.
    legendre
        Y_ℓ0(μ), shape (nodes, lmax + 1).
    """

    mu: Array
    weights: Array
    legendre: Array

    @classmethod
    def for_multipoles(cls, lmax: int, content: int) -> Self:
        """Smallest grid that gives a_ℓ0 up to lmax of a function with multipoles up to `content`."""
        count = 2 * math.ceil((lmax + max(content, lmax) + 1) / 4)
        mu = -np.cos(ducc0.misc.GL_thetas(count))
        weights = ducc0.misc.GL_weights(count, 1) / (2 * math.pi)
        norm = np.sqrt((2 * np.arange(lmax + 1) + 1) / (4 * math.pi))
        legendre = np.asarray(np.polynomial.legendre.legvander(mu, lmax) * norm, dtype=np.float64)
        return cls(np.asarray(mu, dtype=np.float64), np.asarray(weights), legendre)

    def points(self, axis: Array) -> AntipodalGrid:
        """Directions, one for each μ, in the half-plane of some longitude and its opposite."""
        count = len(self.mu)
        half = self.mu[count // 2 :]
        # Any direction across the axis will do: nothing depends on longitude.
        across = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
        across /= np.linalg.norm(across)
        directions = half[:, None] * axis + np.sqrt((1 - half) * (1 + half))[:, None] * across
        index = np.arange(count)
        return AntipodalGrid(directions, index[count // 2 :], index[: count // 2][::-1])

    def analyse(self, values: Array) -> Array:
        """a_ℓ0 (lmax + 1,) in the frame whose pole is the axis, of values (nodes,)."""
        # Not by BLAS, whose last bit depends on what else is running.
        zonal: Array = 2 * math.pi * np.einsum("i,il->l", self.weights * values, self.legendre)
        return zonal


def healpix_grid(nside: int) -> AntipodalGrid:
    """Pixel centres of a HEALPix map in RING order."""
    base = ducc0.healpix.Healpix_Base(nside, "RING")
    directions: Array = base.pix2vec(np.arange(12 * nside**2))
    opposite = base.vec2pix(-directions)
    first = np.flatnonzero(np.arange(len(opposite)) < opposite)
    half = np.ascontiguousarray(directions[first])
    rings = healpix_rings(nside)
    return AntipodalGrid(half, first, opposite[first], rings, RingPairs.from_rings(rings))
