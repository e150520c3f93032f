"""A_ℓ of power-law turbulence as a function of its index, integrated once: for fits, which need many indices.

For w(k) = w₁ (kλ)^(−γ) between two wavenumbers, or on all k, and constant β,

    A_ℓ(γ) = (w₁/λ) 4π ∫ x^(−γ) F_ℓ(x) dx,   F_ℓ = (1−β) T_ℓ² + (β/2) ℓ(ℓ+1) t_ℓ²,   x = kλ,

with the transfer functions of `transfer`; along the magnetic field x^(−γ) becomes the spectrum on a field line
and F_ℓ = T_ℓ² (`field_line`). The integral is an entire function of γ for a band with two ends: its values at
Chebyshev points give it everywhere between. Without ends, F_ℓ is followed by its leading powers, exactly
integrable, where it has not been sampled:

    x → 0: F_ℓ ∝ x^(2ℓ−2), but x² at ℓ = 0 and x⁴ at ℓ = 1 in the fluid frame;    x → ∞: F_1 → 1/9 there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from eddysky.validation.theory.quadrature import band_transfers
from eddysky.validation.theory.transfer import transfer
from eddysky.validation.theory.transport import Transport

__all__ = ["PowerTable", "tabulate_power"]

Array = NDArray[np.float64]

# Range of indices: there A_ℓ is finite without ends of the band.
LOWEST, HIGHEST = 1.0, 3.0
# Chebyshev points. The integrand is an exponential of γ whose logarithm varies by ln(x/centre): 40 points are good to
# 1e-12 of the largest value for factors of e^13 on either side, and A_ℓ comes from a smaller range.
POINTS = 40
# Without ends, the integral runs from this over √N, where F_ℓ differs from its leading power by 1e-6 of it, to this
# times the highest multipole: beyond lies less than 1e-6 of A_ℓ, ℓ ≥ 2.
FIRST, LAST = 1e-3, 1e3

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True)
class PowerTable:
    """A_ℓ(γ) λ/w₁ for 1 < γ < 3.

    Parameters
    ----------
    coefficients
        Of the Chebyshev series of the part that was integrated, without centre^(−γ), shape (points, lmax + 1).
    centre
        x at which the power law is one.
    tail
        Function of γ: what lies below and above that part, shape (lmax + 1,).
    projection
        Function of γ: factor of the whole.
    """

    coefficients: Array
    centre: float
    tail: Callable[[float], Array | float]
    projection: Callable[[float], float]

    def __call__(self, index: float) -> Array:
        """A_ℓ λ/w₁ for ℓ = 0 … lmax, shape (lmax + 1,).

        Raises
        ------
        ValueError
            If the index is not between 1 and 3.
        """
        if not LOWEST < index < HIGHEST:
            raise ValueError(f"index must be above {LOWEST:g} and below {HIGHEST:g}, got {index}")
        series = chebyshev.chebval(index - 0.5 * (LOWEST + HIGHEST), self.coefficients)
        inside = self.centre ** (-index) * np.asarray(series)
        return np.asarray(4 * math.pi * self.projection(index) * (inside + self.tail(index)))


@functools.lru_cache(maxsize=16)
def tabulate_power(
    mode: str,
    transport: Transport,
    transverse_fraction: float,
    ends: tuple[float, float] | None,
    lmax: int,
) -> PowerTable:
    """Integrate A_ℓ for all indices at once; the last few tables are remembered.

    Parameters
    ----------
    mode
        "isotropic" or "parallel".
    transport
        Law of the free path, scatterings and frame.
    transverse_fraction
        β.
    ends
        k_min λ and k_max λ; None: a power law on all scales.
    lmax
        Largest multipole.

    Returns
    -------
    PowerTable
        To 1e-9 of A_ℓ with ends, to 1e-5 without.

    Raises
    ------
    ValueError
        If the band has no ends and the frame is not "fluid", where C_1 is infinite.
    """
    if ends is None:
        if transport.frame != "fluid":
            raise ValueError("without ends of the band C_1 is infinite in the observer's frame")
        return _unbounded(mode, transport, transverse_fraction, lmax)
    indices = 0.5 * (LOWEST + HIGHEST) + chebyshev.chebpts1(POINTS)
    centre = min(max(3.0, ends[0]), ends[1])
    if mode == "isotropic":
        power = _integrate(_power_laws(indices, transverse_fraction, centre), ends, lmax, transport)
    else:
        power = _along_the_field(indices, transport, transverse_fraction, ends, centre, lmax)
    return PowerTable(_series(indices, power), centre, lambda index: 0.0, lambda index: 1.0)


def _series(indices: Array, values: Array) -> Array:
    """Chebyshev coefficients (points, lmax + 1) of values at Chebyshev points of the same shape."""
    offsets = indices - 0.5 * (LOWEST + HIGHEST)
    return np.asarray(chebyshev.chebfit(offsets, values, len(indices) - 1))


def _power_laws(
    indices: Array, transverse_fraction: float, centre: float
) -> Callable[[Array], Array]:
    """(1−β) and β/2 times (x/centre)^(−γ): a function of x (n,), to shape (2, points, n)."""
    parts = np.array([1 - transverse_fraction, 0.5 * transverse_fraction])

    def density(x: Array) -> Array:
        laws = np.exp(-indices[:, np.newaxis] * np.log(x / centre))
        return np.asarray(parts[:, np.newaxis, np.newaxis] * laws)

    return density


def _integrate(
    density: Callable[[Array], Array], ends: tuple[float, float], lmax: int, transport: Transport
) -> Array:
    """∫ of longitudinal and transverse densities (2, points, n) with the transfer functions, (points, lmax + 1)."""
    ell = np.arange(lmax + 1)[:, np.newaxis]
    total = 0.0
    for functions, (longitudinal, transverse) in band_transfers(density, ends, lmax, transport):
        total = total + functions.longitudinal**2 @ longitudinal.T
        total = total + ell * (ell + 1) * (functions.transverse**2 @ transverse.T)
    return np.asarray(total).T


def _along_the_field(
    indices: Array,
    transport: Transport,
    transverse_fraction: float,
    ends: tuple[float, float],
    centre: float,
    lmax: int,
) -> Array:
    """∫ E(t) T_ℓ(t)² dt with the spectrum on the field line of (x/centre)^(−γ), shape (points, lmax + 1)."""
    start, stop = ends[0] / centre, ends[1] / centre
    gamma = indices[:, np.newaxis]

    def density(t: Array) -> Array:
        # E = ∫ x^(−γ−1) [β/2 + (1−3β/2) t²/x²] dx from t, or the start of the band, to its end.
        scaled = t / centre
        lower = np.maximum(scaled, start)
        constant = (lower**-gamma - stop**-gamma) / gamma
        quadratic = (lower ** -(gamma + 2) - stop ** -(gamma + 2)) / (gamma + 2)
        total = 0.5 * transverse_fraction * constant
        return np.asarray(total + (1 - 1.5 * transverse_fraction) * scaled**2 * quadratic)

    # Close to t = 0 both are polynomials for 16 nodes (see `field_line_edges`).
    first = 0.25 * min(ends[0], 1 / math.sqrt(transport.scatterings))
    t = 0.5 * first * (1 + _NODES)
    weights = 0.5 * first * _WEIGHTS * density(t)
    total = transfer(transport, t, lmax).longitudinal ** 2 @ weights.T
    for functions, part in band_transfers(density, (first, *ends), lmax, transport):
        total += functions.longitudinal**2 @ part.T
    return np.asarray(total.T)


def _unbounded(
    mode: str, transport: Transport, transverse_fraction: float, lmax: int
) -> PowerTable:
    """On all scales, by the leading powers of F_ℓ at both ends.

    Along the field the spectrum on the line is the same power law times β/(2γ) + (1−3β/2)/(γ+2).
    """
    beta = transverse_fraction if mode == "isotropic" else 0.0
    indices = 0.5 * (LOWEST + HIGHEST) + chebyshev.chebpts1(POINTS)
    first, last = FIRST / math.sqrt(transport.scatterings), LAST * (lmax + 10)
    centre = 3.0
    power = _integrate(_power_laws(indices, beta, centre), (first, last), lmax, transport)
    ell = np.arange(lmax + 1)
    start = transfer(transport, np.array([first]), lmax)
    below = (1 - beta) * start.longitudinal[:, 0] ** 2
    below += 0.5 * beta * ell * (ell + 1) * start.transverse[:, 0] ** 2
    exponent = np.maximum(2 * ell - 2, 2)
    exponent[1:2] = 4
    above = np.where(ell == 1, 1 / 9, 0.0)

    def tail(index: float) -> Array:
        small = below * first ** (1 - index) / (exponent + 1 - index)
        return np.asarray(small + above * last ** (1 - index) / (index - 1))

    def projection(index: float) -> float:
        if mode == "isotropic":
            return 1.0
        spread = transverse_fraction / (2 * index)
        return spread + (1 - 1.5 * transverse_fraction) / (index + 2)

    return PowerTable(_series(indices, power), centre, tail, projection)
