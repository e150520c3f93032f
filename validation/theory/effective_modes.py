"""Effective number of Fourier modes that contribute to the power of each multipole.

Modes are distributed uniformly in ln k, M of them over the band. A mode contributes to C_ℓ in proportion
to p_ℓ, the integrand of the prediction per unit ln k at its wavenumber. The effective number of terms of
unequal size is (Σp)²/Σp²; here (∫p dln k)²/∫p² dln k · M/ln(k_max/k_min). For parallel transport p_ℓ also
depends on the cosine between the wave and the field, y = |k·b|/k, which is uniform in (0, 1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import fraction_at
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.taylor import expanded_transfer
from eddysky.validation.theory.transfer import Transfer, transfer

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["cosine_grid", "effective_modes", "transfer_functions", "wavenumber_grid"]

Array = NDArray[np.float64]

# Points in ln k. For parallel transport a quarter as many, with `_COSINES` points in y for each.
_POINTS = 4096
_COSINES = 32
# Multiples of the golden ratio, modulo 1, fill (0, 1) evenly: shifts of the points in y.
_GOLDEN = (math.sqrt(5) - 1) / 2


def effective_modes(config: Config, lmax: int) -> Array:
    """Expected effective number of modes that contribute to each multipole of one realisation.

    Parameters
    ----------
    config
        A validated configuration with turbulence.
    lmax
        Highest multipole.

    Returns
    -------
    ndarray
        (∫p dln k)²/∫p² dln k · M/ln(k_max/k_min) for ℓ = 0…lmax, shape (lmax + 1,); zero where C_ℓ = 0.
        Accurate to a few percent, because the integrals are sums over points.
    """
    spectrum = config.flow_spectrum
    k, width = wavenumber_grid(config)
    height = spectrum(k) * k
    beta = fraction_at(config.transverse_fraction, k)
    x = k * config.mean_free_path
    if config.transport.mode == "parallel":
        y = cosine_grid(len(x))
        along_field = (1 - beta)[:, np.newaxis] * y**2 + beta[:, np.newaxis] / 2 * (1 - y**2)
        found = transfer_functions(config, (x[:, np.newaxis] * y).ravel(), lmax)
        power = (height[:, np.newaxis] * along_field).ravel() * found.longitudinal**2
        width = np.repeat(width / _COSINES, _COSINES)
    else:
        power = height * transfer_functions(config, x, lmax).power(beta)
    # Relative to the largest value, so that squares do not underflow.
    largest = power.max(axis=1, keepdims=True)
    power /= np.where(largest > 0, largest, 1.0)
    first, second = power @ width, power**2 @ width
    extent = np.divide(first**2, second, out=np.zeros(lmax + 1), where=second > 0)
    return np.asarray(config.flow.modes * extent / math.log(spectrum.k_max / spectrum.k_min))


def wavenumber_grid(config: Config) -> tuple[Array, Array]:
    """Midpoints k [1/pc] of steps in ln k between breakpoints of the spectrum, and widths of the steps; (n,) each."""
    spectrum = config.flow_spectrum
    ends = np.log([spectrum.k_min, *spectrum.breakpoints, spectrum.k_max])
    points = _POINTS // 4 if config.transport.mode == "parallel" else _POINTS
    steps = max(16, points // (len(ends) - 1))
    width = np.diff(ends)[:, np.newaxis] / steps
    k = np.exp(ends[:-1, np.newaxis] + width * (np.arange(steps) + 0.5))
    return k.ravel(), np.broadcast_to(width, k.shape).ravel()


def cosine_grid(count: int) -> Array:
    """Points y in (0, 1) of equal weight for each of `count` wavenumbers, shifted from one to the next; (count, m)."""
    rows = np.arange(count)[:, np.newaxis]
    return np.asarray((np.arange(_COSINES) + (rows + 0.5) * _GOLDEN % 1) / _COSINES)


def transfer_functions(config: Config, x: Array, lmax: int) -> Transfer:
    """Transfer functions of a configuration at x = kλ, shape (n,), for ℓ = 0…lmax."""
    order = config.flow.taylor_order
    if order is not None:
        return expanded_transfer(x, lmax, order, config.sky.frame)
    return transfer(ScatteringModel.from_config(config), x, lmax)
