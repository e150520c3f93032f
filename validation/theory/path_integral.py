"""Integrals of spherical Bessel functions along the free path, for sources that act all along it.

With b_ℓ = ⟨j_ℓ(ks)⟩ of `free_path` and x = kλ, in units of the mean free path,

    c_ℓ(x) = ⟨∫₀^s j_ℓ(ks') ds'⟩ = (1/2i^ℓ) ∫₋₁¹ Ψ(xμ) P_ℓ(μ) dμ,   Ψ(q) = (φ(q) − 1)/(iq),

φ the characteristic function of the path. For exponential paths Ψ = φ and c_ℓ = b_ℓ. For others j_ℓ' gives

    ℓ c_(ℓ−1) − (ℓ+1) c_(ℓ+1) = (2ℓ+1)(b_ℓ − δ_ℓ0)/x,

upwards from c_0 and c_1 where c_ℓ falls slowly with ℓ, and downwards from zero, all terms being of one sign, where it
falls fast. c_0 is Si(x)/x for fixed paths; an Erlang law of order n is, beyond s', the mean of those of orders 1…n.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import sici

from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.validation.theory.free_path import (
    averaged_bessel,
    checked_wavenumbers,
    missing_monopole,
    projected,
)

__all__ = ["integrals_upwards", "integrated_bessel", "mean_sine_integral"]

Array = NDArray[np.float64]

# Decay of c_ℓ up to lmax, in e-folds, that the upward recurrence may lose.
_LOST = 4.0
# The downward recurrence starts where b_ℓ is smaller by this many e-folds, besides the fall beyond ℓ = x.
_DECAY = 40.0
# Number of Bessel functions in memory.
_TABLE = 2**21


def integrated_bessel(law: FreePathLaw, x: ArrayLike, lmax: int) -> Array:
    """c_ℓ(x) for ℓ = 0 … lmax.

    Parameters
    ----------
    law
        Free-path law.
    x
        kλ > 0, shape (n,).
    lmax
        Largest multipole.

    Returns
    -------
    ndarray
        Shape (lmax + 1, n). Fixed and Erlang laws: relative accuracy near 1e-14, or 1e-15 of the largest c_ℓ for
        ℓ < x. Other laws: absolute error below 1e-13, for x < 1 below 1e-13/x.

    Raises
    ------
    ValueError
        As `averaged_bessel`.
    """
    x = checked_wavenumbers(x, lmax)
    if isinstance(law, ErlangPath) and law.order == 1:
        return averaged_bessel(law, x, lmax)[:-1]
    if not isinstance(law, FixedPath | ErlangPath):

        def survival(q: Array) -> NDArray[np.complex128]:
            return np.asarray((law.characteristic(q) - 1) / (1j * q))

        # The difference φ − 1 loses digits at small x.
        return projected(law.name, survival, x, lmax, 1 / np.minimum(x, 1.0))[:-1]
    fall = np.arcsinh(law.order / x) if isinstance(law, ErlangPath) else np.full(x.size, math.inf)
    upward = (x > lmax + 1) | (max(lmax, 1) * fall < _LOST)
    out = np.empty((lmax + 1, x.size))
    averages = averaged_bessel(law, x[upward], lmax)
    missing = missing_monopole(law, x[upward], averages[0])
    out[:, upward] = integrals_upwards(x[upward], averages, missing, _zeroth(law, x[upward]))
    # Waves of similar x need as many multipoles.
    rest = np.flatnonzero(~upward)
    rest = rest[np.argsort(x[rest])]
    while rest.size:
        further = 8 * (lmax + 2) ** (1 / 3) + _DECAY * (1 + 1 / fall[rest])
        tops = lmax + 2 + np.ceil(further).astype(int)
        count = max(1, int(np.searchsorted(np.arange(1, rest.size + 1) * tops, _TABLE)))
        part, rest = rest[:count], rest[count:]
        out[:, part] = _downwards(law, x[part], lmax, int(tops[:count].max()))
    return out


def integrals_upwards(x: Array, averages: Array, missing: Array, zeroth: Array) -> Array:
    """c_ℓ from c_0 for ℓ = 0 … lmax, where they fall slowly with ℓ.

    Parameters
    ----------
    x
        kλ, shape (n,), as the others.
    averages
        b_ℓ, shape (lmax + 2, n).
    missing, zeroth
        1 − b_0 and c_0.
    """
    out = np.empty((len(averages) - 1, x.size))
    out[0] = zeroth
    out[1:2] = missing / x
    for ell in range(1, len(out) - 1):
        out[ell + 1] = (ell * out[ell - 1] - (2 * ell + 1) * averages[ell] / x) / (ell + 1)
    return out


def mean_sine_integral(x: Array, phase: float) -> Array:
    """c_0 of fixed paths with e^(ix) replaced by e^(i phase), for averages over the oscillation; shape (n,)."""
    sine, cosine = sici(x)
    rest = math.pi / 2 - sine
    along = cosine * np.sin(x) + rest * np.cos(x)
    beside = rest * np.sin(x) - cosine * np.cos(x)
    return np.asarray((math.pi / 2 - along * math.cos(phase) - beside * math.sin(phase)) / x)


def _zeroth(law: FixedPath | ErlangPath, x: Array) -> Array:
    """c_0."""
    if isinstance(law, FixedPath):
        return np.asarray(sici(x)[0] / x)
    q = x / law.order
    total = np.arctan(q)
    ratio = 1 / (1 - 1j * q)
    power = np.ones_like(ratio)
    for order in range(1, law.order):
        power = power * ratio
        total = total + power.imag / order
        if np.all(np.abs(power) < 1e-18):
            break
    return total / x


def _downwards(law: FreePathLaw, x: Array, lmax: int, top: int) -> Array:
    """c_ℓ for ℓ = 0 … lmax from b_ℓ up to `top`."""
    averages = averaged_bessel(law, x, top)
    out = np.zeros((lmax + 1, x.size))
    here, above = np.zeros((2, x.size))
    for ell in range(top, 0, -1):
        below = ((ell + 1) * above + (2 * ell + 1) * averages[ell] / x) / ell
        here, above = below, here
        if ell - 1 <= lmax:
            out[ell - 1] = below
    return out
