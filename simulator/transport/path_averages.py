"""Averages over free paths, b_ℓ = (1/2i^ℓ) ∫ G P_ℓ dμ, of the characteristic function G = ⟨e^(iqμs)⟩ and others."""

from __future__ import annotations

import math

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.radial import project
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.transport.chebyshev import NODES, fit_panels

__all__ = [
    "CHARACTERISTIC_ERROR",
    "GAUSS_NODES",
    "GAUSS_WEIGHTS",
    "characteristic_panels",
    "geometric",
    "projected",
    "quadrature",
]

Array = NDArray[np.float64]

# Largest error of the characteristic function.
CHARACTERISTIC_ERROR = 1e-12
# Gauss–Legendre nodes and weights of −1 < x < 1.
GAUSS_NODES = np.array([math.cos(theta) for theta in ducc0.misc.GL_thetas(NODES)])
GAUSS_WEIGHTS = np.asarray(ducc0.misc.GL_weights(NODES, 1)) / (2 * math.pi)


def characteristic_panels(law: FreePathLaw, end: float) -> Array:
    """Ends of panels from zero to `end` or beyond that resolve the characteristic function of a free path."""
    first = [0.0, 1.0]
    while first[-1] < end:
        first.append(2 * first[-1])
    return fit_panels(law.characteristic, first, CHARACTERISTIC_ERROR)[0]


def quadrature(panels: Array, lmax: int) -> tuple[Array, Array]:
    """Nodes 0 < μ < 1 and weights that resolve both P_ℓ and a function of μ that is smooth on these panels."""
    edges = np.concatenate([panels, np.arange(0, 1, 8 / (lmax + 8))])
    edges = np.unique(np.append(edges[edges < 1], 1.0))
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    mu = (middle[:, None] + half[:, None] * GAUSS_NODES).ravel()
    return mu, (half[:, None] * GAUSS_WEIGHTS).ravel()


def projected(real: Array, imaginary: Array, mu: Array, weights: Array, lmax: int) -> Array:
    """(1/2i^ℓ) ∫₋₁¹ f P_ℓ dμ, shape (lmax + 1, n), of functions f(−μ) = f*(μ) given at nodes, (nodes, n)."""
    result = np.empty((lmax + 1, real.shape[1]))
    project(np.array([real, imaginary]), mu, weights, result)
    # 1/i^ℓ
    result[2::4] *= -1
    result[3::4] *= -1
    return result


def geometric(base: Array, terms: int) -> tuple[Array, Array]:
    """Σ base^m over m = 0…terms − 1, and base^terms; by doubling, without cancellation near base = 1."""
    total, power = np.zeros_like(base), np.ones_like(base)
    for digit in f"{terms:b}":
        total, power = total * (1 + power), power * power
        if digit == "1":
            total, power = 1 + base * total, power * base
    return total, power
