"""Power of the regular flow and the density gradient, to first order in u/v.

For isotropic diffusion δf/f = λ g·n + (D/v) [U·n + λ n·G n], with the density gradient g, the mean velocity U
(observer frame only) and the velocity gradient G. The mean of n·G n over directions, a uniform compression, adds up
over the scatterings. For parallel transport only the components of g, U and G along b count, and n becomes μ b
(ZL24 Eq. 2, ZL25 Eq. 1). Drift-kinetic transport adds the compression across b, λ ½(1−μ²) (tr G − b·G b). Where the
particles have several energies or charges, λ is the mean over them.

On a helix of Larmor radius r_L the parts of g and G of azimuthal number m about b turn with the particle: each is
multiplied by Ψ(mλ/r_L) = ⟨∫₀^s e^(ims'/r_L) ds'⟩/λ = (φ(q) − 1)/(iq), q = mλ/r_L, with the characteristic function φ of
the free path; |Ψ|² = 1/(1+q²) for exponential paths. The dipole is λ [g_∥ + Re Ψ g_⊥ + Im Ψ g×b], the Hall effect.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.path_spread import mean_path

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["compton_getting_factor", "regular_power", "regular_vectors", "regular_zonal"]

Array = NDArray[np.float64]


def compton_getting_factor(config: Config) -> float:
    """D/v [s/km]: δf/f per velocity of the fluid along the arrival direction n."""
    return config.momentum_index / config.particle_speed


def regular_power(config: Config) -> Array:
    """C_0, C_1, C_2 of δf/f from the regular flow and density gradient.

    C_1 = (4π/9)|d|² with d = λg, plus (D/v)U in the observer frame. C_2 = (8π/75)(Dλ/vν_2)² S:S with the symmetric
    traceless part S of G and the collision rate ν_2, 1 for BGK. C_0 = 4π (N Dλ tr G/3v)² for N scatterings; the
    configuration allows the stationary limit only with tr G = 0 (parallel: b·G b = 0), where it is zero. Helical
    transport has Σ_m |S_m Ψ(mλ/r_L)|² in place of S:S.

    Parameters
    ----------
    config
        A validated configuration.

    Returns
    -------
    ndarray
        Shape (3,).
    """
    if config.transport.zonal:
        return np.asarray(regular_zonal(config) ** 2 / (2 * np.arange(3) + 1))
    dipole, shear = regular_vectors(config)
    path, shift = mean_path(config), compton_getting_factor(config)
    helical = config.transport.mode == "helical" and config.magnetic_field != "random"
    compression = float(np.trace(config.flow.velocity_gradient))
    squared = _squared_on_helices(config, shear) if helical else float(np.sum(shear**2))
    mean = _compressions(config) * shift * path * compression / 3
    return np.array(
        [
            4 * math.pi * mean**2,
            4 * math.pi / 9 * float(dipole @ dipole),
            8 * math.pi / 75 * (shift * path) ** 2 * squared,
        ]
    )


def regular_vectors(config: Config) -> tuple[Array, Array]:
    """Dipole d of δf/f = n·d, shape (3,), and symmetric traceless S/ν_2 of (D/v) λ n·S n, shape (3, 3).

    Not for parallel and drift-kinetic transport. For helical transport the effect of helices is in d but not in S.
    """
    path, shift = mean_path(config), compton_getting_factor(config)
    density = np.array(config.transport.density_gradient)
    helical = config.transport.mode == "helical" and config.magnetic_field != "random"
    dipole = path * (_on_helices(config, density) if helical else density)
    if config.sky.frame == "observer":
        dipole = dipole + shift * np.array(config.flow.mean_velocity)
    gradient = np.array(config.flow.velocity_gradient)
    shear = (gradient + gradient.T) / 2 - np.trace(gradient) / 3 * np.eye(3)
    return dipole, shear / config.transport.collisions.rates(2)[2]


def _turning(config: Config, m: int) -> complex:
    """Ψ(mλ/r_L) for m ≥ 1."""
    q = m * config.mean_free_path / config.larmor_radius
    if abs(q) < 1e-6:
        return 1.0
    return complex((config.transport.law.characteristic(q) - 1) / (1j * q))


def _on_helices(config: Config, density: Array) -> Array:
    """The gradient g_∥ + Re Ψ g_⊥ + Im Ψ g×b that particles feel, shape (3,)."""
    field = config.field_direction
    assert field is not None
    parallel, turning = float(density @ field) * field, _turning(config, 1)
    return np.asarray(
        parallel + turning.real * (density - parallel) + turning.imag * np.cross(density, field)
    )


def _squared_on_helices(config: Config, shear: Array) -> float:
    """Σ_m |S_m Ψ(mλ/r_L)|² of the symmetric traceless S, Σ_m |S_m|² = S:S."""
    field = config.field_direction
    assert field is not None
    beside = shear @ field
    zeroth = float(field @ beside)
    parts = [1.5 * zeroth**2, 2 * (float(beside @ beside) - zeroth**2)]
    parts.append(float(np.sum(shear**2)) - sum(parts))
    return parts[0] + sum(parts[m] * abs(_turning(config, m)) ** 2 for m in (1, 2))


def _compressions(config: Config) -> float:
    """Number of scatterings over which a uniform compression adds up; zero in the stationary limit, without one."""
    count = config.transport.scattering_count
    return 0.0 if math.isinf(count) else count


def regular_zonal(config: Config) -> Array:
    """a_0, a_1, a_2 of m = 0 about b for parallel and drift-kinetic transport.

    δf/f = λ g·b μ + (D/v) U·b μ (observer frame) + (D/v) λ b·G b μ², with μ² = 1/3 + (2/3) P_2(μ); drift-kinetic also
    (D/v) λ (tr G − b·G b) ½(1−μ²), with ½(1−μ²) = 1/3 − (1/3) P_2(μ). The constant terms count once a scattering.

    Parameters
    ----------
    config
        A validated configuration with parallel or drift-kinetic transport.

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
    path, shift = mean_path(config), compton_getting_factor(config)
    dipole = path * float(np.dot(config.transport.density_gradient, field))
    if config.sky.frame == "observer":
        dipole += shift * float(np.dot(config.flow.mean_velocity, field))
    gradient = np.array(config.flow.velocity_gradient)
    along, across = float(field @ gradient @ field), 0.0
    if config.transport.mode == "drift-kinetic":
        across = float(np.trace(gradient)) - along
    mean, quadrupole = shift * path * (along + across) / 3, shift * path * (2 * along - across) / 3
    in_legendre = [_compressions(config) * mean, dipole, quadrupole]
    return np.array(in_legendre) * np.sqrt(4 * math.pi / (2 * np.arange(3) + 1))
