"""A flow on the sphere one mean free path away, octave by octave of its waves.

Seen from the observer a wave of wavenumber k has multipoles up to about kλ. The flow of the long waves is therefore
summed on a coarse grid of directions, octave by octave, and carried to a fine one through its a_ℓm; only the shortest
octave is summed on the fine grid itself. Velocities and not intensities are added up, so that the boosts stay exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.spectrum import Spectrum
from eddysky.simulator.flow.modes import Modes, modes_below
from eddysky.simulator.sky.alm_index import alm_size, ells_and_ms, index_of
from eddysky.simulator.sky.grids import GaussLegendreGrid, highest_multipole
from eddysky.simulator.sky.rings import Rings
from eddysky.simulator.transport.blocks import mapped

__all__ = ["OctaveBand", "OctaveBands"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
Pairs = tuple[Array, Array]

# Points are worked through in blocks small enough for several threads to share a coarse grid; no result depends on it.
POINT_BLOCK = 1 << 9
# Octaves end here: below, the margin of a wave, and not its kλ, decides how fine a grid it needs.
LOWEST_EDGE = 1.0
# What a band of its own costs, in evaluations of a mode at a pair of directions: at all, and a pair of its grid for
# the three transforms; the transforms to the fine grid cost the same a pair. Measured from nside 4 to 512.
BAND_COST, TRANSFORM_COST = 250_000, 150


@dataclass(frozen=True, slots=True)
class OctaveBand:
    """Some of the modes, and a grid that holds all their multipoles.

    Parameters
    ----------
    modes
        Their indices.
    content
        Highest multipole.
    grid
        Gives a_ℓm up to `content`.
    indices
        Of these a_ℓm among those of all bands.
    """

    modes: slice
    content: int
    grid: GaussLegendreGrid
    indices: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OctaveBands:
    """How the modes of a configuration are shared out.

    Parameters
    ----------
    long
        Octaves of long waves, from the shorter to the longer.
    short
        Indices of the modes that are summed on the fine grid.
    grid
        The fine grid.
    """

    long: tuple[OctaveBand, ...]
    short: slice
    grid: GaussLegendreGrid

    @classmethod
    def from_config(cls, config: Config) -> Self | None:
        """Bands of a configuration with isotropic transport, where it asks for them or they save time, else None."""
        flow, evaluation = config.flow, config.sky.evaluation
        if evaluation == "direct" or not config.turbulent or flow.taylor_order is not None:
            return None
        always = evaluation == "bands"
        bands = cls.from_spectrum(
            config.flow_spectrum, flow.modes, config.mean_free_path, config.lmax, always=always
        )
        return bands if always or bands.long else None

    @classmethod
    def from_spectrum(
        cls,
        spectrum: Spectrum,
        count: int,
        mean_free_path: float,
        lmax: int,
        *,
        always: bool = False,
    ) -> Self:
        """Share out `count` modes of a spectrum, with a fine grid that gives a_ℓm up to lmax.

        An octave becomes a band of its own where that saves time, or always.
        """
        band = spectrum.k_max * mean_free_path
        fine = GaussLegendreGrid.for_waves(lmax, band)
        octaves = max(0, math.ceil(math.log2(band / LOWEST_EDGE)) - 1)
        end, pairs = count, len(fine.points.half)
        # The first band brings the transforms to the fine grid with it.
        price = BAND_COST + TRANSFORM_COST * pairs
        ends, long = [], []
        for edge in band / 2.0 ** np.arange(1, octaves + 1):
            below = modes_below(spectrum, count, edge / mean_free_path)
            if not 0 < below < end:
                continue
            content = highest_multipole(edge)
            grid = GaussLegendreGrid.for_waves(content, edge)
            saved = below * (pairs - len(grid.points.half))
            if always or saved > price + TRANSFORM_COST * len(grid.points.half):
                ends.append(below)
                long.append((content, grid))
                end, pairs, price = below, len(grid.points.half), BAND_COST
        top = long[0][0] if long else 0
        starts = [*ends[1:], 0]
        bands = [
            OctaveBand(slice(*modes), content, grid, index_of(*ells_and_ms(content), top))
            for *modes, (content, grid) in zip(starts, ends, long, strict=False)
        ]
        return cls(tuple(bands), slice(ends[0] if ends else 0, count), fine)

    @property
    def content(self) -> int:
        """Highest multipole of the long waves."""
        return self.long[0].content if self.long else 0

    def long_waves(self, modes: Modes, mean_free_path: float, threads: int) -> Alm:
        """a_ℓm (3, ...) up to `content` of the velocity components [km/s] that the long waves make."""
        total = np.zeros((3, alm_size(self.content)), dtype=np.complex128)
        for band in self.long:
            points = band.grid.points
            pairs = velocity_pairs(modes.part(band.modes), mean_free_path * points.half, threads)

            def analysed(component: int, band: OctaveBand = band, pairs: Pairs = pairs) -> Alm:
                values = band.grid.points.assemble(*(velocity[:, component] for velocity in pairs))
                return band.grid.analyse(values, band.content)

            for component, alm in enumerate(mapped(analysed, range(3), threads)):
                total[component, band.indices] += alm
        return total

    def on_rings(self, rings: Rings, alm: Alm, threads: int) -> Array:
        """Velocities (N, 3) [km/s] at points of rings, of the a_ℓm from `long_waves`."""

        def synthesised(component: int) -> Array:
            return rings.synthesise(alm[component], self.content)

        return np.stack(list(mapped(synthesised, range(3), threads)), axis=1)


def velocity_pairs(modes: Modes, points: Array, threads: int) -> tuple[Array, Array]:
    """Velocities (N, 3) at points (N, 3) and at their antipodes."""
    size = POINT_BLOCK if threads > 1 else max(1, len(points))
    blocks = [points[start : start + size] for start in range(0, len(points), size)]
    parts = list(mapped(modes.velocity_pairs, blocks, threads))
    return np.concatenate([plus for plus, _ in parts]), np.concatenate(
        [minus for _, minus in parts]
    )
