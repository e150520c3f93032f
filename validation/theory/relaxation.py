"""Response of the stationary sky to a transverse wave of the flow, for any isotropic collision operator.

Let the operator relax multipole ℓ of the distribution at the rate ν_ℓ, in units of v/λ with λ the transport mean free
path (ν_1 = 1). In harmonics about the wave vector, transverse waves drive m = ±1. With q = kλ and
α_ℓ = √((ℓ²−1)/(4ℓ²−1)), the stationary transport equation of a wave of unit amplitude is

    ν_ℓ f_ℓ − iq [α_(ℓ+1) f_(ℓ+1) + α_ℓ f_(ℓ−1)] = ν_1 δ_ℓ1.

For f_ℓ = i^(ℓ−1) g_ℓ all is real, and the ratios r_ℓ = g_ℓ/g_(ℓ−1) of the decaying solution are a continued fraction of
positive terms, without cancellations:

    r_ℓ = q α_ℓ/(ν_ℓ + q α_(ℓ+1) r_(ℓ+1)),   g_1 = 1/(1 + q α_2 r_2).

Its power is the (4π/3) g_ℓ²/(2ℓ+1) of C_ℓ, which is (4π/2) ℓ(ℓ+1) t_ℓ² with the t_ℓ of `transfer`. Longitudinal waves
drive m = 0, and f_ℓ = i/q at ℓ = 0 alone solves their equation whatever the rates are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.collisions import CollisionOperator, RateTable
from eddysky.validation.theory.erlang import erlang_bessel
from eddysky.validation.theory.miller import DECAY

__all__ = ["transverse_response"]

Array = NDArray[np.float64]

# Number of multipoles by which a search for the start of the recurrence goes on.
_STEP = 256


def transverse_response(collisions: CollisionOperator, q: Array, lmax: int) -> tuple[Array, Array]:
    """t_ℓ for ℓ = 0 … lmax, and t_1 − 1/3 without cancellation.

    Parameters
    ----------
    collisions
        The collision operator.
    q
        kλ > 0, shape (n,), λ the transport mean free path.
    lmax
        Largest multipole.

    Returns
    -------
    tuple of ndarray
        t_ℓ in the observer's frame, shape (lmax + 1, n), and t_1 in the frame of the fluid, shape (n,). Relative
        accuracy near 1e-13.
    """
    top = max(lmax, 2)
    if isinstance(collisions, RateTable):
        # From here on the rates are constant.
        top = max(top, len(collisions.values))
    rates = collisions.rates(top)
    ratio = _ratio_above(collisions, q, top)
    ratios = np.empty((lmax + 2, q.size))
    for ell in range(top, 1, -1):
        ratio = q * _coupling(ell) / (rates[ell] + q * _coupling(ell + 1) * ratio)
        if ell <= lmax:
            ratios[ell] = ratio
    drag = q * _coupling(2) * ratio
    out = np.zeros((lmax + 1, q.size))
    response = 1 / (1 + drag)
    for ell in range(1, lmax + 1):
        if ell > 1:
            response = response * ratios[ell]
        out[ell] = response * np.sqrt(2 / (3 * (2 * ell + 1) * ell * (ell + 1)))
    return out, -drag / (3 * (1 + drag))


def _ratio_above(collisions: CollisionOperator, q: Array, top: int) -> Array:
    """r_(top+1) for each q."""
    out = np.empty_like(q)
    remaining = np.ones(q.size, dtype=bool)
    if isinstance(collisions, RateTable):
        # Constant rates: the ratio of BGK, in closed form where the recurrence would be long.
        scaled = q / collisions.values[-1]
        large = scaled > top + 2
        if np.any(large):
            b = erlang_bessel(1, scaled[large], top + 1)
            here, above = (b[ell - 1] + b[ell + 1] for ell in (top, top + 1))
            # From t_ℓ to g_ℓ, and 2ℓ+1 of t_ℓ.
            factor = (2 * top + 1) * (top + 2) / ((2 * top + 3) * top)
            out[large] = np.sqrt(factor) * above / here
        remaining &= ~large
    limit = 1.0
    while np.any(remaining):
        group = remaining & (q <= limit)
        if np.any(group):
            start = _start(collisions, float(np.max(q[group])), top)
            rates, ratio = collisions.rates(start), np.zeros(np.count_nonzero(group))
            for ell in range(start, top, -1):
                ratio = (
                    q[group] * _coupling(ell) / (rates[ell] + q[group] * _coupling(ell + 1) * ratio)
                )
            out[group] = ratio
            remaining &= ~group
        limit *= 4
    return out


def _start(collisions: CollisionOperator, q: float, top: int) -> int:
    """Multipole above which g_ℓ is smaller than at `top` by e^(−DECAY): g_ℓ falls by e^(−asinh(ν_ℓ/q)) each time."""
    decay, last = 0.0, top
    while decay < DECAY:
        rates = collisions.rates(last + _STEP)[last + 1 :]
        falls = decay + np.cumsum(np.arcsinh(rates / q))
        enough = int(np.searchsorted(falls, DECAY))
        if enough < _STEP:
            return last + enough + 1
        decay, last = float(falls[-1]), last + _STEP
    return last


def _coupling(ell: int) -> float:
    """α_ℓ of m = 1."""
    return float(np.sqrt((ell**2 - 1) / (4 * ell**2 - 1)))
