"""Expected skies of gyrating particles by quadrature along the helix (`kernels.helix`), wave by wave."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.harmonics import legendre_factors
from eddysky.kernels.helix import helix_means, helix_sums
from eddysky.simulator.config.helical_cost import PANEL, PHASE, helix_time, path_rate
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.harmonics import dipole_alm
from eddysky.simulator.transport.blocks import mapped
from eddysky.simulator.transport.expected_isotropic import sum_parts

__all__ = ["HelixQuadrature", "path_nodes"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
Integers = NDArray[np.int64]

# Part of the paths that is neglected, for waves of kλ ≥ 1.
NEGLECTED = 1e-11
# Order of Erlang paths from which on all are longer than some part of the mean free path.
LONG = 50
# Least k_⊥/|k_∥|.
STEEPEST = 1e-5
# Frequencies along the path for which nodes are made.
RATES = [1.25**step for step in range(80)]
# Nodes that are summed together.
GROUP = 8192


@lru_cache(maxsize=128)
def path_nodes(order: int, turns: float, rate: float, tail: float) -> Array:
    """Nodes along the path, for waves of frequencies up to `rate`.

    Parameters
    ----------
    order
        Of the Erlang law; 1 for exponential paths.
    turns
        w, mean free path over Larmor radius.
    rate
        From `path_rate`.
    tail
        Part of the paths that may be neglected.

    Returns
    -------
    ndarray
        (5, nodes), a multiple of `PANEL` nodes: s [mean free paths], p(s) and P(path > s) times the weights, sin ψ and
        1 − cos ψ.
    """
    from scipy.special import gammaincc, gammainccinv, gammaincinv

    end = float(gammainccinv(order, tail)) / order
    start = float(gammaincinv(order, tail)) / order if order > LONG else 0.0
    # The density of the paths varies from the shortest on.
    pieces = ((0.0, start, rate), (start, end, rate + min(order, 7 * math.sqrt(order))))
    nodes = np.array([math.cos(angle) for angle in ducc0.misc.GL_thetas(PANEL).tolist()])
    weights = np.asarray(ducc0.misc.GL_weights(PANEL, 1)) / (2 * math.pi)
    panels = []
    for low, high, frequency in pieces:
        count = math.ceil((high - low) * frequency / (2 * PHASE))
        panels += [
            (low + (high - low) * (i + 0.5) / count, (high - low) / (2 * count))
            for i in range(count)
        ]
    path = np.concatenate([middle + half * nodes for middle, half in panels])
    step = np.concatenate([half * weights for _, half in panels])
    survival = gammaincc(order, order * path)
    shorter = gammaincc(order - 1, order * path) if order > 1 else 0.0
    # By the C library: NumPy's last bits depend on the processor.
    halves = (0.5 * turns * path).tolist()
    sine, cosine = np.array([math.sin(x) for x in halves]), np.array([math.cos(x) for x in halves])
    density = order * (survival - shorter)
    return np.array([path, density * step, survival * step, 2 * sine * cosine, 2 * sine**2])


@dataclass(frozen=True, slots=True)
class HelixQuadrature:
    """Skies by quadrature, about the axis of gyration.

    Parameters
    ----------
    turns
        w, mean free path over Larmor radius, positive.
    order
        Of the Erlang law; 1 for exponential paths.
    lmax
        Highest multipole.
    longest
        kλ of the longest waves, whose sky is a small difference.
    """

    turns: float
    order: int
    lmax: int
    longest: float
    factors: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", legendre_factors(self.lmax))

    def path(self, rate: int) -> Array:
        """Nodes along the path for waves of frequencies up to `RATES[rate]`, as in `path_nodes`."""
        tail = NEGLECTED * min(1.0, self.longest)
        return path_nodes(self.order, self.turns, RATES[rate], tail)

    def cost(self, waves: Array) -> Array:
        """Time that waves take, shape (n,); infinite near the pole, where multipoles lose digits."""
        along, across = waves[:, 0], waves[:, 1] * self.turns
        time = helix_time(self.turns, self.order, self.lmax, along, across)
        return np.where(across < STEEPEST * np.abs(along), np.inf, time)

    def parts(self, waves: Array) -> Iterator[tuple[Array, Integers]]:
        """Nodes along the path, and the indices of a group of their waves."""
        rate = path_rate(self.turns, waves[:, 0], waves[:, 1] * self.turns)
        rates = np.searchsorted(RATES, rate)
        for rate in np.unique(rates).tolist():
            path, indices = self.path(rate), np.flatnonzero(rates == rate)
            size = max(1, GROUP // path.shape[1])
            for start in range(0, len(indices), size):
                yield path, indices[start : start + size]

    def alm(self, waves: Array, threads: int) -> Alm:
        """a_ℓm of waves (n, WAVE) in the units of the kernel."""
        # The amplitude at the observer, and the mean of earlier scatterings.
        cosine, sine, first, second = waves[:, 2], waves[:, 3], waves[:, 6], waves[:, 8]
        here = (cosine * first - sine * second, sine * first + cosine * second, waves[:, 4])
        total = -dipole_alm(np.array([np.sum(part) for part in here]), self.lmax)
        total[0] += math.sqrt(4 * math.pi) * np.sum(waves[:, 10])

        def summed(part: tuple[Array, Integers]) -> Alm:
            path, indices = part
            sums = np.zeros((2, alm_size(self.lmax), 8))
            helix_sums(waves[indices], self.turns, path, self.lmax, self.factors, sums)
            real, imaginary = 4 * math.pi * sum_parts(sums)
            return np.asarray(real + 1j * imaginary)

        for alm in mapped(summed, self.parts(waves), threads):
            total += alm
        return total

    def means(self, waves: Array, threads: int) -> Array:
        """Means over directions (n, 3), as of `helix_means`."""
        result = np.zeros((len(waves), 3))

        def averaged(part: tuple[Array, Integers]) -> tuple[Integers, Array]:
            path, indices = part
            means = np.zeros((len(indices), 3))
            helix_means(waves[indices], self.turns, path, means)
            return indices, means

        for indices, means in mapped(averaged, self.parts(waves), threads):
            result[indices] = means
        return result
