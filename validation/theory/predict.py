"""Analytic C_ℓ of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.field_line import FieldLineSpectrum
from eddysky.validation.theory.helical import helical_sky
from eddysky.validation.theory.path_spread import PathSpread
from eddysky.validation.theory.quadrature import angular_power
from eddysky.validation.theory.regular import compton_getting_factor, regular_power
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.taylor import expanded_correlation, expanded_power
from eddysky.validation.theory.zonal import zonal_matrix, zonal_power

__all__ = ["Prediction", "predict", "zonal_correlation"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Ensemble mean of C_ℓ, to first order in u/v.

    Parameters
    ----------
    ell
        Multipoles 0…lmax, shape (lmax + 1,), as are the others.
    c_ell
        ⟨C_ℓ⟩ of δf/f.
    deterministic
        Contribution of the regular flow and density gradient, the same in every realisation.
    """

    ell: NDArray[np.int64]
    c_ell: Array
    deterministic: Array

    def up_to(self, lmax: int) -> Prediction:
        """The prediction for multipoles ℓ ≤ lmax."""
        kept = slice(0, lmax + 1)
        return Prediction(self.ell[kept], self.c_ell[kept], self.deterministic[kept])

    def __repr__(self) -> str:
        """The multipoles and the range of C_ℓ."""
        low, high = np.min(self.c_ell), np.max(self.c_ell)
        return f"<Prediction: ℓ = {self.ell[0]}-{self.ell[-1]}, C_ℓ from {low:.3g} to {high:.3g}>"


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
        C_ℓ = (D/v)² A_ℓ plus `regular_power`, with A_ℓ of `angular_power` (ZL24 Eqs. 6, 10, extended; whatever the
        anisotropy of the turbulence, with its w(k) and β(k)), `zonal_power` for parallel (ZL25 Eqs. 7–11, extended) and
        drift-kinetic transport, `helical_covariance` for helical transport, or `expanded_power` for an expanded flow.
        Where particles have several energies or charges, the transfer functions are averaged over them.
        In the stationary limit C_0 and, for drift-kinetic transport through compressive waves, C_1 may be infinite.

    Examples
    --------
    >>> from eddysky import Config, predict
    >>> prediction = predict(Config().replace({"flow.index": 1.5}), lmax=3)
    >>> prediction.ell
    array([0, 1, 2, 3])
    >>> print(f"{prediction.c_ell[2]:.3e}")
    9.862e-08
    """
    if not isinstance(config, Config):
        raise InputError(f"config: must be a Config, not {type(config).__name__}")
    lmax = config.lmax if lmax is None else lmax
    c_ell, deterministic = np.zeros((2, max(lmax, 2) + 1))
    if config.turbulent:
        c_ell += compton_getting_factor(config) ** 2 * _turbulent_power(config, max(lmax, 2))
    deterministic[:3] = regular_power(config)
    return Prediction(np.arange(len(c_ell)), c_ell + deterministic, deterministic).up_to(lmax)


def _turbulent_power(config: Config, lmax: int) -> Array:
    """A_ℓ [km² s⁻²] of the turbulence, shape (lmax + 1,)."""
    flow = (config.flow_spectrum, config.mean_free_path, config.transverse_fraction, lmax)
    transport, order = config.transport, config.flow.taylor_order
    if order is not None:
        mode: Literal["isotropic", "parallel"] = "parallel" if transport.zonal else "isotropic"
        return expanded_power(*flow, order, transport=mode, frame=config.sky.frame)
    if transport.zonal:
        return zonal_power(**_zonal_flow(config), lmax=lmax)
    if transport.mode == "helical":
        variances = np.einsum("mll->lm", helical_sky(config, lmax)).real
        whole = variances[:, 0] + 2 * variances[:, 1:].sum(axis=1)
        return np.asarray(whole / (2 * np.arange(lmax + 1) + 1))
    return angular_power(
        *flow,
        free_path=transport.law,
        scatterings=transport.scattering_count,
        frame=config.sky.frame,
        collisions=transport.collisions,
        spread=PathSpread.from_config(config),
    )


def zonal_correlation(config: Config, lmax: int) -> Array:
    """⟨a_ℓ a_ℓ'⟩ of m = 0 about the field for parallel and drift-kinetic transport, turbulence only (ZL25 Eq. 10).

    Parameters
    ----------
    config
        A validated configuration with turbulence and parallel or drift-kinetic transport.
    lmax
        Highest multipole.

    Returns
    -------
    ndarray
        Correlation of δf/f, shape (lmax + 1, lmax + 1); in the stationary limit ⟨a_0²⟩, ⟨a_1²⟩ and ⟨a_0 a_2⟩ may be
        infinite.
    """
    order = config.flow.taylor_order
    if order is None:
        correlation = zonal_matrix(**_zonal_flow(config), lmax=lmax)
    else:
        flow = (config.flow_spectrum, config.mean_free_path, config.transverse_fraction, lmax)
        correlation = expanded_correlation(*flow, order, frame=config.sky.frame)
    return compton_getting_factor(config) ** 2 * correlation


class _ZonalFlow(TypedDict):
    """Arguments of `zonal_power` and `zonal_matrix`."""

    lines: tuple[FieldLineSpectrum, ...]
    model: ScatteringModel
    betatron: bool


def _zonal_flow(config: Config) -> _ZonalFlow:
    """Turbulence and transport of a configuration with a zonal sky."""
    return {
        "lines": FieldLineSpectrum.from_config(config),
        "model": ScatteringModel.from_config(config),
        "betatron": config.transport.mode == "drift-kinetic",
    }
