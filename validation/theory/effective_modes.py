"""Effective number of Fourier modes that contribute to the power of each multipole.

Modes are distributed uniformly in ln k, M of them over the band. A mode contributes to C_ℓ in proportion
to p_ℓ, the integrand of the prediction per unit ln k at its wavenumber. The effective number of terms of
unequal size is (Σp)²/Σp²; here (∫p dln k)²/∫p² dln k · M/ln(k_max/k_min). Along a magnetic field and around it p_ℓ also
depends on the cosine between the wave and the field, y = |k·b|/k, which is uniform in (0, 1) or has the distribution
g(y; k) of anisotropic turbulence. Of several components a mode has one, with the probability w_i/w.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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

# Points in ln k. Fewer where each has `_COSINES` points in y, and few for the smooth but costly functions of helices.
_POINTS = 4096
_FEWER = {"isotropic": 1, "parallel": 4, "drift-kinetic": 4, "helical": 128}
# Fewer still where each is an average over energies.
_FEWER_AVERAGES = 16
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
    if config.transport.zonal or config.transport.mode == "helical":
        parts = wave_parts(config, k)
        powers = [height[:, np.newaxis] * _wave_power(config, lmax, k, part) for part in parts]
        power = np.concatenate([each.reshape(lmax + 1, -1) for each in powers], axis=1)
        width = np.concatenate([(width[:, np.newaxis] * part.weight).ravel() for part in parts])
    elif config.axisymmetric_flow:
        found = transfer_functions(config, k * config.mean_free_path, lmax)
        parts = wave_parts(config, k)
        powers = [height * found.power(1 - part.polarizations[0]) for part in parts]
        power = np.concatenate(powers, axis=1)
        width = np.concatenate([width * part.weight.sum(axis=1) for part in parts])
    else:
        beta = fraction_at(config.transverse_fraction, k)
        power = height * transfer_functions(config, k * config.mean_free_path, lmax).power(beta)
    # Relative to the largest value, so that squares do not underflow.
    largest = power.max(axis=1, keepdims=True)
    power /= np.where(largest > 0, largest, 1.0)
    first, second = power @ width, power**2 @ width
    extent = np.divide(first**2, second, out=np.zeros(lmax + 1), where=second > 0)
    return np.asarray(config.flow.modes * extent / math.log(spectrum.k_max / spectrum.k_min))


@dataclass(frozen=True, slots=True)
class WavePart:
    """Waves of one component of the turbulence at n wavenumbers and m angles to the field.

    Parameters
    ----------
    polarizations
        Parts of the variance as in `TurbulentPart.polarizations`, shape (3, n).
    y
        |k̂·b|, shape (n, m).
    weight
        Probability of each y, times w_i/w, shape (n, m).
    """

    polarizations: Array
    y: Array
    weight: Array


def wave_parts(config: Config, k: Array) -> list[WavePart]:
    """Components of the turbulence at wavenumbers k [1/pc], shape (n,)."""
    y = cosine_grid(len(k))
    weight = np.full(y.shape, 1 / _COSINES)
    if config.transport.mode != "parallel":
        # Waves nearly across b compress most.
        y, weight = y**3, 3 * y**2 * weight
    if not config.axisymmetric_flow:
        beta = np.broadcast_to(fraction_at(config.transverse_fraction, k), k.shape)
        return [WavePart(np.stack([1 - beta, beta / 2, beta / 2]), y, weight)]
    whole, parts = config.flow_spectrum(k), []
    for part in config.turbulent_parts:
        inside = (k >= part.spectrum.k_min) & (k <= part.spectrum.k_max) & (whole > 0)
        within = np.clip(k, part.spectrum.k_min, part.spectrum.k_max)
        share = np.where(inside, part.spectrum(within), 0.0) / np.where(whole > 0, whole, 1.0)
        own = cosine_quantiles(part, within, y)
        polarizations = np.stack(part.polarizations(within))
        parts.append(WavePart(polarizations, own, weight * share[:, np.newaxis]))
    return parts


def _wave_power(config: Config, lmax: int, k: Array, part: WavePart) -> Array:
    """Power at each multipole of waves of unit variance, shape (lmax + 1, n, m)."""
    if config.transport.mode == "helical":
        return _helical_power(config, lmax, k, part)
    x, y = k[:, np.newaxis] * config.mean_free_path, part.y
    model = ScatteringModel.from_config(config)
    # Slab turbulence has no compression across b, and two-dimensional turbulence only y = 0.
    betatron = config.transport.mode == "drift-kinetic" and not np.all(y == 1)
    some = bool(np.any(y))
    found: Array
    if not some:
        found = across_response(model, lmax, betatron)
    elif betatron:
        found = drift_kinetic_response(model, (x * y).ravel(), lmax)
    else:
        found = transfer_functions(config, (x * y).ravel(), lmax).longitudinal[np.newaxis]
    velocity, *compression = found.reshape(-1, lmax + 1, *(y.shape if some else (1, 1)))
    total = y * velocity + x * (compression[0] if betatron else 0.0)
    along, beside, _ = part.polarizations[:, :, np.newaxis]
    return np.asarray(along * total**2 + beside * (1 - y**2) * velocity**2)


def _helical_power(config: Config, lmax: int, k: Array, part: WavePart) -> Array:
    """As `_wave_power` for helical transport."""
    path, model = config.mean_free_path, HelicalModel.from_config(config)
    power = np.empty((lmax + 1, *part.y.shape))
    for i, x in enumerate((k * path).tolist()):
        squares = np.abs(wave_multipoles(model, x, part.y[i], max(lmax, 1))) ** 2
        own = np.tensordot(part.polarizations[:, i], squares, (0, 2))
        power[:, i] = (2 * own.sum(axis=0) - own[0])[: lmax + 1]
    return power / (2 * np.arange(lmax + 1) + 1)[:, np.newaxis, np.newaxis]


def wavenumber_grid(config: Config) -> tuple[Array, Array]:
    """Midpoints k [1/pc] of steps in ln k between breakpoints of the spectrum, and widths of the steps; (n,) each."""
    spectrum = config.flow_spectrum
    ends = np.log([spectrum.k_min, *spectrum.breakpoints, spectrum.k_max])
    points = _POINTS // _FEWER[config.transport.mode]
    if config.rigidities is not None:
        points //= _FEWER_AVERAGES
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
