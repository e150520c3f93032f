"""Expected sky of the regular flow and of the density gradient: a dipole, a quadrupole and a mean, in closed form."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import RegularFlow, Superposition, VelocityField, along
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.harmonics import dipole_alm, quadratic_alm

__all__ = ["flow_parts", "regular_sky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


def regular_sky(config: Config, flow: RegularFlow | None, lmax: int) -> Alm:
    """a_ℓm of the regular flow and the density gradient, m by m; about b where the sky is zonal.

    Parameters
    ----------
    config
        Configuration of the realisation.
    flow
        The regular flow [km/s], None if there is none.
    lmax
        Highest multipole.
    """
    shift = config.momentum_index / config.particle_speed
    dipole = config.mean_free_path * np.array(config.transport.density_gradient)
    matrix = np.zeros((3, 3))
    if flow is not None:
        if config.sky.frame == "observer":
            dipole = dipole + shift * flow.mean
        # A uniform gradient is a source of ℓ = 2, which collisions relax at the rate ν_2 (1 with BGK).
        relaxation = config.transport.collisions.rates(2)[2]
        matrix = shift * config.mean_free_path / relaxation * flow.gradient
    if config.transport.zonal:
        dipole, matrix = _about_field(config, dipole, matrix)
    compression = float(matrix[0, 0] + matrix[1, 1] + matrix[2, 2]) / 3
    alm = dipole_alm(dipole, lmax) + quadratic_alm(matrix, lmax)
    count = config.transport.scattering_count
    if math.isfinite(count):
        # Every further scattering heats by the compression once more.
        alm[0] += math.sqrt(4 * math.pi) * (count - 1) * compression
    return alm


def _about_field(config: Config, dipole: Array, matrix: Array) -> tuple[Array, Array]:
    """What a zonal sky shows of a dipole and of a velocity gradient, about b, which is the z axis there."""
    field = config.field_direction
    assert field is not None
    pole = np.array([0.0, 0.0, 1.0])
    dipole = along(dipole[None], field) * pole
    stretch = along(along(matrix, field)[None], field)
    if config.transport.mode == "parallel":
        return dipole, stretch * np.outer(pole, pole)
    # Betatron acceleration by compression across b.
    across = 0.5 * (matrix[0, 0] + matrix[1, 1] + matrix[2, 2] - stretch[0])
    return dipole, np.diag([across, across, stretch[0]])


def flow_parts(flow: VelocityField) -> tuple[Modes | None, RegularFlow | None]:
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
