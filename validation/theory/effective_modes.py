"""Effective number of Fourier modes that carry the power of each multipole.

Modes are spread evenly in ln k, M of them over the band, and each lends C_ℓ what the integrand p_ℓ of its
prediction is where the mode falls. The effective number of such unequal terms is (Σp)²/Σp², as if so many of them were
equal and the others nothing; here it is (∫p dln k)²/∫p² dln k times M/ln(k_max/k_min). With parallel transport p_ℓ
depends also on the angle of a wave with the field, y = |k·b|/k, which is uniform in (0, 1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import fraction_at
from eddysky.validation.theory.predict import options
from eddysky.validation.theory.taylor import polynomial, transfers
from eddysky.validation.theory.transfer import transfer
from eddysky.validation.theory.transport import Transport

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["effective_modes"]

Array = NDArray[np.float64]

# Points in ln k; with parallel transport a row of points in y for each of a quarter as many.
POINTS = 4096
ANGLES = 32
# Step of the points in y from one wavenumber to the next: multiples of the golden ratio fill (0, 1) evenly.
GOLDEN = (math.sqrt(5) - 1) / 2


def effective_modes(config: Config, lmax: int) -> Array:
    """Expected effective number of modes that carry the power of each multipole of one realisation.

    Parameters
    ----------
    config
        A validated configuration with turbulence.
    lmax
        Highest multipole.

    Returns
    -------
    ndarray
        (∫p dln k)²/∫p² dln k · M/ln(k_max/k_min) for ℓ = 0…lmax, shape (lmax + 1,); zero where a multipole has no
        power. Good to a few percent, as the integrals are sums over points.
    """
    spectrum = config.flow_spectrum
    k, width = wavenumbers(config)
    height = spectrum(k) * k
    beta = fraction_at(config.transverse_fraction, k)
    x = k * config.mean_free_path
    if config.transport.mode == "parallel":
        rows = np.arange(len(x))[:, np.newaxis]
        y = (np.arange(ANGLES) + (rows + 0.5) * GOLDEN % 1) / ANGLES
        along_field = (1 - beta)[:, np.newaxis] * y**2 + beta[:, np.newaxis] / 2 * (1 - y**2)
        along, _ = transfer_functions(config, (x[:, np.newaxis] * y).ravel(), lmax)
        power = (height[:, np.newaxis] * along_field).ravel() * along**2
        width = np.repeat(width / ANGLES, ANGLES)
    else:
        along, across = transfer_functions(config, x, lmax)
        ell = np.arange(lmax + 1)[:, np.newaxis]
        power = height * ((1 - beta) * along**2 + beta / 2 * ell * (ell + 1) * across**2)
    # Of the largest, so that squares of small numbers are numbers.
    largest = power.max(axis=1, keepdims=True)
    power /= np.where(largest > 0, largest, 1.0)
    first, second = power @ width, power**2 @ width
    extent = np.divide(first**2, second, out=np.zeros(lmax + 1), where=second > 0)
    return np.asarray(config.flow.modes * extent / math.log(spectrum.k_max / spectrum.k_min))


def wavenumbers(config: Config) -> tuple[Array, Array]:
    """Midpoints k [1/pc] of steps in ln k from kink to kink of the spectrum, and the widths of the steps."""
    spectrum = config.flow_spectrum
    ends = np.log([spectrum.k_min, *spectrum.breakpoints, spectrum.k_max])
    points = POINTS // 4 if config.transport.mode == "parallel" else POINTS
    steps = max(16, points // (len(ends) - 1))
    width = np.diff(ends)[:, np.newaxis] / steps
    k = np.exp(ends[:-1, np.newaxis] + width * (np.arange(steps) + 0.5))
    return k.ravel(), np.broadcast_to(width, k.shape).ravel()


def transfer_functions(config: Config, x: Array, lmax: int) -> tuple[Array, Array]:
    """Longitudinal and transverse transfer functions at x = kλ, each of shape (lmax + 1, n)."""
    order = config.flow.taylor_order
    if order is None:
        found = transfer(Transport.from_options(**options(config)), x, lmax)
        return found.longitudinal, found.transverse
    along, across = np.zeros((2, lmax + 1, len(x)))
    for ell, terms in enumerate(transfers(lmax, order, config.sky.frame)):
        along[ell], across[ell] = polynomial(terms[0], x), polynomial(terms[1], x)
    return along, across
