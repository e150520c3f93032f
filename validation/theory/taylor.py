"""A_ℓ for the Taylor expansion of the flow to order n about the observer (ZL24 §3).

The expansion keeps the terms of the plane wave e^(ixμ), x = kλ, up to (xμ)^n. Each power of μ comes with
the same power of x. So the transfer functions j_ℓ'(x) and j_ℓ(x)/x of `transfer` keep the terms of their
power series up to x^n:

    T_ℓ = Σ_s c_ℓs (ℓ+2s) x^(ℓ+2s−1),    t_ℓ = Σ_s c_ℓs x^(ℓ+2s−1),    ℓ + 2s − 1 ≤ n,
    j_ℓ = Σ_s c_ℓs x^(ℓ+2s),             c_ℓs = (−1)^s/[2^s s! (2ℓ+2s+1)!!].

All multipoles ℓ > n + 1 vanish. The velocity at the observer is the term x⁰, which only ℓ = 1 has: 1/3.
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
from eddysky.validation.theory.gauss_legendre import panel_rule, smooth_intervals
from eddysky.validation.theory.quadrature import check_arguments
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import Transfer
from eddysky.validation.theory.zonal import correlation_factor

__all__ = ["expanded_correlation", "expanded_power", "expanded_transfer"]

Array = NDArray[np.float64]

# Exact up to the power 95: the squares have x^(2n), and y^(2n+2) with the factor of w, which is smooth.
_RULE = np.polynomial.legendre.leggauss(48)


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
        As in `angular_power`; the band must be finite.
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
        If an argument is out of its range, or if the band is not finite.
    """
    if transport == "parallel":
        arguments = (spectrum, mean_free_path, transverse_fraction, lmax, order)
        squares = np.diagonal(expanded_correlation(*arguments, frame=frame))
        return squares / (2 * np.arange(len(squares)) + 1)
    lmax, top = _check(mean_free_path, lmax, order, frame)
    result = np.zeros(lmax + 1)
    for x, powers in _nodes(spectrum, mean_free_path, transverse_fraction):
        found = expanded_transfer(x, top, order, frame)
        for ell in range(top + 1):
            result[ell] += powers[0] @ found.longitudinal[ell] ** 2
            result[ell] += ell * (ell + 1) * (powers[1] @ found.transverse[ell] ** 2)
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
    """⟨a_ℓ a_ℓ'⟩ of m = 0 about b for parallel transport (ZL25 Eq. 10) and the flow's expansion to order n.

    4π √((2ℓ+1)(2ℓ'+1)) i^(ℓ−ℓ') ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] T_ℓ(xy) T_ℓ'(xy) for even ℓ + ℓ', else 0.

    Parameters
    ----------
    spectrum, mean_free_path, transverse_fraction, lmax, order, frame
        As in `expanded_power`.

    Returns
    -------
    ndarray
        [km² s⁻²], shape (lmax + 1, lmax + 1); times (D/v)² for δf/f.

    Raises
    ------
    ValueError
        As `expanded_power`.
    """
    lmax, top = _check(mean_free_path, lmax, order, frame)
    ell = np.arange(top + 1)
    y, weights = panel_rule(np.array([0.0, 1.0]), _RULE)
    total = np.zeros((top + 1, top + 1))
    for x, powers in _nodes(spectrum, mean_free_path, transverse_fraction):
        # The bracket is (1−β) y² + (β/2)(1−y²).
        density = weights * (np.outer(powers[0], y**2) + np.outer(powers[1], 1 - y**2))
        values = expanded_transfer(np.outer(x, y).ravel(), top, order, frame).longitudinal
        total += (values * density.ravel()) @ values.T
    factor = correlation_factor(ell)
    same_parity = np.add.outer(ell, ell) % 2 == 0
    result = np.zeros((lmax + 1, lmax + 1))
    result[: top + 1, : top + 1] = np.outer(factor, factor) * np.where(same_parity, total, 0.0)
    return 0.5 * (result + result.T)


def expanded_transfer(x: Array, lmax: int, order: int, frame: str) -> Transfer:
    """T_ℓ and t_ℓ of the expansion for ℓ = 0 … lmax; zero for ℓ > n + 1.

    Parameters
    ----------
    x
        kλ, shape (n,).
    lmax
        Largest multipole.
    order
        n, the highest power of x.
    frame
        "fluid" or "observer".
    """
    longitudinal, transverse = np.zeros((2, lmax + 1, order + 1))
    for ell in range(min(lmax, order + 1) + 1):
        for s in range((order + 1 - ell) // 2 + 1):
            power = ell + 2 * s - 1
            if power == -1 or (power == 0 and frame == "fluid"):
                continue
            odd_factorial = math.prod(range(1, 2 * ell + 2 * s + 2, 2))
            coefficient = Fraction((-1) ** s, 2**s * math.factorial(s) * odd_factorial)
            longitudinal[ell, power] = (power + 1) * coefficient
            transverse[ell, power] = coefficient if ell > 0 else 0
    polynomial = np.polynomial.polynomial.polyval
    return Transfer(
        np.asarray(polynomial(x, longitudinal.T), np.float64),
        np.asarray(polynomial(x, transverse.T), np.float64),
    )


def _check(mean_free_path: float, lmax: int, order: int, frame: str) -> tuple[int, int]:
    """The largest multipole, and the largest that can be non-zero; ValueError if an argument is not allowed."""
    lmax = check_arguments(mean_free_path, lmax)
    if order != int(order) or order < 0:
        raise ValueError(f"order must be an integer >= 0, got {order}")
    ScatteringModel(frame=frame)  # checks the frame
    return lmax, min(lmax, order + 1)


def _nodes(
    spectrum: Spectrum, mean_free_path: float, transverse_fraction: TransverseFraction
) -> Iterator[tuple[Array, Array]]:
    """Nodes x, shape (n,), and weights of both components of the spectrum, shape (2, n), for polynomials in x."""
    flow = ScaledSpectrum.from_flow(spectrum, mean_free_path, transverse_fraction)
    for lower, upper in pairwise(flow.edges):
        x, weight = panel_rule(smooth_intervals(flow.components, lower, upper), _RULE)
        yield x, weight * flow.components(x)
