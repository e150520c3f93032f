"""Effective number of Fourier modes that contribute to the power of each multipole.

Modes are distributed uniformly in ln k, M of them over the band. A mode contributes to C_ℓ in proportion
to p_ℓ, the integrand of the prediction per unit ln k at its wavenumber. The effective number of terms of
unequal size is (Σp)²/Σp²; here (∫p dln k)²/∫p² dln k · M/ln(k_max/k_min). Where the sky depends on the pitch angle
alone p_ℓ also depends on the cosine between the wave and the field, y = |k·b|/k, which is uniform in (0, 1) or has the
distribution g(y; k) of anisotropic turbulence. Of several components a mode has one, with the probability w_i/w.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import fraction_at
from eddysky.validation.theory.drift_kinetic import drift_kinetic_response
from eddysky.validation.theory.helical_response import HelicalModel, wave_multipoles
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.taylor import expanded_transfer
from eddysky.validation.theory.transfer import Transfer, transfer
from eddysky.validation.theory.wave_directions import cosine_quantiles
from eddysky.validation.theory.zonal import across_response

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["cosine_grid", "effective_modes", "transfer_functions", "wave_parts", "wavenumber_grid"]

Array = NDArray[np.float64]

# Points in ln k. For zonal skies a quarter as many, with `_COSINES` points in y for each.
_POINTS = 4096
_COSINES = 32
# Points in ln k with helical transport, with half of the points in y.
_HELICAL_POINTS = 96
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
    if config.transport.mode == "helical":
        power, width = _helical_waves(config, lmax, k, width)
    elif config.transport.zonal:
        waves = [_zonal_waves(config, lmax, k, *part) for part in wave_parts(config, k)]
        power = np.concatenate([height.repeat(_COSINES) * each for each, _ in waves], axis=1)
        width = np.concatenate([width.repeat(_COSINES) * share for _, share in waves])
    elif config.axisymmetric_flow:
        found = transfer_functions(config, x, lmax)
        waves = [(found.power(1 - along), share) for share, along, *_ in wave_parts(config, k)]
        power = np.concatenate([height * each for each, _ in waves], axis=1)
        width = np.concatenate([width * share for _, share in waves])
    else:
        power = height * transfer_functions(config, x, lmax).power(beta)
    # Relative to the largest value, so that squares do not underflow.
    largest = power.max(axis=1, keepdims=True)
    power /= np.where(largest > 0, largest, 1.0)
    first, second = power @ width, power**2 @ width
    extent = np.divide(first**2, second, out=np.zeros(lmax + 1), where=second > 0)
    return np.asarray(config.flow.modes * extent / math.log(spectrum.k_max / spectrum.k_min))


def wave_parts(config: Config, k: Array) -> Iterator[tuple[Array, Array, Array, Array, Array]]:
    """Components of the turbulence at wavenumbers k [1/pc] of shape (n,).

    Yields
    ------
    tuple of ndarray
        Probability w_i/w, variances along k and across k in the plane of k and b, (n,) each; points y and their
        weights, (n, m) each.
    """
    uniform = cosine_grid(len(k))
    if config.transport.mode in ("drift-kinetic", "helical"):
        # Waves nearly across b compress most.
        uniform, weight = uniform**3, 3 * uniform**2 / _COSINES
    else:
        weight = np.full(uniform.shape, 1 / _COSINES)
    if not config.axisymmetric_flow:
        beta = np.broadcast_to(fraction_at(config.transverse_fraction, k), k.shape)
        yield np.ones_like(k), 1 - beta, beta / 2, uniform, weight
        return
    whole = config.flow_spectrum(k)
    for part in config.turbulent_parts:
        inside = (k >= part.spectrum.k_min) & (k <= part.spectrum.k_max)
        within = np.clip(k, part.spectrum.k_min, part.spectrum.k_max)
        share = np.where(inside & (whole > 0), part.spectrum(within), 0.0)
        share /= np.where(whole > 0, whole, 1.0)
        along, beside, _ = part.polarizations(within)
        yield share, along, beside, cosine_quantiles(part, within, uniform), weight


def _zonal_waves(
    config: Config,
    lmax: int,
    k: Array,
    share: Array,
    along: Array,
    beside: Array,
    y: Array,
    weight: Array,
) -> tuple[Array, Array]:
    """Power at each multipole of waves of unit variance (lmax + 1, n m), and their weights (n m,)."""
    along, beside = along[:, np.newaxis], beside[:, np.newaxis]
    x = k[:, np.newaxis] * config.mean_free_path
    model = ScatteringModel.from_config(config)
    # Slab turbulence has no compression across b.
    betatron = config.transport.mode == "drift-kinetic" and not np.all(y == 1)
    found: Array
    if not np.any(y):
        # Two-dimensional turbulence.
        found = across_response(model, lmax, betatron)[:, :, np.newaxis, np.newaxis]
    elif betatron:
        found = drift_kinetic_response(model, (x * y).ravel(), lmax)
    else:
        found = transfer_functions(config, (x * y).ravel(), lmax).longitudinal[np.newaxis]
    velocity = found[0].reshape(lmax + 1, *(y.shape if np.any(y) else (1, 1)))
    compression = found[1].reshape(velocity.shape) if betatron else 0.0
    power = along * (y * velocity + x * compression) ** 2
    power += beside * (1 - y**2) * velocity**2
    return power.reshape(lmax + 1, -1), (share[:, np.newaxis] * weight).ravel()


def _helical_waves(config: Config, lmax: int, k: Array, width: Array) -> tuple[Array, Array]:
    """Power of waves at some of the wavenumbers (lmax + 1, n), and their weights (n,)."""
    stride = max(1, len(k) // _HELICAL_POINTS)
    k, width = k[stride // 2 :: stride], width[stride // 2 :: stride] * stride
    model = HelicalModel.from_config(config)
    height = config.flow_spectrum(k) * k
    powers, weights = [], []
    for share, along, beside, y, weight in wave_parts(config, k):
        parts = np.stack([along, beside, 1 - along - beside])
        for row in np.flatnonzero(share > 0):
            points = y[row, row % 2 :: 2] if np.ptp(y[row]) > 0 else y[row, :1]
            fields = wave_multipoles(model, float(k[row]) * config.mean_free_path, points, lmax)
            squares = fields.real**2 + fields.imag**2
            squares = squares[0] + 2 * squares[1:].sum(axis=0)
            powers.append(height[row] * np.einsum("lpy,p->ly", squares, parts[:, row]))
            own = weight[row, row % 2 :: 2] if len(points) > 1 else np.ones(1)
            weights.append(width[row] * share[row] * own / own.sum())
    return np.concatenate(powers, axis=1), np.concatenate(weights)


def wavenumber_grid(config: Config) -> tuple[Array, Array]:
    """Midpoints k [1/pc] of steps in ln k between breakpoints of the spectrum, and widths of the steps; (n,) each."""
    spectrum = config.flow_spectrum
    ends = np.log([spectrum.k_min, *spectrum.breakpoints, spectrum.k_max])
    points = _POINTS // 4 if config.transport.zonal else _POINTS
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
