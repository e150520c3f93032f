"""Averages of spherical Bessel functions over Erlang-distributed free paths.

    J_ℓ^n(q) = (1/Γ(n)) ∫₀^∞ s^(n−1) e^(−s) j_ℓ(qs) ds.

The relations between j_ℓ', j_ℓ/s and j_(ℓ±1), and one integration by parts, give the recurrence

    (2ℓ+1) J_ℓ^n / q = (ℓ+n−1) J_(ℓ−1)^n − (ℓ+2−n) J_(ℓ+1)^n,   ℓ ≥ 1.                     (1)

J_ℓ^n is its decaying solution, ∝ [(√(1+q²) − 1)/q]^ℓ.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

from eddysky.validation.theory.miller import DECAY, decaying_ratios, values_from_ratios

__all__ = ["erlang_bessel"]

Array = NDArray[np.float64]


def erlang_bessel(n: int, q: Array, lmax: int) -> Array:
    """J_ℓ^n(q) for ℓ = 0 … lmax + 1.

    Parameters
    ----------
    n
        Order of the Erlang law, ≥ 1.
    q
        x/n > 0, shape (m,), where x = kλ.
    lmax
        Values are returned up to ℓ = lmax + 1.

    Returns
    -------
    ndarray
        Shape (lmax + 2, m).
    """
    out = np.empty((lmax + 2, q.size))
    # (1) closes at ℓ = n−2, where its last coefficient vanishes: the recurrence can start there.
    closed = lmax + 1 <= n - 2
    # The error of the upward recurrence grows as e^(2ℓ/q).
    large = (q > lmax + 2) & (not closed)
    out[:, large] = _large_q(n, q[large], lmax)
    # The start ℓ grows with q: groups of similar q, so that a few large q do not slow down the others.
    limit = 1.0
    done = large
    while not np.all(done):
        group = ~done & (q <= limit)
        if np.any(group):
            largest = float(np.max(q[group]))
            start = n - 2 if closed else lmax + 2 + math.ceil(DECAY / math.asinh(1 / largest))
            ratios = decaying_ratios(
                lambda ell: float(ell + n - 1),
                lambda ell: float(ell + 2 - n),
                q[group],
                lmax,
                start,
            )
            out[:, group] = values_from_ratios(ratios, *_first_two(n, q[group]))
            done = done | group
        limit *= 4
    return out


def _first_two(n: int, q: Array) -> tuple[Array, Array]:
    """J_0^n and J_1^n. J_1 cancels at small q: use it only where it is larger than J_0."""
    angle = np.arctan(q)
    log_modulus = -0.5 * np.log1p(q**2)
    if n == 1:
        zeroth = angle / q
        return zeroth, (1 - zeroth) / q
    zeroth = np.exp((n - 1) * log_modulus) * np.sin((n - 1) * angle) / ((n - 1) * q)
    sine = angle if n == 2 else np.exp((n - 2) * log_modulus) * np.sin((n - 2) * angle) / (n - 2)
    cosine = np.exp((n - 1) * log_modulus) * np.cos((n - 1) * angle)
    return zeroth, (sine / q - cosine) / ((n - 1) * q)


def _large_q(n: int, q: Array, lmax: int) -> Array:
    """J_ℓ^n by (1), which separates at ℓ = n−2 into two parts; each starts from a closed form.

    J_(n−2) = √π Γ(2n−2) q^(n−2) (1+q²)^(1−n) / [2^(n−1) Γ(n) Γ(n−½)] and
    J_(n−1) = π Γ(2n−1) q^(−n) I_y(n−½, ½) / [2^n Γ(n)²], y = q²/(1+q²). For these two ℓ the
    hypergeometric function of J_ℓ^n is a power and an incomplete beta function. Neither part cancels at
    large q, even where the leading power of 1/q vanishes (ℓ = n−3, n−5, …).
    """
    out = np.empty((lmax + 2, q.size))
    if q.size == 0:
        return out
    if n == 1:
        out[0], out[1] = _first_two(1, q)
    else:
        log_q, log_modulus = np.log(q), -np.log1p(q**2)
        constant = 0.5 * math.log(math.pi) - (n - 1) * math.log(2)
        constant += gammaln(2 * n - 2) - gammaln(n) - gammaln(n - 0.5)
        out[n - 2] = np.exp(constant + (n - 2) * log_q + (n - 1) * log_modulus)
        constant = math.log(math.pi) - n * math.log(2) + gammaln(2 * n - 1) - 2 * gammaln(n)
        missing = betainc(0.5, n - 0.5, 1 / (1 + q**2))
        out[n - 1] = np.exp(constant - n * log_q) * (1 - missing)
    for ell in range(n - 2, 0, -1):
        above = (ell + 2 - n) * out[ell + 1]
        out[ell - 1] = ((2 * ell + 1) / q * out[ell] + above) / (ell + n - 1)
    for ell in range(max(n - 1, 1), lmax + 1):
        below = (ell + n - 1) * out[ell - 1]
        out[ell + 1] = (below - (2 * ell + 1) / q * out[ell]) / (ell + 2 - n)
    return out
