"""Covariance of the a_ℓm of a sky about the magnetic field, and the degrees of freedom of its C_ℓ.

A sky that is not statistically isotropic has a_ℓm of unequal variances V_m, and those of different ℓ are correlated.
About the field the covariance is diagonal in m. C_ℓ = Σ_m |a_ℓm|²/(2ℓ+1) is a sum of 2ℓ+1 squares with the variances
V_m: its variance is 2 Σ V_m²/(2ℓ+1)², that of ν = (Σ V_m)²/Σ V_m² equal squares. ν is 2ℓ+1 for isotropic skies, and 1
for those of the pitch angle alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.axisymmetric import axisymmetric_covariance
from eddysky.validation.theory.helical import helical_sky
from eddysky.validation.theory.predict import predict, zonal_correlation
from eddysky.validation.theory.regular import compton_getting_factor
from eddysky.validation.theory.scattering import ScatteringModel

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["degrees_of_freedom", "field_covariance", "has_field_axis", "order_variances"]

Array = NDArray[np.float64]


def has_field_axis(config: Config) -> bool:
    """Whether the sky is statistically axisymmetric about the magnetic field, neither isotropic nor of m = 0 alone."""
    return config.magnetic_field is not None and not config.transport.zonal


def field_covariance(config: Config, lmax: int) -> NDArray[Any]:
    """⟨a_ℓm a*_ℓ'm⟩ of δf/f about the magnetic field, turbulence only.

    Parameters
    ----------
    config
        A validated configuration with turbulence.
    lmax
        Highest multipole.

    Returns
    -------
    ndarray
        For m = 0…lmax, shape (lmax + 1, lmax + 1, lmax + 1) with the axes m, ℓ, ℓ'; Hermitian in ℓ and ℓ', zero where
        ℓ or ℓ' is below m. For −m the complex conjugate, with Y_ℓ,−m = (−1)^m Y*_ℓm. Complex for helical transport,
        which turns to one side, else real.

    Raises
    ------
    InputError
        If there is no turbulence.

    Examples
    --------
    >>> from eddysky import Config
    >>> from eddysky.validation import degrees_of_freedom, field_covariance
    >>> settings = {"transport.mode": "helical", "transport.free_path": "exponential"}
    >>> config = Config().replace(settings | {"flow.inner_scale": "30 pc"})
    >>> field_covariance(config, 3).shape
    (4, 4, 4)
    >>> bool(degrees_of_freedom(config, 3)[2] < 1.1)
    True
    """
    if not config.turbulent:
        raise InputError("correlations are predicted for turbulence: flow.velocity_dispersion is 0")
    if config.transport.mode == "helical":
        return compton_getting_factor(config) ** 2 * helical_sky(config, lmax)
    if has_field_axis(config):
        flow = (config.turbulent_parts, config.mean_free_path, lmax)
        covariance = _axisymmetric(*flow, ScatteringModel.from_config(config))
        return compton_getting_factor(config) ** 2 * covariance
    out = np.zeros((lmax + 1, lmax + 1, lmax + 1))
    if config.transport.zonal:
        out[0] = zonal_correlation(config, lmax)
        return out
    prediction = predict(config, lmax)
    for ell, variance in enumerate(prediction.c_ell - prediction.deterministic):
        out[: ell + 1, ell, ell] = variance
    return out


_axisymmetric = lru_cache(maxsize=4)(axisymmetric_covariance)


def order_variances(covariance: NDArray[Any]) -> Array:
    """Variances V_m of a_ℓm for m = 0…lmax, shape (lmax + 1, lmax + 1) with the axes ℓ, m, from `field_covariance`."""
    return np.asarray(np.einsum("mll->lm", covariance).real)


def degrees_of_freedom(config: Config, lmax: int) -> Array:
    """ν_ℓ = (Σ V_m)²/Σ V_m², the number of equal squares whose sum scatters as C_ℓ does.

    Parameters
    ----------
    config, lmax
        As in `field_covariance`.

    Returns
    -------
    ndarray
        ν of ℓ = 0…lmax, shape (lmax + 1,): var C_ℓ/C_ℓ² = 2/ν. NaN without power where it depends on the turbulence.
    """
    if config.transport.zonal:
        return np.ones(lmax + 1)
    if not has_field_axis(config):
        return np.arange(1.0, 2 * lmax + 2, 2)
    variances = order_variances(field_covariance(config, lmax))
    whole = variances[:, 0] + 2 * variances[:, 1:].sum(axis=1)
    squares = variances[:, 0] ** 2 + 2 * (variances[:, 1:] ** 2).sum(axis=1)
    nothing = np.full(lmax + 1, np.nan)
    return np.asarray(np.divide(whole**2, squares, out=nothing, where=squares > 0))
