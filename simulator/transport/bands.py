"""A flow on the sphere one mean free path away, in octave bands of wavenumber.

Seen from the observer, a wave of wavenumber k has multipoles up to about kλ. Long waves are therefore summed on coarse
grids of directions, one per octave, and interpolated to the fine grid by spherical-harmonic transforms. The shortest
waves are summed on the fine grid itself. Velocities are added, not intensities, so that the boosts stay exact.
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
from eddysky.simulator.sky.rings import RingPairs, Rings
from eddysky.simulator.transport.blocks import mapped

__all__ = ["OctaveBand", "OctaveBands", "velocity_on_rings"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Points are processed in blocks small enough for several threads to share a coarse grid; results do not depend on it.
POINT_BLOCK = 1 << 9
# Lowest edge of an octave in kλ: below it the size of the grid hardly depends on kλ (see `highest_multipole`).
LOWEST_EDGE = 1.0
# Cost of a separate band in evaluations of one mode at one pair of directions: constant part, and per pair for three
# transforms, on its own grid and on the fine grid alike. Measured from nside 4 to 512.
BAND_COST, TRANSFORM_COST = 600_000, 350


@dataclass(frozen=True, slots=True)
class OctaveBand:
    """One octave of modes, with a grid that resolves all their multipoles.

    Parameters
    ----------
    modes
        Their indices.
    content
        Highest multipole.
    grid
        Grid that gives a_ℓm up to `content`.
    indices
        Of these a_ℓm among those of all bands.
    """

    modes: slice
    content: int
    grid: GaussLegendreGrid
    indices: NDArray[np.int64] | slice


@dataclass(frozen=True, slots=True)
class OctaveBands:
    """The modes of a configuration, divided into octave bands.

    Parameters
    ----------
    long
        Octaves of long waves, shortest first.
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
        """Bands of a configuration with isotropic transport, if it asks for them or they save time, else None."""
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
        """Divide `count` modes of a spectrum into bands; the fine grid gives a_ℓm up to lmax.

        An octave becomes a separate band where that saves time, or in any case if `always`.
        """
        band = spectrum.k_max * mean_free_path
        fine = GaussLegendreGrid.for_waves(lmax, band)
        octaves = max(0, math.ceil(math.log2(band / LOWEST_EDGE)) - 1)
        end, pairs = count, len(fine.points.half)
        # The first band also pays for the transforms to the fine grid.
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
            # All of them, without an index, are much faster.
            OctaveBand(
                slice(*modes),
                content,
                grid,
                slice(None) if content == top else index_of(*ells_and_ms(content), top),
            )
            for *modes, (content, grid) in zip(starts, ends, long, strict=False)
        ]
        return cls(tuple(bands), slice(ends[0] if ends else 0, count), fine)

    @property
    def content(self) -> int:
        """Highest multipole of the long waves."""
        return self.long[0].content if self.long else 0

    def long_waves(self, modes: Modes, mean_free_path: float, threads: int) -> Alm:
        """a_ℓm (3, ...) up to `content` of the velocity components [km/s] of the long waves."""
        total = np.zeros((3, alm_size(self.content)), dtype=np.complex128)
        for band in self.long:
            pairs = band.grid.points.pairs
            assert pairs is not None
            velocity = velocity_on_rings(modes.part(band.modes), pairs, mean_free_path, threads)

            def analysed(component: int, band: OctaveBand = band, values: Array = velocity) -> Alm:
                return band.grid.analyse(values[:, component], band.content)

            for component, alm in enumerate(mapped(analysed, range(3), threads)):
                total[component, band.indices] += alm
        return total

    def add_on_rings(self, rings: Rings, alm: Alm, velocity: Array, threads: int) -> None:
        """Add the long waves, from the a_ℓm of `long_waves`, to velocities (N, 3) [km/s] at the points of rings."""

        def synthesised(component: int) -> Array:
            return rings.synthesise(alm[component], self.content)

        for component, values in enumerate(mapped(synthesised, range(3), threads)):
            velocity[:, component] += values


def velocity_on_rings(modes: Modes, pairs: RingPairs, radius: float, threads: int) -> Array:
    """Velocities (N, 3) [km/s] of modes at a distance [pc] in the directions of all points of a grid of rings."""
    velocity = np.empty(
        (2 * int(np.sum(np.where(pairs.north == pairs.south, 1, 2) * pairs.counts)), 3)
    )

    def write(part: RingPairs) -> None:
        modes.velocity_on_rings(part.points, part.counts, part.north, part.south, radius, velocity)

    for _ in mapped(write, pairs.parts(POINT_BLOCK) if threads > 1 else [pairs], threads):
        pass
    return velocity
