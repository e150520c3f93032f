"""Closed forms for field-aligned transport and an unbounded power law: fixed paths, one scattering.

With w = k^(−γ) on all k, λ = 1, g = γ+2, s = ℓ+ℓ' and d = |ℓ−ℓ'| even, for ℓ, ℓ' ≥ 2 and
0 < γ < s − 1,

    ⟨a_ℓ a_ℓ'⟩ = 4π √((2ℓ+1)(2ℓ'+1)) i^(ℓ−ℓ') c J,   c = [γ(1−β) + β]/[γ(γ+2)],
    J = ∫₀^∞ j_ℓ' j_ℓ'' x^(−γ) dx = M N / [4 g (g−1)],
    M = ∫₀^∞ j_ℓ j_ℓ' x^(−g) dx = π B((s−1−γ)/2, γ+3) / [2^(γ+4) Γ((γ+d)/2+2) Γ((γ−d)/2+2)],
    N = (g−d²)[(s+1)² − 1] + d² (g−1) + g² (g−1)(g−3)

(in J, j_ℓ' and j_ℓ'' are the derivatives of the functions of order ℓ and ℓ'). c is the integral over the
cosine y. So β only changes the normalisation, and A_ℓ is c times the isotropic value for β = 0
(ZL25 Eq. 13). J follows from Bessel's equation, 2 f' h' = (fh)'' + 2 (fh)'/x +
[2 − (ℓ(ℓ+1) + ℓ'(ℓ'+1))/x²] fh for f = j_ℓ and h = j_ℓ', integrated by parts. It is a single product of
gamma functions; with derivatives in terms of j_(ℓ±1) it would be a difference of four.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import beta as beta_function
from scipy.special import gamma as gamma_function
from scipy.special import rgamma

from eddysky.validation.theory.closed_form import isotropic_power_law

__all__ = ["parallel_power_law", "parallel_power_law_correlation"]

Array = NDArray[np.float64]


def parallel_power_law(ell: ArrayLike, index: float, transverse_fraction: float) -> Array:
    """A_ℓ in the fluid frame for λ = 1 and w(k) = k^(−γ) on all k (ZL25 Eq. 13).

    Parameters
    ----------
    ell
        Multipoles ℓ ≥ 0, integers of any shape.
    index
        Spectral index γ: 0 < γ < 2ℓ − 1 for ℓ ≥ 2, 0 < γ < 3 for ℓ = 0, and 1 < γ < 3 for ℓ = 1.
    transverse_fraction
        Fraction β of transverse power, a constant from 0 to 1.

    Returns
    -------
    ndarray
        A_ℓ, of the shape of `ell`. For w = w₁ k^(−γ) and mean free path λ multiply by
        w₁ λ^(γ−1); then C_ℓ = (D/v)² A_ℓ.

    Raises
    ------
    ValueError
        If an ℓ is negative or not an integer, if β is not a constant in [0, 1], or if γ is outside the
        range of one of the ℓ.
    """
    return _projection(index, transverse_fraction) * isotropic_power_law(ell, index, 0.0)


def parallel_power_law_correlation(
    ell: ArrayLike, ell2: ArrayLike, index: float, transverse_fraction: float
) -> Array:
    """⟨a_ℓ a_ℓ'⟩ of m = 0 about b for λ = 1 and w(k) = k^(−γ) on all k, fluid frame (ZL25 Eq. 10).

    Parameters
    ----------
    ell, ell2
        Multipoles ℓ, ℓ' ≥ 0, integers of shapes that broadcast.
    index
        Spectral index γ > 0: for ℓ = ℓ' as in `parallel_power_law`; otherwise γ < ℓ+ℓ'−1 for
        ℓ, ℓ' ≥ 1, and γ < ℓ+ℓ'+1 if one of them is 0.
    transverse_fraction
        Fraction β of transverse power, a constant from 0 to 1.

    Returns
    -------
    ndarray
        Of the broadcast shape; zero for odd ℓ+ℓ', and (2ℓ+1) A_ℓ for ℓ = ℓ'. For w = w₁ k^(−γ) and mean free
        path λ multiply by w₁ λ^(γ−1).

    Raises
    ------
    ValueError
        As `parallel_power_law`.
    """
    projection = _projection(index, transverse_fraction)
    requested, requested2 = np.broadcast_arrays(ell, ell2)
    for values in (requested, requested2):
        if not np.issubdtype(values.dtype, np.integer) or np.any(values < 0):
            raise ValueError(f"ell and ell2 must hold integers >= 0, got {ell!r} and {ell2!r}")
    low, high = np.minimum(requested, requested2), np.maximum(requested, requested2)
    _check_range(low, high, index)

    result = np.zeros(low.shape)
    diagonal = low == high
    result[diagonal] = (2 * low[diagonal] + 1) * isotropic_power_law(low[diagonal], index, 0.0)
    coupled = ~diagonal & ((high - low) % 2 == 0)
    lower, upper = low[coupled].astype(np.float64), high[coupled].astype(np.float64)
    normalisation = 4 * np.pi * np.sqrt((2 * lower + 1) * (2 * upper + 1))
    result[coupled] = normalisation * _signed_product(lower, upper, index)
    return projection * result


def _projection(index: float, transverse_fraction: float) -> float:
    """∫₀¹ [β/2 + (1−3β/2) y²] y^(γ−1) dy."""
    if callable(transverse_fraction):
        raise ValueError(
            "a closed form needs a constant transverse_fraction, "
            f"got the function {transverse_fraction!r}"
        )
    if not 0.0 <= transverse_fraction <= 1.0:
        raise ValueError(f"transverse_fraction must be in [0, 1], got {transverse_fraction}")
    if not index > 0.0:
        raise ValueError(
            f"field-aligned transport has a closed form for index > 0 only, got {index}"
        )
    power = index * (1 - transverse_fraction) + transverse_fraction
    return power / (index * (index + 2))


def _check_range(low: NDArray[np.integer], high: NDArray[np.integer], index: float) -> None:
    """Raise ValueError if γ is outside the range of a pair ℓ < ℓ' with even ℓ+ℓ'."""
    limit = low + high + np.where(low == 0, 1, -1)
    wrong = (low != high) & ((high - low) % 2 == 0) & ~(index < limit)
    if np.any(wrong):
        first = np.argwhere(wrong)[0]
        raise ValueError(
            f"ell = {low[*first]}, {high[*first]} of an unbounded power law have a closed form for "
            f"0 < index < {limit[*first]} only, got index = {index}"
        )


def _signed_product(low: Array, high: Array, index: float) -> Array:
    """i^(ℓ−ℓ') J for ℓ < ℓ', with 1/3 subtracted from j_1'.

    At ℓ = 0 the integral also converges at the pole of B, which the factor s − 1 − γ of N cancels:
    N = −(m−g) [g³ + (m−4) g² + (m−1)(m−3) g + m (m−1)²] with m = ℓ'+1.
    """
    g = index + 2
    total, square = low + high, (high - low) ** 2
    bracket = (g - square) * ((total + 1) ** 2 - 1) + square * (g - 1) + g**2 * (g - 1) * (g - 3)
    first = (total - 1 - index) / 2
    # a B(a, b) = (a+b) B(a+1, b).
    m = total + 1
    cubic = g**3 + (m - 4) * g**2 + (m - 1) * (m - 3) * g + m * (m - 1) ** 2
    bracket = np.where(low == 0, -2 * (first + index + 3) * cubic, bracket)
    first = np.where(low == 0, first + 1, first)
    moment = np.pi / 2 ** (index + 4) * beta_function(first, index + 3)
    moment *= _separation(high - low, index)
    result = np.asarray(moment * bracket / (4 * g * (g - 1)))
    dipole = low == 1
    # ∫ j_ℓ' x^(−γ) dx for the order ℓ' = `high`; its sign is that of i^(1−ℓ').
    other = high[dipole]
    single = beta_function((other - index) / 2, index + 1.5) / gamma_function(index + 1.5)
    single *= index * math.sqrt(math.pi) / 2 ** (index + 2)
    result[dipole] -= np.where((other - 1) % 4 == 0, 1, -1) * single / 3
    return result


def _separation(difference: Array, index: float) -> Array:
    """i^d / [Γ((γ+d)/2+2) Γ((γ−d)/2+2)] for even d > 0.

    For d > γ+4 by Γ(z) Γ(1−z) = π/sin(πz), which does not overflow.
    """
    near = difference < index + 4
    close = np.where(near, difference, 2.0)
    sign = np.where(close % 4 == 0, 1, -1)
    below = sign * rgamma((index + close) / 2 + 2) * rgamma((index - close) / 2 + 2)
    far = np.where(near, index + 4, difference)
    whole = round(index / 2)
    sine = (-1) ** whole * math.sin(math.pi * (index / 2 - whole))
    above = beta_function((far - index) / 2 - 1, index + 3) / float(gamma_function(index + 3))
    return np.asarray(np.where(near, below, sine / math.pi * above))
