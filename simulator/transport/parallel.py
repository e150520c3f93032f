"""Diffusion parallel to the magnetic field b: r = s (n·b) b, and only the component of u along b acts (ZL25 Eq. 1)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels import tracking
from eddysky.simulator.config import Config
from eddysky.simulator.flow.field_aligned import FieldAligned, FieldAlignedModes
from eddysky.simulator.flow.fields import PairedField, Superposition, along
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.frames import from_field_frame, zonal_parts
from eddysky.simulator.sky.grids import AntipodalGrid, ZonalGrid, sky_content
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.backtracking import directional_intensity
from eddysky.simulator.transport.rigidity_average import mean_path

__all__ = ["Parallel"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Diffusion parallel to the magnetic field, a `BoostModel`.

    Parameters
    ----------
    config
        The configuration.
    grid
        Nodes in the cosine of the pitch angle, the only variable of the intensity; None with random arrivals.
    """

    config: Config
    grid: ZonalGrid | None = None

    @classmethod
    def from_config(cls, config: Config, k_max: float | None) -> Self:
        """Model with a grid for wavenumbers up to k_max [1/pc], or for the configured flow."""
        if config.sampling != "pixel-centre":
            return cls(config)
        return cls(config, ZonalGrid.for_multipoles(config.lmax, sky_content(config, k_max)))

    def for_realization(self, index: int) -> Self:
        """Model with the magnetic field of a realisation."""
        return replace(self, config=self.config.for_realization(index))

    @property
    def field(self) -> Array:
        """Unit vector b, shape (3,)."""
        field = self.config.field_direction
        assert field is not None
        return field

    def displacement(self, directions: Array) -> Array:
        """(n·b) b for directions n (N, 3)."""
        field = self.field
        return along(directions, field)[:, None] * field

    def propagate(self, position: Array, momentum: Array, paths: Array) -> None:
        """Move particles back along the magnetic field."""
        tracking.propagate_along_field(position, momentum, paths, self.field)

    def felt_flow(self, flow: PairedField) -> PairedField:
        """(u·b) b on the field line; for modes from k·b alone, which is faster."""
        if isinstance(flow, Superposition):
            return Superposition(tuple(self.felt_flow(part) for part in flow.parts))
        if isinstance(flow, Modes):
            return FieldAlignedModes.from_modes(flow, self.field)
        return FieldAligned(flow, self.field)

    def density_dipole(self) -> Array:
        """Dipole vector (3,) of the density gradient g: λ times its displacement, which is linear and symmetric."""
        gradient = np.array(self.config.transport.density_gradient)
        return np.asarray(mean_path(self.config) * self.displacement(gradient[None])[0])

    @property
    def points(self) -> AntipodalGrid:
        """One direction for each node."""
        assert self.grid is not None
        return self.grid.points(self.field)

    def intensity(self, flow: PairedField, threads: int) -> Callable[[AntipodalGrid], Array]:
        """I(n) as a function of a grid of directions."""
        return partial(directional_intensity, self, flow, threads=threads)

    def multipoles(self, intensity: Array, keep_alm: bool) -> Multipoles:
        """Multipoles of the intensities (N,) at `points`."""
        assert self.grid is not None
        zonal = self.grid.analyse(intensity)
        power = zonal**2 / (2 * np.arange(len(zonal)) + 1)
        mean = float(zonal[0] / math.sqrt(4 * math.pi))
        # Only on request: the rotation takes a third of the time of a sky.
        alm = from_field_frame(zonal, self.field)[None] if keep_alm else None
        return Multipoles(power, mean, zonal[None], alm)

    def zonal(self, halves: list[Alm]) -> Array:
        """a_ℓ0 (halves, lmax + 1) about b of skies given by their a_ℓm about equatorial axes."""
        return zonal_parts(halves, self.config.lmax, self.field)
