r"""Joint density of several powers of a Gaussian sky by the saddlepoint approximation (Daniels 1954).

Powers x_i = Σ_ℓ B_iℓ Σ_b a_bℓ² are sums over groups b of independent Gaussian variables with the covariances V_b. Their
cumulant generating function, with normal errors of covariance E on top, is

    K(t) = −½ Σ_b ln det(I − 2 U V_b) + ½ t·E t,   U = diag(Σ_i t_i B_iℓ),

and the density of x

    f(x) = exp[K(t̂) − t̂·x] / √det[2π K''(t̂)],   K'(t̂) = x.

It has all correlations, not only those of second order, and for independent powers without errors it is the exact χ²,
but for a constant that Stirling's formula leaves out. K' and K'' are mean and covariance of variables with the
covariances G_b = (V_b⁻¹ − 2U)⁻¹: K'_i = Σ B_iℓ Σ_b (G_b)_ℓℓ, K''_ij = 2 Σ B_iℓ B_jℓ' Σ_b (G_b)²_ℓℓ'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

__all__ = ["CoupledModes", "IndependentModes", "Modes", "saddlepoint_cost"]

Array = NDArray[np.float64]

# Newton steps, and halvings of one.
_STEPS, _HALVINGS = 60, 40
# Square of the length of a step in standard deviations at which the saddlepoint is found. The determinant is of first
# order in the step that is left, and the curvature of −2 ln L is from differences of 1e-4 and less.
_CLOSE = 1e-16
# Covariances are positive definite but for rounding.
_ROUNDING = 1e-12


class Modes(Protocol):
    """The independent Gaussian variables of which n powers are made, without errors."""

    def cumulants(self, t: Array) -> tuple[float, Array, Array] | None:
        """K, K' (n,) and K'' (n, n) at t (n,); None where K is infinite."""


@dataclass(frozen=True, slots=True, eq=False)
class IndependentModes:
    """Multipoles of the full sky, each with a χ².

    Parameters
    ----------
    bands
        B_iℓ, shape (n, k).
    c_ell
        C_ℓ, shape (k,).
    dof
        Degrees of freedom ν of each multipole, shape (k,).
    """

    bands: Array
    c_ell: Array
    dof: Array

    def cumulants(self, t: Array) -> tuple[float, Array, Array] | None:
        """K, K' and K'' at t."""
        scale = self.c_ell / self.dof
        left = 1 - 2 * (t @ self.bands) * scale
        if np.any(left <= 0):
            return None
        tilted = scale / left
        total = -0.5 * float(np.sum(self.dof * np.log(left)))
        second = 2 * (self.bands * self.dof * tilted**2) @ self.bands.T
        return total, self.bands @ (self.dof * tilted), second


@dataclass(frozen=True, slots=True, eq=False)
class CoupledModes:
    """Multipoles of a part of the sky: those of equal m depend on each other.

    Parameters
    ----------
    bands
        B_iℓ, 1/(2ℓ+1) included, shape (n, k).
    groups
        For each group of variables, its multipoles among the k and the square root L_b of their covariance,
        V_b = L_b L_bᵀ.
    count
        Number of variables of each group, of all skies of a mean, shape (b,).
    skies
        Number of skies in the mean.
    """

    bands: Array
    groups: tuple[tuple[NDArray[np.int64], Array], ...]
    count: Array
    skies: int

    @classmethod
    def from_covariances(
        cls, bands: Array, covariances: Array, twice: Array, skies: int
    ) -> CoupledModes:
        """Modes of groups with the covariances V_b, shape (b, k, k)."""
        groups = []
        for covariance in covariances:
            diagonal = np.diag(covariance)
            kept = np.flatnonzero(diagonal > 0)
            inside = covariance[np.ix_(kept, kept)] + np.diag(_ROUNDING * diagonal[kept])
            groups.append((kept, np.linalg.cholesky(inside)))
        return cls(bands, tuple(groups), twice * skies, skies)

    def cumulants(self, t: Array) -> tuple[float, Array, Array] | None:
        """K, K' and K'' at t."""
        along, size = (t @ self.bands) / self.skies, self.bands.shape[1]
        total, first, second = 0.0, np.zeros(size), np.zeros((size, size))
        for (kept, root), count in zip(self.groups, self.count.tolist(), strict=True):
            left = np.eye(len(kept)) - 2 * (root.T * along[kept]) @ root
            try:
                lower = np.linalg.cholesky(left)
            except np.linalg.LinAlgError:
                return None
            half = linalg.solve_triangular(lower, root.T, lower=True, check_finite=False)
            tilted = (half.T @ half) / self.skies
            total -= count * float(np.sum(np.log(np.diag(lower))))
            first[kept] += count * np.diag(tilted)
            second[np.ix_(kept, kept)] += 2 * count * tilted**2
        return total, self.bands @ first, self.bands @ second @ self.bands.T


def saddlepoint_cost(
    powers: Array, modes: Modes, errors: Array | None, start: Array | None = None
) -> tuple[float, Array]:
    """−2 ln f of powers, and the saddlepoint.

    Parameters
    ----------
    powers
        x, shape (n,).
    modes
        Variables of which they are made.
    errors
        Covariance E of normal errors, shape (n, n); None: none.
    start
        Where the search for the saddlepoint begins, shape (n,): near it, it is faster.

    Returns
    -------
    tuple
        −2 ln f, infinite if no sky has these powers, and t̂, shape (n,).
    """
    zero = np.zeros(len(powers))
    t = zero if start is None else start
    extra = np.zeros((len(powers), len(powers))) if errors is None else errors

    def evaluate(at: Array) -> tuple[float, Array, Array] | None:
        found = modes.cumulants(at)
        if found is None:
            return None
        total, first, second = found
        noisy = extra @ at
        return total + float(at @ (0.5 * noisy - powers)), first + noisy - powers, second + extra

    here = evaluate(t)
    if here is None:
        t, here = zero, evaluate(zero)
    for _ in range(_STEPS):
        assert here is not None
        value, slope, curvature = here
        try:
            step = -np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            return math.inf, zero
        decrement = -float(slope @ step)
        if decrement < _CLOSE:
            _, logarithm = np.linalg.slogdet(2 * np.pi * curvature)
            return -2 * value + float(logarithm), t
        # A convex function: a step that is short enough always leads down.
        for halving in range(_HALVINGS):
            size = 0.5**halving
            there = evaluate(t + size * step)
            if there is not None and there[0] <= value - 0.1 * size * decrement + 1e-12 * abs(
                value
            ):
                break
        else:
            return math.inf, zero
        t, here = t + size * step, there
    return math.inf, zero
