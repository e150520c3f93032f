"""t_ℓ of a collision operator in the stationary limit: ν_ℓ (2ℓ+1) t_ℓ − q [(ℓ−1) t_(ℓ−1) − (ℓ+2) t_(ℓ+1)] = δ_ℓ1."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.collisions import CollisionOperator, RateTable

__all__ = ["relaxed"]

Array = NDArray[np.float64]

# The recurrence starts where a start twice as high changes nothing above this.
CONVERGED = 1e-14


def relaxed(collisions: CollisionOperator, q: Array, lmax: int) -> Array:
    """t_ℓ of a collision operator in the stationary limit, shape (lmax + 1, n), by a continued fraction."""
    result, top = np.zeros((lmax + 1, len(q))), lmax
    far = np.zeros(len(q), dtype=bool)
    if isinstance(collisions, RateTable):
        # Where collisions at the last rate are rare, the fraction would need about 30 q/ν_∞ terms.
        top = max(lmax, len(collisions.values))
        scaled = q / collisions.values[-1]
        far = scaled > top + 2
        above = constant_rate_ratio(scaled[far], top + 1)
        result[:, far] = downwards(collisions.rates(top), q[far], lmax, above)
    if np.all(far):
        return result
    near, start, found = q[~far], top + 16, None
    while True:
        values = downwards(collisions.rates(start), near, lmax, np.zeros_like(near))
        if found is not None and np.all(np.abs(values - found) <= CONVERGED * np.abs(values)):
            result[:, ~far] = values
            return result
        start, found = 2 * start, values


def downwards(nu: Array, q: Array, lmax: int, ratio: Array) -> Array:
    """t_ℓ for ℓ ≤ lmax, from ν_ℓ and the ratio t_ℓ/t_(ℓ−1) at ℓ = len(nu) > lmax."""
    result = np.zeros((lmax + 1, len(q)))
    for ell in range(len(nu) - 1, 1, -1):
        ratio = q * (ell - 1) / (nu[ell] * (2 * ell + 1) + q * (ell + 2) * ratio)
        if ell <= lmax:
            result[ell] = ratio
    if lmax > 0:
        result[1] = 1 / (3 * nu[1] + 3 * q * ratio)
    return np.concatenate([result[:1], np.cumprod(result[1:], axis=0)])


def constant_rate_ratio(q: Array, ell: int) -> Array:
    """t_ℓ/t_(ℓ−1) for ν_ℓ = 1, upwards from t_1 = (b_0 − b_1/q)/2; its error grows as e^(2ℓ/q), so for q > ℓ only."""
    # NumPy's arctan is not the same to the last bit on all processors.
    monopole = np.array([math.atan(x) for x in q.tolist()]) / q
    before = 0.5 * (monopole - (1 - monopole) / q**2)
    here = (1 / 3 - before) / q
    for n in range(2, ell):
        before, here = here, ((n - 1) * before - (2 * n + 1) * here / q) / (n + 2)
    return np.asarray(here / before)
