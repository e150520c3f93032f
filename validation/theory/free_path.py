"""Averages of spherical Bessel functions over the law of the free path.

b_ℓ(x) = ⟨j_ℓ(ks)⟩ with x = kλ and ⟨s⟩ = λ. For a fixed path b_ℓ = j_ℓ(x). For an Erlang law of
order n (n exponentials of mean λ/n; n = 1 is the exponential, or BGK, law) and q = x/n

    b_ℓ = (1/Γ(n)) ∫₀^∞ s^(n−1) e^(−s) j_ℓ(qs) ds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.validation.theory.erlang import erlang_bessel
from eddysky.validation.theory.recurrence import DECAY, decaying_ratios, values_from_ratios

__all__ = ["averaged_bessel", "missing_monopole"]

Array = NDArray[np.float64]

# Below this x, 1 − b_0 loses more than three digits if it is computed as a difference.
_SMALL = 0.1


def averaged_bessel(order: float, x: ArrayLike, lmax: int) -> Array:
    """b_ℓ(x) = ⟨j_ℓ(ks)⟩ for ℓ = 0 … lmax + 1.

    Parameters
    ----------
    order
        Order of the Erlang law: 1 for the exponential law, infinity for a fixed path (`Transport.order`).
    x
        Wavenumber times mean free path kλ > 0, shape (n,).
    lmax
        Largest multipole whose derivative is wanted, ≥ 0: that takes one order more.

    Returns
    -------
    ndarray
        Shape (lmax + 2, n). Values below the smallest double are zero.

    Raises
    ------
    ValueError
        For a negative lmax, or an x that is not positive and finite.
    """
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 1 or not np.all((x > 0) & np.isfinite(x)):
        raise ValueError("x must be a one-dimensional array of positive finite numbers")
    if lmax < 0:
        raise ValueError(f"lmax must be >= 0, got {lmax}")

    if math.isinf(order):
        return _fixed(x, lmax)
    return erlang_bessel(int(order), x / order, lmax)


def missing_monopole(order: float, x: Array, monopole: Array) -> Array:
    """1 − b_0(x) to full relative precision at small x, where b_0 → 1.

    Parameters
    ----------
    order
        As in `averaged_bessel`.
    x
        kλ, shape (n,).
    monopole
        b_0(x), shape (n,).

    Returns
    -------
    ndarray
        Shape (n,).
    """
    result = np.asarray(1.0 - monopole)
    small = x < _SMALL
    square = x[small] ** 2
    # Σ_m (−1)^(m+1) x^(2m) ⟨s^2m⟩/(2m+1)!; the ratio of the last terms is at most x² = 0.01, so
    # that nine of them reach 1e-18.
    term = np.ones_like(square)
    total = np.zeros_like(square)
    for m in range(1, 10):
        moment_ratio = (1 + (2 * m - 2) / order) * (1 + (2 * m - 1) / order)
        term = term * -square * moment_ratio / (2 * m * (2 * m + 1))
        total -= term
    result[small] = total
    return result


def _fixed(x: Array, lmax: int) -> Array:
    zeroth = np.sin(x) / x
    first = (zeroth - np.cos(x)) / x
    out = np.empty((lmax + 2, x.size))

    upward = x > lmax + 1
    out[0, upward], out[1, upward] = zeroth[upward], first[upward]
    inverse = 1 / x[upward]
    previous, current = zeroth[upward], first[upward]
    for ell in range(1, lmax + 1):
        previous, current = current, (2 * ell + 1) * inverse * current - previous
        out[ell + 1, upward] = current

    downward = ~upward
    # Beyond the turning point ℓ = x the wanted solution falls like exp(−0.94 t^1.5), with
    # t = (ℓ − x)/x^(1/3): 8 of these units are the 20 e-folds of DECAY.
    start = lmax + 2 + math.ceil(8 * (lmax + 2) ** (1 / 3) + DECAY)
    ratios = decaying_ratios(lambda ell: 1.0, lambda ell: -1.0, x[downward], lmax, start)
    out[:, downward] = values_from_ratios(ratios, zeroth[downward], first[downward])
    return out
