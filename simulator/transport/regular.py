"""Expected sky of the regular flow and of the density gradient: a dipole, a quadrupole and a mean, in closed form.

They are proportional to λ, and with several rigidities to the mean of λ.

In helical transport the direction of motion turns about the field b with the path s, so that harmonics of order m about
b are averaged with e^(ims/r_L). With w = λ/r_L and free paths of characteristic function G this multiplies them by

    Ψ(mw),    Ψ(t) = ∫ P(path > s) e^(its) ds = (G(t) − 1)/it,

which is 1/(1 − imw) for exponential paths. The dipole vector of a density gradient g becomes
λ [g_∥ + Re Ψ(w) g_⊥ + Im Ψ(w) g × b]; its last term is the diamagnetic (Hall) dipole.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import RegularFlow, Superposition, VelocityField, along
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.harmonics import dipole_alm, quadratic_alm
from eddysky.simulator.transport.rigidity_average import mean_path

__all__ = ["density_dipole", "flow_parts", "regular_sky"]

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
    dipole, matrix = density_dipole(config), np.zeros((3, 3))
    if flow is not None:
        if config.sky.frame == "observer":
            dipole = dipole + shift * flow.mean
        # A uniform gradient is a source of ℓ = 2, which collisions relax at the rate ν_2 (1 with BGK).
        relaxation = config.transport.collisions.rates(2)[2]
        matrix = shift * mean_path(config) / relaxation * flow.gradient
    if config.transport.mode == "helical":
        matrix = _turned(config, matrix)
    if config.transport.zonal:
        dipole, matrix = _about_field(config, dipole, matrix)
    compression = float(matrix[0, 0] + matrix[1, 1] + matrix[2, 2]) / 3
    alm = dipole_alm(dipole, lmax) + quadratic_alm(matrix, lmax)
    count = config.transport.scattering_count
    if math.isfinite(count):
        # Every further scattering heats by the compression once more.
        alm[0] += math.sqrt(4 * math.pi) * (count - 1) * compression
    return alm


def density_dipole(config: Config) -> Array:
    """Dipole vector d (3,) of the density gradient, I = n·d, in equatorial axes.

    Of zonal skies it is the part along b alone that shows.
    """
    dipole = mean_path(config) * np.array(config.transport.density_gradient)
    field = config.field_direction
    if config.transport.mode != "helical" or field is None:
        return np.asarray(dipole)
    turning, parallel = _turning(config, 1), along(dipole[None], field)[0] * field
    across = turning.real * (dipole - parallel) + turning.imag * np.cross(dipole, field)
    return np.asarray(parallel + across)


def _turning(config: Config, m: int) -> complex:
    """Ψ(mλ/r_L) of helical transport, a mean of powers of 1/(1 − imλ/(q r_L)) with Erlang paths of order q."""
    law = config.transport.law
    assert isinstance(law, ErlangPath)
    base = 1 / (1 - 1j * m * config.mean_free_path / (config.larmor_radius * law.order))
    total, power = 0j, 1 + 0j
    for digit in f"{law.order:b}":
        total, power = total * (1 + power), power * power
        if digit == "1":
            total, power = base * (1 + total), power * base
    return total / law.order


def _turned(config: Config, matrix: Array) -> Array:
    """Symmetric matrix of the mean of N(s)·M N(s) over the path, N(s) the direction of motion that begins as n."""
    field = config.field_direction
    assert field is not None
    one, two = _turning(config, 1), _turning(config, 2)
    matrix = 0.5 * (matrix + matrix.T)
    mixed = along(matrix, field)
    parallel = along(mixed[None], field)[0]
    mixed = mixed - parallel * field
    axis, cross = np.outer(field, field), np.outer(field, mixed)
    # What remains across b: a trace, which does not turn, and a part of m = ±2.
    plane = matrix - parallel * axis - cross - cross.T
    mean = 0.5 * (plane[0, 0] + plane[1, 1] + plane[2, 2]) * (np.eye(3) - axis)
    plane = plane - mean
    # n·(v × b) = v·(b × n)
    result = parallel * axis + mean + two.real * plane + two.imag * np.cross(plane, field)
    result += 2 * np.outer(field, one.real * mixed + one.imag * np.cross(mixed, field))
    return np.asarray(0.5 * (result + result.T))


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
