"""A_ℓ of power-law turbulence as a function of the spectral index, for fits.

For w(k) = w₁ (kλ)^(−γ) between two wavenumbers, or on all k, and constant β,

    A_ℓ(γ) = (w₁/λ) 4π ∫ x^(−γ) F_ℓ(x) dx,   F_ℓ = (1−β) T_ℓ² + (β/2) ℓ(ℓ+1) t_ℓ²,   x = kλ,

with the transfer functions of `transfer`. For parallel transport the spectrum on a field line replaces x^(−γ), and
F_ℓ = T_ℓ² (`field_line`). With a `spread` of the model all are averaged over energies and charges. On a finite band
the integral is an entire function of γ and is interpolated between Chebyshev points. For a power law on all k, F_ℓ is
replaced outside a finite range by its leading powers, which are integrated analytically:

    x → 0: F_ℓ ∝ x^(2ℓ−2), but x² at ℓ = 0 and x⁴ at ℓ = 1 (fluid frame);    x → ∞: F_1 → 1/9 (fluid frame).

In the stationary limit longitudinal waves have F_0 ∝ x^(−2) and a constant F_1 for x → 0: C_0 and C_1 are infinite for
a power law on all k.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import FixedPath
from eddysky.validation.theory.field_line import field_line_transfers
from eddysky.validation.theory.quadrature import NEGLIGIBLE, band_transfers
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

__all__ = ["tabulate_power"]

Array = NDArray[np.float64]

# Range of indices in which A_ℓ of an unbounded power law is finite, and its middle.
_LOWEST, _HIGHEST, _MIDDLE = 1.0, 3.0, 2.0
# Number of Chebyshev points. The integrand is exponential in γ, with the exponent ln(x/centre): 40 points are accurate
# to 1e-12 of the largest value for |ln(x/centre)| < 13. A_ℓ comes from a smaller range.
_POINTS = 40
# Range of the integral for an unbounded power law. Below the first times the knee, F_ℓ is its leading power to 1e-6;
# beyond the second times the sum of the collision rates up to ℓ_max + 10 lies less than 1e-6 of A_ℓ for ℓ ≥ 2.
_FIRST, _LAST = 1e-3, 1e3
# The second where fixed paths, and their oscillation, are averaged over energies: F_ℓ falls as x^(−4) at least.
_LAST_AVERAGED = 30.0
# Part of A_ℓ in panels that need not be resolved there.
_NEGLIGIBLE = 1e-6


@functools.lru_cache(maxsize=16)
def tabulate_power(
    mode: str,
    model: ScatteringModel,
    transverse_fraction: float,
    ends: tuple[float, float] | None,
    lmax: int,
) -> Callable[[float], Array]:
    """Integrate A_ℓ for all spectral indices at once; the last 16 tables are cached.

    Parameters
    ----------
    mode
        "isotropic" or "parallel".
    model
        Free-path law, scatterings, frame, collision operator and spread of the mean free paths.
    transverse_fraction
        β.
    ends
        k_min λ and k_max λ, λ the mean free path of the median energy; None for a power law on all k.
    lmax
        Largest multipole.

    Returns
    -------
    callable
        Takes γ, 1 < γ < 3, to A_ℓ λ/w₁ for ℓ = 0 … lmax, shape (lmax + 1,), and raises ValueError for another γ. The
        relative accuracy is 1e-9 on a finite band (1e-8 with a spread) and 1e-5 on all k. In the stationary limit A_0
        and A_1 may be infinite.

    Raises
    ------
    ValueError
        For a power law on all k in the frame "observer", where C_1 is infinite.
    """
    # On all k the spectrum on a field line is a power law, too, times a factor that depends on γ.
    projected = ends is None and mode == "parallel"
    beta, tail, negligible = 0.0 if projected else transverse_fraction, None, NEGLIGIBLE
    if ends is None:
        if model.frame != "fluid":
            raise ValueError("without ends of the band C_1 is infinite in the observer's frame")
        rates = model.collisions.rates(lmax + 10)
        last = _LAST
        if isinstance(model.law, FixedPath) and model.spread is not None:
            last = _LAST_AVERAGED if model.spread.rigidities.response is not None else _LAST
        ends = (_FIRST * model.knee, last * float(np.sum(rates)))
        tail, negligible = _tail(model, beta, ends, lmax), _NEGLIGIBLE
    indices = _MIDDLE + chebyshev.chebpts1(_POINTS)
    centre = min(max(3.0, ends[0]), ends[1])
    if mode == "isotropic" or projected:
        values = _integrate(_power_laws(indices, beta, centre), ends, lmax, model, negligible)
    else:
        values = _parallel(indices, model, beta, ends, centre, lmax)
    # A_ℓ comes from x near the sum of the rates up to ℓ: this factor makes it a slow function of γ.
    reach = np.clip(np.cumsum(model.collisions.rates(lmax)), centre, ends[1]) / centre
    values *= reach ** (indices[:, np.newaxis] - _MIDDLE)
    coefficients = chebyshev.chebfit(indices - _MIDDLE, values, _POINTS - 1)
    infinite = np.zeros(lmax + 1, dtype=bool)
    if math.isinf(model.scatterings):
        infinite[:1] = mode == "parallel" and transverse_fraction > 0
        infinite[:2] |= tail is not None and beta < 1

    def power(index: float) -> Array:
        if not _LOWEST < index < _HIGHEST:
            raise ValueError(f"index must be above {_LOWEST:g} and below {_HIGHEST:g}, got {index}")
        total = centre ** (-index) * np.asarray(chebyshev.chebval(index - _MIDDLE, coefficients))
        total *= reach ** (_MIDDLE - index)
        if tail is not None:
            total = total + tail(index)
        factor = 1.0
        if projected:
            factor = 0.5 * transverse_fraction / index
            factor += (1 - 1.5 * transverse_fraction) / (index + 2)
        return np.where(infinite, math.inf, 4 * math.pi * factor * total)

    return power


def _power_laws(
    indices: Array, transverse_fraction: float, centre: float
) -> Callable[[Array], Array]:
    """The function of x, shape (n,), to (1−β) and β/2 times (x/centre)^(−γ), shape (2, points, n)."""
    parts = np.array([1 - transverse_fraction, 0.5 * transverse_fraction])

    def density(x: Array) -> Array:
        powers = np.exp(-indices[:, np.newaxis] * np.log(x / centre))
        return np.asarray(parts[:, np.newaxis, np.newaxis] * powers)

    return density


def _integrate(
    density: Callable[[Array], Array],
    ends: tuple[float, float],
    lmax: int,
    model: ScatteringModel,
    negligible: float,
) -> Array:
    """Integrals of spectra, shape (2, points, n), times squared transfer functions, shape (points, lmax + 1)."""
    ell = np.arange(lmax + 1)[:, np.newaxis]
    total = 0.0
    nodes = band_transfers(density, ends, lmax, model, negligible)
    for functions, (longitudinal, transverse) in nodes:
        total = total + functions.longitudinal**2 @ longitudinal.T
        total = total + ell * (ell + 1) * (functions.transverse**2 @ transverse.T)
    return np.asarray(total).T


def _parallel(
    indices: Array,
    model: ScatteringModel,
    transverse_fraction: float,
    ends: tuple[float, float],
    centre: float,
    lmax: int,
) -> Array:
    """∫ E(t) T_ℓ(t)² dt with the spectrum E on a field line for (x/centre)^(−γ), shape (points, lmax + 1)."""
    start, stop = ends[0] / centre, ends[1] / centre
    gamma = indices[:, np.newaxis]

    def density(t: Array) -> Array:
        # E = ∫ x^(−γ−1) [β/2 + (1−3β/2) t²/x²] dx from the larger of t and the start of the band to its end.
        scaled = t / centre
        lower = np.maximum(scaled, start)
        constant = (lower**-gamma - stop**-gamma) / gamma
        quadratic = (lower ** -(gamma + 2) - stop ** -(gamma + 2)) / (gamma + 2)
        total = 0.5 * transverse_fraction * constant
        return np.asarray(total + (1 - 1.5 * transverse_fraction) * scaled**2 * quadratic)

    total = np.zeros((lmax + 1, len(indices)))
    for functions, weight in field_line_transfers(density, ends, lmax, model):
        total += functions**2 @ weight.T
    return total.T


def _tail(
    model: ScatteringModel, beta: float, ends: tuple[float, float], lmax: int
) -> Callable[[float], Array]:
    """The integral outside the ends, by the leading powers of F_ℓ: a function of γ, to shape (lmax + 1,)."""
    first, last = ends
    ell = np.arange(lmax + 1)
    below = transfer(model, np.array([first]), lmax).power(beta)[:, 0]
    exponent = np.maximum(2 * ell - 2, 2)
    exponent[1:2] = 4
    above = np.where(ell == 1, 1 / 9, 0.0)

    def tail(index: float) -> Array:
        small = below * first ** (1 - index) / (exponent + 1 - index)
        return np.asarray(small + above * last ** (1 - index) / (index - 1))

    return tail
