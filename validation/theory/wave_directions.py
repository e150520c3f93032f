"""Distribution of the wavevectors of anisotropic turbulence about the magnetic field, normalised."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.validation.theory.gauss_legendre import panel_rule

__all__ = ["cosine_distribution", "cosine_quantiles"]

Array = NDArray[np.float64]

# Chebyshev points in ln k at which g is integrated. Its integral is a smooth function of (kL)^(1/3).
_POINTS = 48
# Panels of 16 nodes below and above y = 1/2.
_PANELS = 48


def cosine_distribution(part: TurbulentPart) -> Callable[[Array, Array], Array]:
    """g(y; k), the distribution of y = |k̂·b| with ∫₀¹ g dy = 1.

    Parameters
    ----------
    part
        A component of the turbulence whose y is distributed, not the same for all waves.

    Returns
    -------
    callable
        Takes k [1/pc] inside the band and y, of shapes that broadcast, to g; relative accuracy near 1e-11.
    """
    low, high = np.log([part.spectrum.k_min, part.spectrum.k_max])

    def scaled(k: Array) -> Array:
        return np.asarray(2 * (np.log(k) - low) / (high - low) - 1)

    k = np.exp(low + 0.5 * (high - low) * (1 + chebyshev.chebpts1(_POINTS)))
    whole = [_integral(part, wavenumber) for wavenumber in k]
    coefficients = chebyshev.chebfit(scaled(k), np.log(whole), _POINTS - 1)

    def density(k: Array, y: Array) -> Array:
        norm = np.exp(chebyshev.chebval(scaled(k), coefficients))
        return np.asarray(part.cosine_density(k, y) / norm)

    return density


def cosine_quantiles(part: TurbulentPart, k: Array, probability: Array) -> Array:
    """The y below which waves of each k lie with these probabilities.

    Parameters
    ----------
    part
        A component of the turbulence.
    k
        Wavenumbers [1/pc], shape (n,).
    probability
        Shape (n, m).

    Returns
    -------
    ndarray
        Shape (n, m), to a few parts in a thousand.
    """
    if part.cosine is not None:
        return np.full(probability.shape, part.cosine)
    if part.anisotropy == "isotropic":
        return probability
    start = 1e-6 * (part.spectrum.k_min / part.spectrum.k_max) ** (1 / 3)
    y = np.append(0.0, np.geomspace(start, 1.0, 1000))
    heights = part.cosine_density(k[:, np.newaxis], y)
    steps = 0.5 * (heights[:, 1:] + heights[:, :-1]) * np.diff(y)
    below = np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
    below /= below[:, -1:]
    return np.stack([np.interp(p, row, y) for p, row in zip(probability, below, strict=True)])


def _integral(part: TurbulentPart, k: float) -> float:
    """∫₀¹ of `cosine_density`, over y below 1/2 and over ln(1 − y) above."""
    # Waves are spread over y ~ (k_min/k)^(1/3).
    start = 1e-2 * (part.spectrum.k_min / k) ** (1 / 3)
    y, weight = panel_rule(np.append(0.0, np.geomspace(start, 0.5, _PANELS)))
    # Beyond 1 − y = e^(−36) lies nothing, of isotropic waves no more than rounding.
    fall, fall_weight = panel_rule(np.linspace(0.0, 36.0, _PANELS))
    missing = 0.5 * np.exp(-fall)
    y = np.concatenate([y, 1 - missing])
    weight = np.concatenate([weight, missing * fall_weight])
    return float(np.sum(weight * part.cosine_density(np.array(k), y)))
