"""Nodes of the quadratures of helical transport: how many a wave needs, and where they lie."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.kernels import harmonics

__all__ = [
    "MOST_TERMS",
    "NEGLECTED",
    "ROUNDING",
    "PolarNodes",
    "bessel_ends",
    "path_nodes",
    "path_rate",
    "polar_nodes",
    "polar_nodes_needed",
]

Array = NDArray[np.float64]

# Neglected terms and tails, over the largest; Bessel functions that do not change the last bit.
NEGLECTED, ROUNDING = 1e-11, 1e-18
# Most terms of a series on either side.
MOST_TERMS = 512
# Phase [radians] that Gauss–Legendre nodes of a block integrate over half a panel: j_ℓ(90) < 1e-11 at ℓ = 127.
PHASE = 90.0
# Order of Erlang paths from which on their survival begins with a plateau.
LONG_SUM = 50


@lru_cache(maxsize=4)
def bessel_ends(size: float) -> Array:
    """Largest z for which |J_n(z)| ≤ size, n = 0, 1, … `MOST_TERMS`, by Kapteyn's inequality."""
    ends = [0.0]
    for n in range(1, MOST_TERMS + 1):
        low, high = 0.0, 1.0
        for _ in range(50):
            x = 0.5 * (low + high)
            root = math.sqrt((1 - x) * (1 + x))
            small = n * (math.log(x) + root - math.log1p(root)) <= math.log(size)
            low, high = (x, high) if small else (low, x)
        ends.append(n * low)
    return np.array(ends)


class PolarNodes(NamedTuple):
    """Gauss–Legendre nodes on the whole sphere.

    Parameters
    ----------
    theta
        Colatitudes, from the north, shape (nodes,).
    mu, sine
        cos θ and sin θ of the northern half.
    weights
        Of all nodes; they add up to 4π.
    """

    theta: Array
    mu: Array
    sine: Array
    weights: Array


def polar_nodes_needed(order: int, lmax: int, along: Array, across: Array) -> Array:
    """Nodes in μ that a wave needs.

    The response has poles in μ at the distance order/|κ| from the real axis; an ellipse at a part x of it bounds the
    error of n nodes by (1 − x)^(−order) e^(−2nx order/|κ|). Each multipole and each power of z add half a node or one.

    Parameters
    ----------
    order
        Of the Erlang law; 1 for exponential paths.
    lmax
        Highest multipole.
    along, across
        |κ| and z at the equator, shape (n,).
    """
    parts = [x / 100 for x in range(1, 100)]
    decay = -math.log(NEGLECTED)
    slope = min((decay - order * math.log1p(-x)) / (2 * x * order) for x in parts)
    return np.asarray(slope * along + across + lmax / 2 + 2 * np.sqrt(along + across) + 16)


@lru_cache(maxsize=64)
def polar_nodes(count: int) -> PolarNodes:
    """That many nodes, an even number."""
    theta = np.asarray(ducc0.misc.GL_thetas(count))
    north = theta[: count // 2].tolist()
    # By the C library: NumPy's last bits depend on the processor.
    mu, sine = np.array([math.cos(x) for x in north]), np.array([math.sin(x) for x in north])
    return PolarNodes(theta, mu, sine, np.asarray(ducc0.misc.GL_weights(count, 1)))


def path_rate(turns: float, along: Array, across: Array) -> Array:
    """Highest frequency of a wave along the path, in mean free paths; arguments as above, w = `turns`.

    Beyond n = z the harmonics n of the gyration fall as Airy's function of 1.26 (n − z)/z^(1/3).
    """
    return np.asarray(along + turns * (across + 9 * np.sqrt(across) + 6))


@lru_cache(maxsize=64)
def path_nodes(order: int, turns: float, rate: float, tail: float) -> Array:
    """Nodes along the path, for frequencies up to `rate`.

    Parameters
    ----------
    order
        Of the Erlang law.
    turns
        w, mean free path over Larmor radius.
    rate
        From `path_rate`.
    tail
        Part of the paths that may be neglected.

    Returns
    -------
    ndarray
        (5, nodes), a multiple of `LANES` nodes: s [mean free paths], p(s) and P(path > s) times the weights, sin ψ and
        1 − cos ψ.
    """
    from scipy.special import gammaincc, gammainccinv, gammaincinv

    end = float(gammainccinv(order, tail)) / order
    # Long before the shortest path nothing but the wave varies.
    start = float(gammaincinv(order, tail)) / order if order > LONG_SUM else 0.0
    steep = rate + min(order, 7 * math.sqrt(order))
    parts = ((0.0, start, rate), (start, end, steep))
    theta, weights = (
        ducc0.misc.GL_thetas(harmonics.LANES),
        ducc0.misc.GL_weights(harmonics.LANES, 1),
    )
    x = np.array([math.cos(angle) for angle in theta.tolist()])
    s, width = [], []
    for low, high, frequency in parts:
        panels = math.ceil((high - low) * frequency / (2 * PHASE))
        for panel in range(panels):
            half = 0.5 * (high - low) / panels
            s.append(low + half * (2 * panel + 1 - x))
            width.append(half / (2 * math.pi) * weights)
    path, step = np.concatenate(s), np.concatenate(width)
    survival = gammaincc(order, order * path)
    # The density is a difference of two such functions.
    shorter = gammaincc(order - 1, order * path) if order > 1 else 0.0
    halves = [0.5 * turns * x for x in path.tolist()]
    sine, cosine = np.array([math.sin(x) for x in halves]), np.array([math.cos(x) for x in halves])
    density = order * (survival - shorter)
    return np.array([path, density * step, survival * step, 2 * sine * cosine, 2 * sine**2])
