"""Expected sky of isotropic transport: every wave has its own axis, and contributes to all a_ℓm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.harmonics import LANES, legendre_factors, sum_waves
from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.blocks import mapped
from eddysky.simulator.transport.regular import flow_parts, regular_sky
from eddysky.simulator.transport.response import Response

__all__ = ["IsotropicSky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Modes that are summed together: results must not depend on the number of threads.
GROUP = 8 * LANES


@dataclass(frozen=True, slots=True)
class IsotropicSky:
    """Expected skies of isotropic transport, an `ExpectedSky`.

    Parameters
    ----------
    config
        The configuration.
    lmax
        Highest multipole.
    response
        Response to one wave; None without turbulence.
    factors
        Of the Legendre functions.
    """

    config: Config
    lmax: int
    response: Response | None
    factors: Array

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""
        response = Response.from_config(config, lmax) if config.turbulent else None
        return cls(config, lmax, response, legendre_factors(lmax))

    def for_realization(self, index: int) -> Self:
        """The same: these skies do not depend on the magnetic field."""
        return self

    def multipoles(self, flow: VelocityField, keep_alm: bool, threads: int) -> Multipoles:
        """Multipoles of the sky of a flow, a sum of modes and a regular flow."""
        return Multipoles.from_alm(self.alm(flow, threads), self.lmax, keep_alm)

    def alm(self, flow: VelocityField, threads: int) -> Alm:
        """a_ℓm about equatorial axes, m by m, of the sky of a flow."""
        modes, regular = flow_parts(flow)
        total = regular_sky(self.config, regular, self.lmax)
        if modes is None or self.response is None:
            return total

        def group(start: int) -> Alm:
            return self.waves(modes.part(slice(start, start + GROUP)))

        for alm in mapped(group, range(0, len(modes.wavevectors), GROUP), threads):
            total += alm
        return total

    def waves(self, modes: Modes) -> Alm:
        """a_ℓm of some modes."""
        assert self.response is not None
        sums = np.zeros((2, alm_size(self.lmax), 8))
        panels = (self.response.edges, self.response.coefficients, self.response.last)
        path = self.config.mean_free_path
        # One memory layout, or the kernel would be compiled for several.
        k, a, b = map(np.ascontiguousarray, (modes.wavevectors, modes.cosines, modes.sines))
        sum_waves(k, a, b, path, *panels, self.factors, sums)
        shift = 4 * math.pi * self.config.momentum_index / self.config.particle_speed
        real, imaginary = shift * sum_parts(sums)
        return np.asarray(real + 1j * imaginary)


def sum_parts(sums: Array) -> Array:
    """Sum over the last axis, of eight parts, in a fixed order."""
    while sums.shape[-1] > 1:
        half = sums.shape[-1] // 2
        sums = sums[..., :half] + sums[..., half:]
    return np.asarray(sums[..., 0])
