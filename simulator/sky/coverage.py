"""The part of the sky that a map has seen, and the mean square of the sky there in bins of pitch angle.

The mean square of a bin is the average of I² over the seen directions of the bin,

    ⟨I²⟩_seen = ∫ s I² dΩ / ∫ s dΩ,  s = 1 where the sky was seen and 0 elsewhere,

and the bin's coverage is ∫ s dΩ over its solid angle. Directions that were not seen never count as zeros.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.frames import field_axes, rotated
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, from_multipole
from eddysky.simulator.sky.rings import Rings

__all__ = ["SeenPixels", "covered_profile"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Rings from pole to pole and directions on each ring, at least: half a degree across the equator.
FEWEST_RINGS, FEWEST_ON_RING = 2000, 720
# Nodes of Gauss and Legendre beyond one for each half period of the sky's square in a bin.
SPARE_NODES = 10


@dataclass(frozen=True, slots=True)
class SeenPixels:
    """Which pixels of a HEALPix map hold a value.

    Parameters
    ----------
    pixels
        True where they do, in RING order, shape (12 nside²,).
    axes
        Letter of the map's axes, as in `frames.AXES`.
    """

    pixels: NDArray[np.bool_]
    axes: str

    @property
    def fraction(self) -> float:
        """Fraction of the sky that was seen."""
        return float(np.mean(self.pixels))

    def at(self, directions: Array) -> NDArray[np.bool_]:
        """Whether the sky was seen in equatorial directions.

        Parameters
        ----------
        directions
            Unit vectors, shape (N, 3).

        Returns
        -------
        ndarray
            Shape (N,).
        """
        import healpy

        x, y, z = rotated(directions, "C", self.axes).T
        nside = healpy.npix2nside(len(self.pixels))
        found: NDArray[np.bool_] = self.pixels[healpy.vec2pix(nside, x, y, z)]
        return found


def covered_profile(
    alm: Alm, bins: PitchAngleBins, lmin: int, seen: SeenPixels, field: Array
) -> tuple[Array, Array]:
    """Mean square of a sky over the seen part of each bin of pitch angle (ZL25 Eq. 17).

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m up to `bins.lmax`, in the frame whose pole is b (`frames.to_field_frame`).
    bins
        Bins in μ = −n·b.
    lmin
        Lowest multipole that counts.
    seen
        What was seen.
    field
        Unit vector b in equatorial axes, shape (3,).

    Returns
    -------
    mean_square, coverage
        ⟨I²⟩ over the seen part of each bin, NaN where nothing was seen, and the fraction of each bin's
        solid angle that was seen, each of shape (bins,).
    """
    kept = from_multipole(alm, bins.lmax, lmin)
    count = len(bins.edges) - 1
    # The widest bin is the one at a pole; the square of the sky has 2 lmax periods in 2π.
    periods = bins.lmax * math.acos(max(1 - 2 / count, -1.0))
    nodes, weights = np.polynomial.legendre.leggauss(
        max(math.ceil(periods) + SPARE_NODES, math.ceil(FEWEST_RINGS / count))
    )
    weights /= weights.sum()
    on_ring = max(2 * bins.lmax + 1, FEWEST_ON_RING)
    phi = 2 * math.pi * np.arange(on_ring) / on_ring
    axes, on_rings = field_axes(field), np.full(len(nodes), on_ring)
    result, coverage = np.full(count, np.nan), np.zeros(count)
    for i in range(count):
        low, high = bins.edges[i : i + 2]
        mu = 0.5 * (low + high) + 0.5 * (high - low) * nodes
        rings = Rings(np.arccos(-mu), on_rings, np.zeros(len(mu)))
        sky = rings.synthesise(kept, bins.lmax).reshape(len(mu), on_ring)
        sine = np.sqrt(1 - mu**2)
        directions = np.stack(
            [np.outer(sine, np.cos(phi)), np.outer(sine, np.sin(phi)), np.outer(-mu, np.ones(on_ring))],
            axis=-1,
        )  # fmt: skip
        good = seen.at((directions @ axes).reshape(-1, 3)).reshape(sky.shape)
        coverage[i] = np.sum(weights * good.mean(axis=1))
        if good.any():
            square = np.sum(weights * np.mean(sky**2 * good, axis=1))
            result[i] = square / coverage[i]
    # The weights add up to one but for rounding.
    return result, np.minimum(coverage, 1.0)
