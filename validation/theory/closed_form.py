"""Closed form of A_ℓ for an unbounded power law: isotropic transport, fixed paths, one scattering.

With w = k^(−γ) on all k, λ = 1 and Λ = ℓ(ℓ+1), for every ℓ ≥ 2 and −1 < γ < 2ℓ − 1,

    A_ℓ = 4π M_ℓ { (1−β) [Λ/(γ+1) + (γ−1)(γ+2)/4] + β Λ/2 },
    M_ℓ = ∫₀^∞ j_ℓ² x^(−γ−2) dx = π B(ℓ − (γ+1)/2, γ+3) / (2^(γ+4) Γ(γ/2+2)²).

M_ℓ is ZL24 Eq. 7 with γ replaced by γ+2. The bracket follows from Bessel's equation,
j'² = (j²)''/2 + (j²)'/x + (1 − Λ/x²) j², integrated by parts. For γ ≥ 1 it is a sum of positive terms,
whereas ZL24 Eqs. 6 and 10, generalised to any β, are a difference of three integrals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import beta as beta_function
from scipy.special import gamma as gamma_function

__all__ = ["isotropic_power_law"]


def isotropic_power_law(
    ell: ArrayLike, index: float, transverse_fraction: float
) -> NDArray[np.float64]:
    """A_ℓ in the fluid frame for λ = 1 and w(k) = k^(−γ) on all k (ZL24 Eqs. 6, 7 and 10).

    Parameters
    ----------
    ell
        Multipoles ℓ ≥ 0, integers of any shape.
    index
        Spectral index γ: −1 < γ < 2ℓ − 1 for ℓ ≥ 2, −1 < γ < 3 for ℓ = 0, and 1 < γ < 3 for ℓ = 1.
        (At ℓ = 1 the integral converges for 1 < γ < 5; 3 ≤ γ < 5 is not implemented.)
    transverse_fraction
        Fraction β of transverse power, 0 to 1.

    Returns
    -------
    ndarray
        A_ℓ, of the shape of `ell`. For w = w₁ k^(−γ) and mean free path λ multiply by
        w₁ λ^(γ−1); then C_ℓ = (D/v)² A_ℓ.

    Raises
    ------
    ValueError
        If an ℓ is negative or not an integer, if β is outside [0, 1], or if γ is outside the range of one of the ℓ.

    Examples
    --------
    >>> slope = np.diff(np.log(isotropic_power_law([100, 200], 5 / 3, 2 / 3))) / np.log(2)
    >>> print(f"{slope[0]:.2f}")  # −γ − 1
    -2.66
    """
    requested = np.asarray(ell)
    if not np.issubdtype(requested.dtype, np.integer) or np.any(requested < 0):
        raise ValueError(f"ell must hold integers >= 0, got {ell!r}")
    if not 0.0 <= transverse_fraction <= 1.0:
        raise ValueError(f"transverse_fraction must be in [0, 1], got {transverse_fraction}")
    _check_range(requested, index)

    multipole = requested.astype(np.float64)
    squared = multipole * (multipole + 1.0)
    # ℓ = 0 and 1 are computed below; here another ℓ replaces them to avoid the poles of B.
    moment = _bessel_moment(np.where(requested < 2, max(2.0, (index + 3) / 2), multipole), index)
    longitudinal = moment * (squared / (index + 1) + (index - 1) * (index + 2) / 4)
    power = (1 - transverse_fraction) * longitudinal + transverse_fraction * squared / 2 * moment
    if np.any(requested == 0):
        # ∫ j_1² x^(−γ) dx is the moment of order γ − 2.
        monopole = (1 - transverse_fraction) * _bessel_moment(np.float64(1.0), index - 2)
        power = np.where(requested == 0, monopole, power)
    if np.any(requested == 1):
        power = np.where(requested == 1, _dipole(index, transverse_fraction), power)
    return np.asarray(4 * np.pi * power)


def _check_range(ell: NDArray[np.integer], index: float) -> None:
    """Raise ValueError if γ is outside the range of one of the ℓ."""
    for multipole in np.unique(ell):
        lower, upper = {0: (-1, 3), 1: (1, 3)}.get(int(multipole), (-1, 2 * int(multipole) - 1))
        if not lower < index < upper:
            raise ValueError(
                f"ell = {multipole} of an unbounded power law has a closed form for "
                f"{lower} < index < {upper} only, got index = {index}"
            )


def _bessel_moment(ell: NDArray[np.float64] | np.float64, index: float) -> NDArray[np.float64]:
    """∫₀^∞ j_ℓ² x^(−γ−2) dx.

    The relative error, measured with 40 digits, is below 1e-13 up to ℓ = 170 and about 1e-15 ℓ beyond.
    """
    return np.asarray(
        np.pi
        * beta_function(ell - (index + 1) / 2, index + 3)
        / (2 ** (index + 4) * gamma_function(index / 2 + 2) ** 2)
    )


def _dipole(index: float, transverse_fraction: float) -> float:
    """∫ of the ℓ = 1 term with 1/3 subtracted from j_1' and j_1/x.

    The squares are expanded. Each integral is the analytic continuation from γ < 1; that of the constant
    term is zero.
    """
    square = float(_bessel_moment(np.float64(1.0), index))
    # ∫ j_1 x^(−γ−1) dx; by parts, ∫ j_1' x^(−γ) dx is γ times as large.
    linear = (
        np.sqrt(np.pi)
        * 2 ** (-index - 2)
        * float(gamma_function((1 - index) / 2))
        / float(gamma_function(index / 2 + 2))
    )
    longitudinal = square * (2 / (index + 1) + (index - 1) * (index + 2) / 4) - (
        2 / 3 * index * linear
    )
    transverse = square - 2 / 3 * linear
    return float((1 - transverse_fraction) * longitudinal + transverse_fraction * transverse)
