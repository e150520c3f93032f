"""Averages of spherical Bessel functions over the distribution of the free path.

b_ℓ(x) = ⟨j_ℓ(ks)⟩ with x = kλ and ⟨s⟩ = λ. For fixed paths b_ℓ = j_ℓ(x). For an Erlang law of order n (the
sum of n exponentials of mean λ/n; n = 1 is the exponential law of BGK relaxation) see `erlang`.

For any other law b_ℓ follows from its characteristic function φ(q) = ⟨e^(iqs)⟩. With
j_ℓ(z) = (1/2i^ℓ) ∫₋₁¹ e^(izμ) P_ℓ(μ) dμ,

    b_ℓ = (1/2i^ℓ) ∫₋₁¹ φ(xμ) P_ℓ(μ) dμ = (−1)^⌊ℓ/2⌋ ∫₀¹ {Re, Im} φ(xμ) P_ℓ(μ) dμ, Re for even ℓ and Im for odd ℓ,

by Gauss–Legendre quadrature, with an absolute error of 1e-13: for ℓ ≫ x, values b_ℓ < 1e-13 have no correct digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import ducc0
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import roots_genlaguerre

from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.erlang import erlang_bessel
from eddysky.validation.theory.miller import DECAY, decaying_ratios, values_from_ratios

__all__ = [
    "averaged_bessel",
    "checked_wavenumbers",
    "free_path_rule",
    "gauss_rule",
    "missing_monopole",
    "projected",
]

Array = NDArray[np.float64]

# Other laws: b_ℓ has converged when doubling the number of nodes changes it by less than this.
_CONVERGED = 1e-13
_MOST_NODES = 2**16
# Largest number of values of the characteristic function in memory.
_MEMORY = 2**20
# Below this x the difference 1 − b_0 loses more than three digits.
_SMALL = 0.1
# Number of free paths in `free_path_rule`, and of quantiles that represent a law other than fixed and Erlang.
_PATHS = 4
_SAMPLES = 4096
# Laws with a smaller standard deviation are treated as fixed.
_NARROW = 0.1


def averaged_bessel(law: FreePathLaw, x: ArrayLike, lmax: int) -> Array:
    """b_ℓ(x) = ⟨j_ℓ(ks)⟩ for ℓ = 0 … lmax + 1.

    Parameters
    ----------
    law
        Free-path law.
    x
        kλ > 0, shape (n,).
    lmax
        Largest multipole of the transfer functions, ≥ 0, which need b_ℓ up to lmax + 1.

    Returns
    -------
    ndarray
        Shape (lmax + 2, n). Fixed and Erlang laws: accurate to rounding, relative to b_ℓ where it decays
        with ℓ; values below the smallest double are zero. Other laws: absolute error below 1e-13.

    Raises
    ------
    ValueError
        If lmax is negative, if an x is not positive and finite, or if 2¹⁶ nodes do not resolve the
        characteristic function.
    """
    x = checked_wavenumbers(x, lmax)
    if isinstance(law, FixedPath):
        return _fixed(x, lmax)
    if isinstance(law, ErlangPath):
        return erlang_bessel(law.order, x / law.order, lmax)
    return projected(law.name, law.characteristic, x, lmax, np.ones_like(x))


def checked_wavenumbers(x: ArrayLike, lmax: int) -> Array:
    """The wavenumbers x = kλ as an array (n,).

    Raises
    ------
    ValueError
        If lmax is negative, or if an x is not positive and finite.
    """
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 1 or not np.all((x > 0) & np.isfinite(x)):
        raise ValueError("x must be a one-dimensional array of positive finite numbers")
    if lmax < 0:
        raise ValueError(f"lmax must be >= 0, got {lmax}")
    return x


def missing_monopole(law: FreePathLaw, x: Array, monopole: Array) -> Array:
    """1 − b_0(x); for fixed and Erlang laws with full relative accuracy at small x, where b_0 → 1.

    Parameters
    ----------
    law
        As in `averaged_bessel`.
    x
        kλ, shape (n,).
    monopole
        b_0(x), shape (n,).

    Returns
    -------
    ndarray
        Shape (n,).
    """
    result = np.asarray(1.0 - monopole)
    if not isinstance(law, FixedPath | ErlangPath):
        return result
    order = law.order if isinstance(law, ErlangPath) else math.inf
    small = x < _SMALL
    square = x[small] ** 2
    # Σ_m (−1)^(m+1) x^(2m) ⟨s^2m⟩/(2m+1)!. The terms decrease at least as x² = 0.01: nine reach 1e-18.
    term = np.ones_like(square)
    total = np.zeros_like(square)
    for m in range(1, 10):
        moment_ratio = (1 + (2 * m - 2) / order) * (1 + (2 * m - 1) / order)
        term = term * -square * moment_ratio / (2 * m * (2 * m + 1))
        total -= term
    result[small] = total
    return result


def free_path_rule(law: FreePathLaw) -> list[tuple[float, float]]:
    """Quadrature for smooth averages over the free path.

    Parameters
    ----------
    law
        Free-path law.

    Returns
    -------
    list of tuple
        Free paths [mean free paths] and weights, which add up to one; a single path for narrow laws.
    """
    if isinstance(law, FixedPath) or law.standard_deviation < _NARROW:
        return [(1.0, 1.0)]
    if isinstance(law, ErlangPath):
        nodes, weights = roots_genlaguerre(_PATHS, law.order - 1)
        nodes = nodes / law.order
    else:
        samples = law.quantile((np.arange(_SAMPLES) + 0.5) / _SAMPLES)
        nodes, weights = gauss_rule(samples, np.full(_SAMPLES, 1 / _SAMPLES), _PATHS)
    return list(zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True))


def gauss_rule(samples: Array, probability: Array, count: int) -> tuple[Array, Array]:
    """Gauss quadrature for the mean over samples of these probabilities: nodes and weights, at most `count`.

    The nodes are the eigenvalues of the Jacobi matrix from a Lanczos iteration (Golub & Welsch 1969).
    """
    before, now = np.zeros_like(samples), np.sqrt(probability)
    diagonal, beside = np.zeros(count), np.zeros(count)
    for step in range(count):
        diagonal[step] = now @ (samples * now)
        residual = (samples - diagonal[step]) * now - (beside[step - 1] if step else 0) * before
        beside[step] = math.sqrt(residual @ residual)
        if beside[step] < 1e-10:
            # The samples have fewer distinct values than nodes.
            diagonal, beside = diagonal[: step + 1], beside[: step + 1]
            break
        before, now = now, residual / beside[step]
    jacobi = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes, vectors[0] ** 2


def projected(
    name: str,
    function: Callable[[Array], NDArray[np.complex128]],
    x: Array,
    lmax: int,
    rounding: Array,
) -> Array:
    """Projections (1/2i^ℓ) ∫₋₁¹ φ(xμ) P_ℓ(μ) dμ for ℓ = 0 … lmax + 1, doubling the number of nodes until they converge.

    Parameters
    ----------
    name
        Of the free-path law, for messages.
    function
        φ(q) with φ(−q) = φ(q)*, for q of any shape.
    x
        kλ > 0, shape (n,).
    lmax
        Largest multipole but one.
    rounding
        Rounding errors of φ at small q, relative to those of numbers of order 1, shape (n,).

    Returns
    -------
    ndarray
        Shape (lmax + 2, n), with absolute errors below 1e-13 times `rounding`.

    Raises
    ------
    InputError
        If 2¹⁶ nodes do not resolve the function.
    """
    out = np.empty((lmax + 2, x.size))
    start = 0
    order = np.argsort(x)
    while start < x.size:
        # Arguments within a factor of two share their nodes, as far as memory allows. The first number of
        # nodes is a multiple of 16.
        count = 16 * math.ceil((float(x[order[start]]) + lmax) / 16 + 1)
        stop = int(np.searchsorted(x[order], 2 * x[order[start]], side="right"))
        stop = min(max(stop, start + 1), start + max(1, _MEMORY // count))
        part = order[start:stop]
        coarse = _projection(function, x[part], lmax, count)
        while True:
            count *= 2
            if count > _MOST_NODES:
                raise InputError(
                    f"transport.free_path = {name!r}: {_MOST_NODES} nodes do not resolve its characteristic "
                    f"function up to k λ = {x[part].max():.4g}; a larger flow.inner_scale needs fewer"
                )
            fine = _projection(function, x[part], lmax, count)
            if np.all(np.abs(fine - coarse) < _CONVERGED * rounding[part]):
                break
            coarse = fine
        out[:, part] = fine
        start = stop
    return out


def _projection(
    function: Callable[[Array], NDArray[np.complex128]], x: Array, lmax: int, count: int
) -> Array:
    """The projections by `count` nodes in 0 < μ < 1, shape (lmax + 2, n)."""
    mu, even, odd = _legendre_rule(count, lmax)
    values = function(x[:, np.newaxis] * mu)
    out = np.empty((lmax + 2, x.size))
    out[0::2], out[1::2] = (values.real @ even).T, (values.imag @ odd).T
    return out


@lru_cache(maxsize=8)
def _legendre_rule(count: int, lmax: int) -> tuple[Array, Array, Array]:
    """Nodes μ, and (−1)^⌊ℓ/2⌋ P_ℓ(μ) times weights for even and odd ℓ up to lmax + 1."""
    mu = np.cos(0.5 * np.asarray(ducc0.misc.GL_thetas(count))) ** 2
    # The weights of ducc0 add up to 4π.
    before, now = np.zeros_like(mu), np.asarray(ducc0.misc.GL_weights(count, 1)) / (4 * math.pi)
    rows = np.empty((lmax + 2, count))
    for ell in range(lmax + 2):
        rows[ell] = now if ell // 2 % 2 == 0 else -now
        before, now = now, ((2 * ell + 1) * mu * now - ell * before) / (ell + 1)
    return mu, np.ascontiguousarray(rows[0::2].T), np.ascontiguousarray(rows[1::2].T)


def _fixed(x: Array, lmax: int) -> Array:
    """j_ℓ(x) for ℓ = 0 … lmax + 1, by upward recurrence for x > lmax + 1 and else by Miller's algorithm."""
    zeroth = np.sin(x) / x
    first = (zeroth - np.cos(x)) / x
    out = np.empty((lmax + 2, x.size))

    upward = x > lmax + 1
    out[0, upward], out[1, upward] = zeroth[upward], first[upward]
    inverse = 1 / x[upward]
    previous, current = zeroth[upward], first[upward]
    for ell in range(1, lmax + 1):
        previous, current = current, (2 * ell + 1) * inverse * current - previous
        out[ell + 1, upward] = current

    downward = ~upward
    # Beyond the turning point ℓ = x, j_ℓ falls like exp(−0.94 t^1.5) with t = (ℓ − x)/x^(1/3): t = 8
    # gives the 20 e-folds of DECAY.
    start = lmax + 2 + math.ceil(8 * (lmax + 2) ** (1 / 3) + DECAY)
    ratios = decaying_ratios(lambda ell: 1.0, lambda ell: -1.0, x[downward], lmax, start)
    out[:, downward] = values_from_ratios(ratios, zeroth[downward], first[downward])
    return out
