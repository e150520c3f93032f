"""Expected skies of gyrating particles by Fourier series in azimuth (`kernels.gyration`), on nodes in μ = n·b.

Waves that need about as many Gauss–Legendre nodes share a grid, so that short waves do not make long ones expensive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.gyration import LANES, gyration_means, gyration_sums
from eddysky.simulator.config.helical_cost import polar_nodes_needed, series_time
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.harmonics import GUARD, truncated
from eddysky.simulator.transport.blocks import mapped

__all__ = ["GyrationSeries", "bessel_ends"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
Integers = NDArray[np.int64]

# Size of the terms that are left out, over the largest, and of those that rounding would hide.
NEGLECTED, ROUNDING = 1e-11, 1e-18
# Most terms of a series on either side of n = 0.
MOST_TERMS = 512
# Northern directions in a block.
HALF = LANES // 2
# Numbers of nodes in steps of about a quarter.
SIZES = [LANES]
while SIZES[-1] < 1 << 20:
    SIZES.append(LANES * max(SIZES[-1] // LANES + 1, 5 * SIZES[-1] // (4 * LANES)))
# Waves whose means are taken together.
GROUP = 64


class PolarNodes(NamedTuple):
    """Gauss–Legendre nodes on the sphere.

    Parameters
    ----------
    theta
        Colatitudes, from the north, shape (nodes,).
    weights
        Of rings at these nodes; they add up to 4π.
    mu, sine
        cos θ and sin θ of the northern half.
    """

    theta: Array
    weights: Array
    mu: Array
    sine: Array


@lru_cache(maxsize=64)
def polar_nodes(count: int) -> PolarNodes:
    """That many nodes, an even number."""
    theta = np.asarray(ducc0.misc.GL_thetas(count))
    north = theta[: count // 2].tolist()
    # By the C library: NumPy's last bits depend on the processor.
    mu, sine = np.array([math.cos(x) for x in north]), np.array([math.sin(x) for x in north])
    return PolarNodes(theta, np.asarray(ducc0.misc.GL_weights(count, 1)), mu, sine)


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


@dataclass(frozen=True, slots=True)
class GyrationSeries:
    """Skies by series, about the axis of gyration.

    Parameters
    ----------
    turns
        w, mean free path over Larmor radius, positive.
    order
        Of the Erlang law; 1 for exponential paths.
    lmax
        Highest multipole.
    """

    turns: float
    order: int
    lmax: int

    def cost(self, waves: Array) -> Array:
        """Time that waves take, shape (n,); infinite where they have too many terms."""
        time = series_time(self.turns, self.order, self.lmax, waves[:, 0], waves[:, 1] * self.turns)
        return np.where(waves[:, 1] < bessel_ends(NEGLECTED)[-4], time, np.inf)

    def parts(self, waves: Array) -> Iterator[tuple[PolarNodes, Integers]]:
        """Each grid, and the indices of its waves."""
        along, across = waves[:, 0], waves[:, 1] * self.turns
        needed = polar_nodes_needed(self.turns, self.order, self.lmax, along, across)
        grids = np.searchsorted(SIZES, needed)
        for grid in np.unique(grids).tolist():
            yield polar_nodes(SIZES[grid]), np.flatnonzero(grids == grid)

    def alm(self, waves: Array, threads: int) -> Alm:
        """a_ℓm of waves (n, WAVE) in the units of the kernel."""
        total = np.zeros(alm_size(self.lmax), dtype=np.complex128)
        for nodes, indices in self.parts(waves):
            total += self._on_grid(nodes, waves[indices], threads)
        return total

    def means(self, waves: Array, threads: int) -> Array:
        """Means over directions (n, 3), as `gyration_means` adds them."""
        result = np.zeros((len(waves), 3))
        for nodes, indices in self.parts(waves):
            groups = [indices[start : start + GROUP] for start in range(0, len(indices), GROUP)]

            def averaged(group: Integers, nodes: PolarNodes = nodes) -> Array:
                means = np.zeros((len(group), 3))
                weights = nodes.weights / (4 * math.pi)
                for start in range(0, len(nodes.mu), HALF):
                    part = slice(start, start + HALF)
                    gyration_means(
                        nodes.mu[part], nodes.sine[part], weights[part], waves[group], *self._law(), means
                    )  # fmt: skip
                return means

            for group, means in zip(groups, mapped(averaged, groups, threads), strict=True):
                result[group] = means
        return result

    def _on_grid(self, nodes: PolarNodes, waves: Array, threads: int) -> Alm:
        """a_ℓm of the waves of one grid."""
        highest = self.lmax + GUARD

        def block(start: int) -> Array:
            part = slice(start, start + HALF)
            sums = np.zeros(2 * LANES * (self.lmax + 1))
            gyration_sums(nodes.mu[part], nodes.sine[part], waves, *self._law(), sums)
            return sums.reshape(self.lmax + 1, 2, 2, HALF)

        starts = range(0, len(nodes.mu), HALF)
        leg = np.zeros((1, len(nodes.theta), highest + 1), dtype=np.complex128)
        for start, sums in zip(starts, mapped(block, starts, threads), strict=True):
            north = np.arange(start, start + HALF)
            for side, rings in enumerate((north, -1 - north)):
                leg[0, rings, : self.lmax + 1] = (sums[:, 0, side] + 1j * sums[:, 1, side]).T
        leg *= nodes.weights[:, None]
        alm: Alm = ducc0.sht.leg2alm(
            leg=leg, spin=0, lmax=highest, theta=nodes.theta, nthreads=1
        )[0]  # fmt: skip
        return truncated(alm, highest, self.lmax)

    def _law(self) -> tuple[float, int, Array, Array]:
        """Arguments that all waves share."""
        return self.turns, self.order, bessel_ends(ROUNDING), bessel_ends(NEGLECTED)
