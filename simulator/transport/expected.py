"""The expected sky: the average over all paths and scattering directions of the particles in one given flow.

To first order in u/c it is a sum over the modes of the flow, whose multipoles are known (see `response`). The sum is
done multipole by multipole, so there is no shot noise, no grid of directions, and no aliasing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.harmonics import LANES, add_zonal_waves, legendre_factors, sum_waves
from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import RegularFlow, Superposition, VelocityField, along
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.frames import from_field_frame
from eddysky.simulator.sky.harmonics import Multipoles, cross_power, dipole_alm, quadratic_alm
from eddysky.simulator.transport.blocks import mapped
from eddysky.simulator.transport.response import Response

__all__ = ["ExpectedSky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Modes that are summed together: results must not depend on the number of threads.
GROUP = 8 * LANES


@dataclass(frozen=True, slots=True)
class ExpectedSky:
    """Expected skies of the flows of a configuration.

    Parameters
    ----------
    config
        The configuration.
    lmax
        Highest multipole.
    response
        Response to one wave; None without turbulence.
    factors
        Of the Legendre functions; empty with parallel transport.
    """

    config: Config
    lmax: int
    response: Response | None
    factors: Array

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""
        response = Response.from_config(config, lmax) if config.turbulent else None
        parallel = config.transport.mode == "parallel"
        return cls(config, lmax, response, np.empty(0) if parallel else legendre_factors(lmax))

    def for_realization(self, index: int) -> Self:
        """The same with the magnetic field of a realisation."""
        return replace(self, config=self.config.for_realization(index))

    def multipoles(self, flow: VelocityField, keep_alm: bool, threads: int) -> Multipoles:
        """Multipoles of the sky of a flow, a sum of modes and a regular flow."""
        field = self.config.field_direction
        if field is None:
            alm = self.alm(flow, threads)
            mean = float(alm[0].real / math.sqrt(4 * math.pi))
            power = cross_power(alm, alm, self.lmax)
            return Multipoles(power, mean, None, alm[None] if keep_alm else None)
        zonal = self.zonal(flow, field)
        power = zonal**2 / (2 * np.arange(self.lmax + 1) + 1)
        mean = float(zonal[0] / math.sqrt(4 * math.pi))
        turned = from_field_frame(zonal, field)[None] if keep_alm else None
        return Multipoles(power, mean, zonal[None], turned)

    def alm(self, flow: VelocityField, threads: int) -> Alm:
        """a_ℓm about equatorial axes, m by m, of the sky of a flow."""
        field = self.config.field_direction
        if field is not None:
            return from_field_frame(self.zonal(flow, field), field)
        modes, regular = parts(flow)
        total = self.regular(regular)
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

    def zonal(self, flow: VelocityField, field: Array) -> Array:
        """a_ℓ0 (lmax + 1,) about the magnetic field b of the sky of a flow."""
        modes, regular = parts(flow)
        alm = self.regular(regular)
        total = alm[: self.lmax + 1].real.copy()
        if modes is None or self.response is None:
            return total
        k = along(modes.wavevectors, field)
        q, sign = np.abs(k) * self.config.mean_free_path, np.where(k < 0, -1.0, 1.0)
        values, _ = self.response.at(q)
        sums = np.zeros(self.lmax + 1)
        cosines, sines = along(modes.cosines, field), sign * along(modes.sines, field)
        add_zonal_waves(cosines, sines, values, sums)
        shift = self.config.momentum_index / self.config.particle_speed
        factor = np.sqrt(4 * math.pi * (2 * np.arange(self.lmax + 1) + 1))
        return np.asarray(total + shift * factor * sums)

    def regular(self, flow: RegularFlow | None) -> Alm:
        """a_ℓm of the regular flow and the density gradient; about b with parallel transport."""
        config = self.config
        shift = config.momentum_index / config.particle_speed
        dipole = config.mean_free_path * np.array(config.transport.density_gradient)
        matrix = np.zeros((3, 3))
        if flow is not None:
            if config.sky.frame == "observer":
                dipole = dipole + shift * flow.mean
            # A uniform gradient is a source of ℓ = 2, which collisions relax at the rate ν_2 (1 with BGK).
            relaxation = config.transport.collisions.rates(2)[2]
            matrix = shift * config.mean_free_path / relaxation * flow.gradient
        field = config.field_direction
        if field is not None:
            # About b, which is the z axis there.
            pole = np.array([0.0, 0.0, 1.0])
            dipole = along(dipole[None], field) * pole
            matrix = along(along(matrix, field)[None], field) * np.outer(pole, pole)
        compression = float(matrix[0, 0] + matrix[1, 1] + matrix[2, 2]) / 3
        alm = dipole_alm(dipole, self.lmax) + quadratic_alm(matrix, self.lmax)
        count = config.transport.scattering_count
        if math.isfinite(count):
            # Every further scattering heats by the compression once more.
            alm[0] += math.sqrt(4 * math.pi) * (count - 1) * compression
        return alm


def parts(flow: VelocityField) -> tuple[Modes | None, RegularFlow | None]:
    """The modes and the regular part of a flow.

    Raises
    ------
    InputError
        If it has other parts.
    """
    modes, regular = None, None
    for part in flow.parts if isinstance(flow, Superposition) else (flow,):
        if isinstance(part, Modes) and modes is None:
            modes = part
        elif isinstance(part, RegularFlow) and regular is None:
            regular = part
        else:
            raise InputError(
                f"flow = {type(part).__name__}: the expected sky needs modes and a regular flow, one of each; "
                'use sky.sampling = "random"'
            )
    return modes, regular


def sum_parts(sums: Array) -> Array:
    """Sum over the last axis, of eight parts, in a fixed order."""
    while sums.shape[-1] > 1:
        half = sums.shape[-1] // 2
        sums = sums[..., :half] + sums[..., half:]
    return np.asarray(sums[..., 0])
