"""The analytic C_ℓ of a configuration, without any simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.parallel import parallel_correlation, parallel_power
from eddysky.validation.quadrature import angular_power
from eddysky.validation.taylor import expanded_correlation, expanded_power

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["Prediction", "predict", "zonal_correlation"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Ensemble mean of C_ℓ, to first order in u/v.

    Parameters
    ----------
    ell
        Multipoles 0…lmax.
    c_ell
        ⟨C_ℓ⟩ of δf/f.
    """

    ell: NDArray[np.int64]
    c_ell: Array


def predict(config: Config, lmax: int | None = None) -> Prediction:
    """Predict ⟨C_ℓ⟩ for the simulated band: turbulence, regular flow and density gradient.

    Parameters
    ----------
    config
        A validated configuration.
    lmax
        Highest multipole; that of the configuration by default.

    Returns
    -------
    Prediction
        C_ℓ = (D/v)² A_ℓ with the A_ℓ of `angular_power` (ZL24 Eqs. 6, 10, extended), or of `expanded_power`
        for an expansion of the flow, plus `regular_power`.
    """
    lmax = config.lmax if lmax is None else lmax
    c_ell = np.zeros(max(lmax, 2) + 1)
    shift = config.momentum_index / config.particle_speed
    if config.turbulent and config.flow.taylor_order is not None:
        c_ell += shift**2 * expanded_power(
            config.flow_spectrum,
            config.mean_free_path,
            config.transverse_fraction,
            max(lmax, 2),
            config.flow.taylor_order,
            transport=config.transport.mode,
            frame=config.sky.frame,
        )
    elif config.turbulent:
        parallel = config.transport.mode == "parallel"
        c_ell += shift**2 * (parallel_power if parallel else angular_power)(
            config.flow_spectrum,
            config.mean_free_path,
            config.transverse_fraction,
            max(lmax, 2),
            free_path=config.transport.free_path,
            erlang_order=config.transport.erlang_order or 1,
            scatterings=config.transport.scatterings,
            frame=config.sky.frame,
        )
    c_ell[:3] += regular_power(config, shift)
    return Prediction(np.arange(lmax + 1), c_ell[: lmax + 1])


def zonal_correlation(config: Config, lmax: int) -> Array:
    """⟨a_ℓ0 a_ℓ'0⟩ of δf/f about the field with parallel transport, of the turbulence alone; (lmax + 1, lmax + 1)."""
    shift = config.momentum_index / config.particle_speed
    if config.flow.taylor_order is not None:
        return shift**2 * expanded_correlation(
            config.flow_spectrum,
            config.mean_free_path,
            config.transverse_fraction,
            lmax,
            config.flow.taylor_order,
            frame=config.sky.frame,
        )
    return shift**2 * parallel_correlation(
        config.flow_spectrum,
        config.mean_free_path,
        config.transverse_fraction,
        lmax,
        free_path=config.transport.free_path,
        erlang_order=config.transport.erlang_order or 1,
        scatterings=config.transport.scatterings,
        frame=config.sky.frame,
    )


def regular_power(config: Config, shift: float) -> Array:
    """C_0, C_1, C_2 of the parts that are the same in every realisation.

    The dipole is λg, plus (D/v)U for an observer at rest; the quadrupole of a uniform velocity gradient G is
    (8π/75)(Dλ/v)² S:S with S its symmetric traceless part; its trace is a uniform compression, felt once per
    scattering. With parallel transport only components along b count, and the flow b·G b along b makes a mean
    and a quadrupole like μ² = 1/3 + (2/3) P_2(μ). Shape (3,).
    """
    if config.magnetic_field == "random":
        # Allowed only without regular parts.
        return np.zeros(3)
    path = config.mean_free_path
    dipole = path * np.array(config.transport.density_gradient)
    if config.sky.frame == "observer":
        dipole = dipole + shift * np.array(config.flow.mean_velocity)
    gradient = np.array(config.flow.velocity_gradient)
    field = config.field_direction
    if field is None:
        compression = float(np.trace(gradient))
        shear = (gradient + gradient.T) / 2 - compression / 3 * np.eye(3)
        quadrupole = 8 * math.pi / 75 * float(np.sum(shear**2))
    else:
        dipole = dipole @ field * field
        compression = float(field @ gradient @ field)
        quadrupole = 16 * math.pi / 225 * compression**2
    mean = config.transport.scatterings * shift * path * compression / 3
    return np.array(
        [
            4 * math.pi * mean**2,
            4 * math.pi / 9 * float(dipole @ dipole),
            (shift * path) ** 2 * quadrupole,
        ]
    )
