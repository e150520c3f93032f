"""Expected sky of transport along the magnetic field b: all waves have the axis b, and contribute to m = 0 about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.harmonics import add_zonal_waves
from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import VelocityField, along
from eddysky.simulator.sky.frames import from_field_frame
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.regular import flow_parts, regular_sky
from eddysky.simulator.transport.response import Response

__all__ = ["ZonalSky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class ZonalSky:
    """Expected skies of parallel transport, an `ExpectedSky`.

    Parameters
    ----------
    config
        The configuration.
    lmax
        Highest multipole.
    response
        Response to one wave; None without turbulence.
    """

    config: Config
    lmax: int
    response: Response | None

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""
        return cls(config, lmax, Response.from_config(config, lmax) if config.turbulent else None)

    def for_realization(self, index: int) -> Self:
        """The same with the magnetic field of a realisation."""
        return replace(self, config=self.config.for_realization(index))

    @property
    def field(self) -> Array:
        """Unit vector b, shape (3,)."""
        field = self.config.field_direction
        assert field is not None
        return field

    def multipoles(self, flow: VelocityField, keep_alm: bool, threads: int) -> Multipoles:
        """Multipoles of the sky of a flow, a sum of modes and a regular flow."""
        zonal = self.zonal(flow)
        power = zonal**2 / (2 * np.arange(self.lmax + 1) + 1)
        mean = float(zonal[0] / math.sqrt(4 * math.pi))
        turned = from_field_frame(zonal, self.field)[None] if keep_alm else None
        return Multipoles(power, mean, zonal[None], turned)

    def alm(self, flow: VelocityField, threads: int) -> Alm:
        """a_ℓm about equatorial axes, m by m, of the sky of a flow."""
        return from_field_frame(self.zonal(flow), self.field)

    def zonal(self, flow: VelocityField) -> Array:
        """a_ℓ0 (lmax + 1,) about b of the sky of a flow."""
        modes, regular = flow_parts(flow)
        alm = regular_sky(self.config, regular, self.lmax)
        total = alm[: self.lmax + 1].real.copy()
        if modes is None or self.response is None:
            return total
        k = along(modes.wavevectors, self.field)
        q, sign = np.abs(k) * self.config.mean_free_path, np.where(k < 0, -1.0, 1.0)
        values, _ = self.response.at(q)
        sums = np.zeros(self.lmax + 1)
        cosines, sines = along(modes.cosines, self.field), sign * along(modes.sines, self.field)
        add_zonal_waves(cosines, sines, values, sums)
        shift = self.config.momentum_index / self.config.particle_speed
        factor = np.sqrt(4 * math.pi * (2 * np.arange(self.lmax + 1) + 1))
        return np.asarray(total + shift * factor * sums)
