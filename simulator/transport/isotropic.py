"""Isotropic diffusion: between scatterings a particle keeps its direction, r = s n (ZL24 Eq. 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels import tracking
from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import PairedField
from eddysky.simulator.sky.grids import AntipodalGrid, GaussLegendreGrid, sky_content
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.backtracking import directional_intensity
from eddysky.simulator.transport.banded_flow import banded_intensity, begins_with_modes
from eddysky.simulator.transport.bands import OctaveBands
from eddysky.simulator.transport.rigidity_average import mean_path

__all__ = ["Isotropic"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Isotropic:
    """Isotropic diffusion, a `BoostModel`.

    Parameters
    ----------
    config
        The configuration.
    grid
        Gauss–Legendre grid, on which the multipoles are exact, unlike on HEALPix pixel centres; None with random
        arrivals.
    bands
        Octave bands, where long waves are summed on coarser grids, else None.
    """

    config: Config
    grid: GaussLegendreGrid | None = None
    bands: OctaveBands | None = None

    @classmethod
    def from_config(cls, config: Config, k_max: float | None) -> Self:
        """Model with a grid for wavenumbers up to k_max [1/pc], or for the configured flow."""
        if config.sampling != "pixel-centre":
            return cls(config)
        bands = OctaveBands.from_config(config) if k_max is None else None
        if bands is not None:
            return cls(config, bands.grid, bands)
        content = sky_content(config, k_max)
        return cls(config, GaussLegendreGrid.for_multipoles(config.lmax, content))

    def for_realization(self, index: int) -> Self:
        """The same model in all realisations."""
        return self

    def displacement(self, directions: Array) -> Array:
        """Directions n (N, 3) themselves."""
        return directions

    def propagate(self, position: Array, momentum: Array, paths: Array) -> None:
        """Move particles back along their momenta."""
        tracking.propagate(position, momentum, paths)

    def felt_flow(self, flow: PairedField) -> PairedField:
        """All of the flow."""
        return flow

    def density_dipole(self) -> Array:
        """Dipole vector (3,) of the density gradient g: λ times its displacement, which is linear and symmetric."""
        gradient = np.array(self.config.transport.density_gradient)
        return np.asarray(mean_path(self.config) * self.displacement(gradient[None])[0])

    @property
    def points(self) -> AntipodalGrid:
        """Points of the grid."""
        assert self.grid is not None
        return self.grid.points

    def intensity(self, flow: PairedField, threads: int) -> Callable[[AntipodalGrid], Array]:
        """I(n) as a function of a grid of directions, with long waves summed on coarser grids where that is faster."""
        if self.bands is not None and begins_with_modes(flow):
            return banded_intensity(self, self.bands, flow, threads)
        return partial(directional_intensity, self, flow, threads=threads)

    def multipoles(self, intensity: Array, keep_alm: bool) -> Multipoles:
        """Multipoles of the intensities (N,) at `points`."""
        assert self.grid is not None
        lmax = self.config.lmax
        return Multipoles.from_alm(self.grid.analyse(intensity, lmax), lmax, keep_alm)

    def zonal(self, halves: list[Alm]) -> None:
        """None: there is no symmetry axis."""
