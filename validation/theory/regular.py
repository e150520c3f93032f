"""Power of the regular flow and the density gradient, to first order in u/v.

For isotropic diffusion δf/f = λ g·n + (D/v) [U·n + λ n·G n], with the density gradient g, the mean velocity U
(observer frame only) and the velocity gradient G. The mean of n·G n over directions, a uniform compression, adds up
over the scatterings. For parallel transport only the components of g, U and G along b count, and n becomes μ b
(ZL24 Eq. 2, ZL25 Eq. 1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["compton_getting_factor", "regular_power", "regular_zonal"]

Array = NDArray[np.float64]


def compton_getting_factor(config: Config) -> float:
    """D/v [s/km]: δf/f per velocity of the fluid along the arrival direction n."""
    return config.momentum_index / config.particle_speed


def regular_power(config: Config) -> Array:
    """C_0, C_1, C_2 of δf/f from the regular flow and density gradient.

    C_1 = (4π/9)|d|² with d = λg, plus (D/v)U in the observer frame. C_2 = (8π/75)(Dλ/vν_2)² S:S with the symmetric
    traceless part S of G and the collision rate ν_2, 1 for BGK. C_0 = 4π (N Dλ tr G/3v)² for N scatterings; the
    configuration allows the stationary limit only with tr G = 0 (parallel: b·G b = 0), where it is zero.

    Parameters
    ----------
    config
        A validated configuration.

    Returns
    -------
    ndarray
        Shape (3,).
    """
    if config.transport.mode == "parallel":
        return np.asarray(regular_zonal(config) ** 2 / (2 * np.arange(3) + 1))
    path, shift = config.mean_free_path, compton_getting_factor(config)
    dipole = path * np.array(config.transport.density_gradient)
    if config.sky.frame == "observer":
        dipole = dipole + shift * np.array(config.flow.mean_velocity)
    gradient = np.array(config.flow.velocity_gradient)
    compression = float(np.trace(gradient))
    shear = (gradient + gradient.T) / 2 - compression / 3 * np.eye(3)
    shear /= config.transport.collisions.rates(2)[2]
    mean = _compressions(config) * shift * path * compression / 3
    return np.array(
        [
            4 * math.pi * mean**2,
            4 * math.pi / 9 * float(dipole @ dipole),
            8 * math.pi / 75 * (shift * path) ** 2 * float(np.sum(shear**2)),
        ]
    )


def _compressions(config: Config) -> float:
    """Number of scatterings over which a uniform compression adds up; zero in the stationary limit, without one."""
    count = config.transport.scattering_count
    return 0.0 if math.isinf(count) else count


def regular_zonal(config: Config) -> Array:
    """a_0, a_1, a_2 of m = 0 about b for parallel transport.

    δf/f = λ g·b μ + (D/v) U·b μ (observer frame) + (D/v) λ b·G b μ², with μ² = 1/3 + (2/3) P_2(μ); the constant
    term times the number of scatterings.

    Parameters
    ----------
    config
        A validated configuration with parallel transport.

    Returns
    -------
    ndarray
        Shape (3,).
    """
    if config.magnetic_field == "random":
        # The configuration allows a random field only without regular flow and density gradient.
        return np.zeros(3)
    field = config.field_direction
    assert field is not None
    path, shift = config.mean_free_path, compton_getting_factor(config)
    dipole = path * float(np.dot(config.transport.density_gradient, field))
    if config.sky.frame == "observer":
        dipole += shift * float(np.dot(config.flow.mean_velocity, field))
    compression = shift * path * float(field @ np.array(config.flow.velocity_gradient) @ field)
    in_legendre = [_compressions(config) * compression / 3, dipole, 2 * compression / 3]
    return np.array(in_legendre) * np.sqrt(4 * math.pi / (2 * np.arange(3) + 1))
