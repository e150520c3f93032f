"""Averages of spherical Bessel functions over the law of the free path.

b_ℓ(x) = ⟨j_ℓ(ks)⟩ with x = kλ and ⟨s⟩ = λ. For a fixed path b_ℓ = j_ℓ(x). For an Erlang law of
order n (n exponentials of mean λ/n; n = 1 is the exponential, or BGK, law) and q = x/n

    b_ℓ = (1/Γ(n)) ∫₀^∞ s^(n−1) e^(−s) j_ℓ(qs) ds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.validation.erlang import erlang_bessel
from eddysky.validation.recurrence import DECAY, decaying_ratios, values_from_ratios

__all__ = ["averaged_bessel", "law_order", "missing_monopole"]

Array = NDArray[np.float64]

# Below this x, 1 − b_0 loses more than three digits if it is computed as a difference.
_SMALL = 0.1


def law_order(law: str, order: int = 1) -> float:
    """Order of the Erlang law that `law` names: 1 for "exponential", infinity for "fixed".

    Raises
    ------
    ValueError
        If the law is not "fixed", "exponential" or "erlang", if the order is not a positive
        integer, or if it differs from 1 for a law that has none.
    """
    if law not in ("fixed", "exponential", "erlang"):
        raise ValueError(f'free path law must be "fixed", "exponential" or "erlang", got {law!r}')
    if order != int(order) or order < 1:
        raise ValueError(f"Erlang order must be a positive integer, got {order}")
    if law != "erlang" and order != 1:
        raise ValueError(f'Erlang order {order} has no meaning for the free path law "{law}"')
    return math.inf if law == "fixed" else float(order)


def averaged_bessel(law: str, order: int, x: ArrayLike, lmax: int) -> Array:
    """b_ℓ(x) = ⟨j_ℓ(ks)⟩ for ℓ = 0 … lmax + 1.

    Parameters
    ----------
    law
        Law of the free path: "fixed", "exponential" or "erlang".
    order
        Order of the Erlang law, 1 for the others.
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
        For an unknown law or order, a negative lmax, or an x that is not positive and finite.
    """
    n = law_order(law, order)
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 1 or not np.all((x > 0) & np.isfinite(x)):
        raise ValueError("x must be a one-dimensional array of positive finite numbers")
    if lmax < 0:
        raise ValueError(f"lmax must be >= 0, got {lmax}")

    if math.isinf(n):
        return _fixed(x, lmax)
    return erlang_bessel(int(n), x / n, lmax)


def missing_monopole(law: str, order: int, x: Array, monopole: Array) -> Array:
    """1 − b_0(x) to full relative precision at small x, where b_0 → 1.

    Parameters
    ----------
    law, order
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
    n = law_order(law, order)
    result = np.asarray(1.0 - monopole)
    small = x < _SMALL
    square = x[small] ** 2
    # Σ_m (−1)^(m+1) x^(2m) ⟨s^2m⟩/(2m+1)!; the ratio of the last terms is at most x² = 0.01, so
    # that nine of them reach 1e-18.
    term = np.ones_like(square)
    total = np.zeros_like(square)
    for m in range(1, 10):
        moment_ratio = (1 + (2 * m - 2) / n) * (1 + (2 * m - 1) / n)
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
