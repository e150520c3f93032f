r"""Distribution of one measured value: power of a Gaussian sky, without and with an error of measurement.

The power S of a Gaussian sky with mean μ and ν degrees of freedom has ν S/μ as a χ², exactly or, of bands and partial
skies, with ν = 2μ²/Var(S) (Satterthwaite 1946). With a normal error e of the measurement the value is x = S + e, whose
density is, with t = ν S/(2μ), p = ν/2 and a = μ/p,

    f(x) = ∫ t^(p−1) e^(−t) / Γ(p) · exp[−(x − a t)²/(2σ²)] / (σ√2π) dt.

In u = ln t the integrand has one maximum, where (a²/σ²) t² + (1 − a x/σ²) t = p, with the curvature p + a²t²/σ². The
trapezoidal rule in s, u = u_max + sinh(s)/√curvature, then converges exponentially.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["log_density", "normal_deviates"]

Array = NDArray[np.float64]

# Nodes in s. The integrand falls to 1e-12 of its maximum within, for ν ≥ 0.2.
_NODES = np.linspace(-7.0, 4.5, 150)
_STEP = _NODES[1] - _NODES[0]
_SHAPE = np.sinh(_NODES), np.cosh(_NODES) * _STEP
# Errors of measurement, in standard errors, and their probabilities.
_ERRORS = np.linspace(-8.5, 8.5, 301)
_CHANCES = np.exp(-0.5 * _ERRORS**2) / np.sum(np.exp(-0.5 * _ERRORS**2))
# Smallest probability that has a normal deviate.
_TINY = np.finfo(float).tiny


def log_density(measured: Array, mean: Array, dof: Array, error: Array | None = None) -> Array:
    """Logarithm of the probability density of measured powers.

    Parameters
    ----------
    measured
        Values x, shape (n,); positive if there are no errors.
    mean
        Means μ > 0 of the power of the sky, shape (n,).
    dof
        Degrees of freedom ν, shape (n,).
    error
        Standard errors σ of the measurements, shape (n,); None: none.

    Returns
    -------
    ndarray
        ln f(x), shape (n,).
    """
    half = dof / 2
    if error is None:
        scaled = measured * half / mean
        return np.asarray(
            special.xlogy(half, scaled) - scaled - special.gammaln(half) - np.log(measured)
        )
    scale = mean / half
    u, weight = _nodes(measured, scale, error, half)
    exponent = half[:, np.newaxis] * u - np.exp(u) - 0.5 * _residual(measured, scale, error, u) ** 2
    top = exponent.max(axis=1)
    total = np.sum(np.exp(exponent - top[:, np.newaxis]) * weight, axis=1)
    constant = special.gammaln(half) + np.log(error * np.sqrt(2 * np.pi))
    return np.asarray(top + np.log(total) - constant)


def normal_deviates(measured: Array, mean: Array, dof: Array, error: Array | None = None) -> Array:
    """Normal deviates z with the probability of the measured powers, Φ(z) = P(< x).

    Parameters
    ----------
    measured, mean, dof, error
        As in `log_density`.

    Returns
    -------
    ndarray
        Shape (n,), at most 37 in size.
    """
    half = dof / 2
    if error is None:
        scaled = measured * half / mean
        below, above = special.gammainc(half, scaled), special.gammaincc(half, scaled)
    else:
        below, above = _tails(measured, mean, half, error)
    lower = special.ndtri(np.clip(below, _TINY, 1.0))
    upper = -special.ndtri(np.clip(above, _TINY, 1.0))
    return np.asarray(np.where(below < above, lower, upper))


def _nodes(measured: Array, scale: Array, error: Array, power: Array) -> tuple[Array, Array]:
    """Nodes u = ln t and weights, each (n, k), for t^power e^(−t) exp[−(x − a t)²/(2σ²)] du."""
    ratio = scale / error
    linear = 1 - ratio * measured / error
    # The positive root of ratio² t² + linear t = power, without cancellation.
    root = np.sqrt(linear**2 + 4 * power * ratio**2)
    peak = np.where(linear > 0, 2 * power / (linear + root), (root - linear) / (2 * ratio**2))
    width = 1 / np.sqrt(power + (ratio * peak) ** 2)
    shape, weight = _SHAPE
    return np.log(peak)[:, np.newaxis] + width[:, np.newaxis] * shape, width[:, np.newaxis] * weight


def _residual(measured: Array, scale: Array, error: Array, u: Array) -> Array:
    """(x − a t)/σ at the nodes, shape (n, k)."""
    power = scale[:, np.newaxis] * np.exp(u)
    return np.asarray((measured[:, np.newaxis] - power) / error[:, np.newaxis])


def _tails(measured: Array, mean: Array, half: Array, error: Array) -> tuple[Array, Array]:
    """P(< x) and P(> x), each (n,).

    Where the normal distribution is the wider one, the mean of its tail over the powers of the sky; else the mean of
    the tail of these over the error.
    """
    scale, p = mean / half, half[:, np.newaxis]
    u = np.log(p) + _SHAPE[0] / np.sqrt(p)
    density = np.exp(p * u - np.exp(u) - special.gammaln(p)) * _SHAPE[1] / np.sqrt(p)
    deviate = _residual(measured, scale, error, u)
    wide = [np.sum(density * special.ndtr(sign * deviate), axis=1) for sign in (1, -1)]
    power = np.maximum(measured[:, np.newaxis] - error[:, np.newaxis] * _ERRORS, 0.0)
    tails = (special.gammainc, special.gammaincc)
    narrow = [tail(p, power / scale[:, np.newaxis]) @ _CHANCES for tail in tails]
    choose = error > mean / np.sqrt(half)
    return np.where(choose, wide[0], narrow[0]), np.where(choose, wide[1], narrow[1])
