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
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import Spectrum, TransverseFraction
from eddysky.validation.theory.band import Band, read_band
from eddysky.validation.theory.panels import smooth_leaves
from eddysky.validation.theory.parallel import correlation_factor
from eddysky.validation.theory.quadrature import check_arguments
from eddysky.validation.theory.transport import Transport

__all__ = ["expanded_correlation", "expanded_power", "expanded_transfer"]

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
    if transport == "parallel":
        arguments = (spectrum, mean_free_path, transverse_fraction, lmax, order)
        squares = np.diagonal(expanded_correlation(*arguments, frame=frame))
        return squares / (2 * np.arange(len(squares)) + 1)
    lmax = check_arguments(mean_free_path, lmax)
    terms = transfers(lmax, order, frame)
    result = np.zeros(lmax + 1)
    for x, powers in nodes(read_band(spectrum, mean_free_path, transverse_fraction)):
        for ell, (longitudinal, transverse) in enumerate(terms):
            result[ell] += powers[0] @ polynomial(longitudinal, x) ** 2
            result[ell] += ell * (ell + 1) * (powers[1] @ polynomial(transverse, x) ** 2)
    return np.asarray(4 * math.pi * result)


def expanded_correlation(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    lmax: int,
    order: int,
    *,
    frame: str = "fluid",
) -> Array:
    """⟨a_ℓ a_ℓ'⟩ of m = 0 about b with parallel transport (ZL25 Eq. 10), of the flow's expansion to order n.

    4π √((2ℓ+1)(2ℓ'+1)) i^(ℓ−ℓ') ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] T_ℓ(xy) T_ℓ'(xy) for even ℓ + ℓ', else 0.
    Arguments and errors are those of `expanded_power`.

    Returns
    -------
    ndarray
        [km² s⁻²], shape (lmax + 1, lmax + 1).
    """
    lmax = check_arguments(mean_free_path, lmax)
    terms = transfers(lmax, order, frame)
    ell = np.arange(len(terms))
    y, weights = 0.5 * (1 + _NODES), 0.5 * _WEIGHTS
    total = np.zeros((len(terms), len(terms)))
    for x, powers in nodes(read_band(spectrum, mean_free_path, transverse_fraction)):
        # The bracket is (1−β) y² + (β/2)(1−y²).
        density = weights * (np.outer(powers[0], y**2) + np.outer(powers[1], 1 - y**2))
        values = np.array([polynomial(along, np.outer(x, y)).ravel() for along, _ in terms])
        total += (values * density.ravel()) @ values.T
    factor = correlation_factor(ell)
    same_parity = np.add.outer(ell, ell) % 2 == 0
    result = np.zeros((lmax + 1, lmax + 1))
    result[: len(ell), : len(ell)] = np.outer(factor, factor) * np.where(same_parity, total, 0.0)
    return 0.5 * (result + result.T)


def transfers(
    lmax: int, order: int, frame: str
) -> list[tuple[dict[int, Fraction], dict[int, Fraction]]]:
    """T_ℓ and t_ℓ for all ℓ ≤ lmax that there are.

    Raises
    ------
    ValueError
        If order or frame do not exist.
    """
    if order != int(order) or order < 0:
        raise ValueError(f"order must be an integer >= 0, got {order}")
    Transport(frame=frame)
    return [expanded_transfer(ell, order, frame) for ell in range(min(lmax, order + 1) + 1)]


def nodes(band: Band) -> Iterator[tuple[Array, Array]]:
    """Nodes x, shape (n,), and the two powers of `Band` times weights, shape (2, n), for ∫ w dk times a polynomial."""
    for lower, upper in pairwise(band.edges):
        leaves = smooth_leaves(band.components, lower, upper)
        half = 0.5 * np.diff(leaves)[:, np.newaxis]
        x = (leaves[:-1, np.newaxis] + half * (1 + _NODES)).ravel()
        yield x, (half * _WEIGHTS).ravel() * band.components(x)


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
