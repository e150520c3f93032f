"""A_ℓ where the flow is replaced by its Taylor polynomial of order n about the observer (ZL24 §3).

Of the plane wave e^(ixμ), x = kλ, only the terms up to (xμ)^n are left. As each power of μ comes with the same power
of x, the transfer functions j_ℓ'(x) and j_ℓ(x)/x (x = kλ; `transfer`) are left with the terms of their own power
series up to x^n:

    T_ℓ = Σ_s c_ℓs (ℓ+2s) x^(ℓ+2s−1),    t_ℓ = Σ_s c_ℓs x^(ℓ+2s−1),    ℓ + 2s − 1 ≤ n,
    j_ℓ = Σ_s c_ℓs x^(ℓ+2s),             c_ℓs = (−1)^s/[2^s s! (2ℓ+2s+1)!!].

So nothing is seen beyond ℓ = n + 1. The observer's own velocity is the term x⁰, which only ℓ = 1 has: 1/3.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.spectrum import Spectrum
from eddysky.validation.band import TransverseFraction, read_band
from eddysky.validation.panels import smooth_leaves
from eddysky.validation.quadrature import check_arguments
from eddysky.validation.transfer import check_options

__all__ = ["expanded_power", "expanded_transfer"]

Array = NDArray[np.float64]

# Exact up to the power 95: the squares have x^(2n) and, in y, y^(2n+2), to which w adds its own smooth factor.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def expanded_power(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    lmax: int,
    order: int,
    *,
    transport: Literal["isotropic", "parallel"] = "isotropic",
    frame: str = "fluid",
) -> Array:
    """A_ℓ of the flow's expansion to order n, for fixed paths and one scattering; C_ℓ = (D/v)² A_ℓ.

    Isotropic: A_ℓ = 4π ∫ w(k) dk {(1−β) T_ℓ² + (β/2) ℓ(ℓ+1) t_ℓ²}; parallel: A_ℓ = 4π ∫ w(k) dk
    ∫₀¹ dy [β/2 + (1−3β/2) y²] T_ℓ(xy)².

    Parameters
    ----------
    spectrum, mean_free_path, transverse_fraction, lmax, frame
        As in `angular_power`; the band must be bounded.
    order
        n ≥ 0.
    transport
        "isotropic" or "parallel".

    Returns
    -------
    ndarray
        A_ℓ [km² s⁻²] for ℓ = 0 … lmax, shape (lmax + 1,); zero for ℓ > n + 1.

    Raises
    ------
    ValueError
        If an argument is out of its range, or if the band is not bounded.
    """
    lmax = check_arguments(mean_free_path, lmax)
    if order != int(order) or order < 0:
        raise ValueError(f"order must be an integer >= 0, got {order}")
    check_options(1, frame)
    band = read_band(spectrum, mean_free_path, transverse_fraction)
    terms = [expanded_transfer(ell, order, frame) for ell in range(min(lmax, order + 1) + 1)]
    result = np.zeros(lmax + 1)
    for lower, upper in pairwise(band.edges):
        leaves = smooth_leaves(band.components, lower, upper)
        half = 0.5 * np.diff(leaves)[:, np.newaxis]
        x = (leaves[:-1, np.newaxis] + half * (1 + _NODES)).ravel()
        powers = (half * _WEIGHTS).ravel() * band.components(x)
        for ell, (longitudinal, transverse) in enumerate(terms):
            if transport == "parallel":
                result[ell] += field_aligned(longitudinal, x, powers)
            else:
                result[ell] += powers[0] @ polynomial(longitudinal, x) ** 2
                result[ell] += ell * (ell + 1) * (powers[1] @ polynomial(transverse, x) ** 2)
    return np.asarray(4 * math.pi * result)


def expanded_transfer(
    ell: int, order: int, frame: str
) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    """Coefficients of T_ℓ and t_ℓ, exact, by the power of x.

    Parameters
    ----------
    ell
        Multipole.
    order
        n, the highest power.
    frame
        "fluid" or "observer".
    """
    longitudinal, transverse = {}, {}
    for s in range((order + 1 - ell) // 2 + 1):
        power = ell + 2 * s - 1
        odd_factorial = math.prod(range(1, 2 * ell + 2 * s + 2, 2))
        coefficient = Fraction((-1) ** s, 2**s * math.factorial(s) * odd_factorial)
        if power == -1 or (power == 0 and frame == "fluid"):
            continue
        longitudinal[power] = (power + 1) * coefficient
        transverse[power] = coefficient if ell > 0 else Fraction(0)
    return longitudinal, transverse


def polynomial(terms: dict[int, Fraction], x: Array) -> Array:
    """Value of a polynomial at x, any shape."""
    coefficients = np.zeros(max(terms, default=0) + 1)
    for power, coefficient in terms.items():
        coefficients[power] = float(coefficient)
    return np.asarray(np.polynomial.polynomial.polyval(x, coefficients))


def field_aligned(terms: dict[int, Fraction], x: Array, powers: Array) -> float:
    """∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] T(xy)², the bracket being (1−β) y² + (β/2)(1−y²)."""
    y, weights = 0.5 * (1 + _NODES), 0.5 * _WEIGHTS
    squares = polynomial(terms, x[:, np.newaxis] * y) ** 2
    along, across = squares @ (weights * y**2), squares @ (weights * (1 - y**2))
    return float(powers[0] @ along + powers[1] @ across)
