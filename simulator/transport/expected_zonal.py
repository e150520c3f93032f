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
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.frames import from_field_frame
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.drift_response import drift_response
from eddysky.simulator.transport.regular import flow_parts, regular_sky
from eddysky.simulator.transport.response import Response
from eddysky.simulator.transport.rigidity_average import mean_path

__all__ = ["ZonalSky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


# Waves that are summed together, to save memory.
GROUP = 4096
# Waves with |k·b| below this part of k have k·b = 0 but for rounding.
ROUNDING = 1e-14


@dataclass(frozen=True, slots=True)
class ZonalSky:
    """Expected skies of parallel and of drift-kinetic transport, an `ExpectedSky`.

    Parameters
    ----------
    config
        The configuration.
    lmax
        Highest multipole.
    response
        Response to one wave; None without turbulence.
    still
        The same for waves across b exactly, shape (functions, lmax + 1).
    """

    config: Config
    lmax: int
    response: Response | None
    still: Array

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""
        drift = config.transport.mode == "drift-kinetic"
        response = None
        if config.turbulent and drift:
            response = drift_response(config, lmax)
        elif config.turbulent:
            both = Response.from_config(config, lmax)
            # Nothing moves across b.
            alone = np.ascontiguousarray(both.coefficients[:, :1])
            response = replace(both, coefficients=alone)
        return cls(config, lmax, response, still_response(config, lmax))

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
        sums = np.zeros(self.lmax + 1)
        for start in range(0, len(modes.wavevectors), GROUP):
            group = modes.part(slice(start, start + GROUP))
            add_zonal_waves(*self.amplitudes(group), *self.radial(group), sums)
        shift = self.config.momentum_index / self.config.particle_speed
        factor = np.sqrt(4 * math.pi * (2 * np.arange(self.lmax + 1) + 1))
        return np.asarray(total + shift * factor * sums)

    def amplitudes(self, modes: Modes) -> tuple[Array, Array]:
        """Amplitudes [km/s] that T_ℓ multiplies, of odd and of even ℓ, (functions, modes) each.

        Along b; and with drift-kinetic transport λ k_⊥·A_⊥.
        """
        k = along(modes.wavevectors, self.field)
        sign = np.where(k < 0, -1.0, 1.0)
        a, b = along(modes.cosines, self.field), along(modes.sines, self.field)
        if len(self.still) == 1:
            return a[None], (sign * b)[None]
        waves, path = modes.wavevectors, self.config.mean_free_path
        across = [
            path * (waves[:, 0] * x[:, 0] + waves[:, 1] * x[:, 1] + waves[:, 2] * x[:, 2] - k * own)
            for x, own in ((modes.cosines, a), (modes.sines, b))
        ]
        return np.stack([a, sign * across[0]]), np.stack([sign * b, across[1]])

    def radial(self, modes: Modes) -> tuple[Array, NDArray[np.intp]]:
        """T_ℓ of the waves in order of |k·b|, shape (functions, lmax + 1, modes), and the place of each wave in it."""
        assert self.response is not None
        k = np.abs(along(modes.wavevectors, self.field))
        # Neighbours are evaluated together.
        order = np.argsort(k)
        q = k[order] * self.config.mean_free_path
        values, _ = self.response.at(q)
        still = (k < ROUNDING * np.linalg.norm(modes.wavevectors, axis=1))[order]
        endless = math.isinf(self.config.transport.scattering_count)
        if endless and len(self.still) == 2:
            # Tabulated is q times it.
            values[1, 1:2] /= np.where(still, 1.0, q)
        if np.any(still):
            np.copyto(values, self.still[..., None], where=still)
        return values, np.argsort(order)


def still_response(config: Config, lmax: int) -> Array:
    """T_ℓ, with the signs of `Response`, of waves with k·b = 0: the flow is the same all along the field line.

    Such waves act as regular flows do, also in the stationary limit, where those with k·b → 0 act otherwise.
    """
    drift = config.transport.mode == "drift-kinetic"
    result = np.zeros((2 if drift else 1, max(lmax, 2) + 1))
    if config.sky.frame == "observer":
        result[0, 1] = 1 / 3
    if drift:
        # ½(1 − μ²) = (1 − P_2)/3; every scattering heats by the mean.
        count, longer = config.transport.scattering_count, mean_path(config) / config.mean_free_path
        result[1, 0] = longer * count / 3 if math.isfinite(count) else 0.0
        result[1, 2] = longer * -1 / 15
    return result[:, : lmax + 1]
