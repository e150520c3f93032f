"""Expected sky of helical transport: every wave is averaged over the gyrophases and the lengths of the paths.

Wave by wave the cheaper of two ways is taken: a Fourier series in azimuth on Gauss–Legendre nodes in μ = n·b
(`kernels.gyration`; the number of nodes grows with |k_∥|λ, its terms with k_⊥ r_L), or a quadrature along the helix
(`kernels.helix`; its nodes grow with kλ and λ/r_L). Both neglect less than 1e-9 of the largest a_ℓm.

With N scatterings the response to a wave is T(n) = A(n) + G(n) c, c = Ā (1 − χ̄^(N−1))/(1 − χ̄), where A is that of one
flight, G = ⟨e^(ik·x)⟩ at its end, and Ā and χ̄ are their means over directions; in the stationary limit c = Ā/(1 − χ̄).
Heating at earlier scatterings, c, acts as if it were added to the velocity along the path (see the kernels).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.kernels import gyration
from eddysky.kernels.gyration import gyration_means, gyration_sums
from eddysky.kernels.harmonics import legendre_factors
from eddysky.kernels.helix import helix_means, helix_sums
from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath
from eddysky.simulator.flow.fields import VelocityField, along
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.frames import field_axes, from_field_axes
from eddysky.simulator.sky.harmonics import GUARD, Multipoles, cross_power, dipole_alm, truncated
from eddysky.simulator.transport.blocks import mapped
from eddysky.simulator.transport.expected_isotropic import sum_parts
from eddysky.simulator.transport.gyration_nodes import (
    MOST_TERMS,
    NEGLECTED,
    ROUNDING,
    bessel_ends,
    path_nodes,
    path_rate,
    polar_nodes,
    polar_nodes_needed,
)
from eddysky.simulator.transport.regular import flow_parts, regular_sky
from eddysky.simulator.transport.response import geometric

__all__ = ["HelicalSky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
Integers = NDArray[np.int64]

# Numbers of nodes in μ: multiples of the directions in a block, in steps of about a quarter.
POLAR_SIZES = [gyration.LANES]
while POLAR_SIZES[-1] < 1 << 20:
    blocks = POLAR_SIZES[-1] // gyration.LANES
    POLAR_SIZES.append(max(blocks + 1, 5 * blocks // 4) * gyration.LANES)
# Frequencies along the path for which nodes are made.
RATES = [1.25**step for step in range(80)]
# Nodes along the helix that one task sums.
GROUP = 8192
# Cost in nanoseconds of a block of directions for a wave: constant part, a term, and a product of two; and of a node
# along the helix: constant part, a multipole, and an a_ℓm.
SERIES_COST = (700.0, 100.0, 5.4)
HELIX_COST = (100.0, 30.0, 3.0)


@dataclass(frozen=True, slots=True)
class HelicalSky:
    """Expected skies of helical transport, an `ExpectedSky`.

    Parameters
    ----------
    config
        The configuration.
    lmax
        Highest multipole.
    factors
        Of the Legendre functions.
    """

    config: Config
    lmax: int
    factors: Array

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""
        return cls(config, lmax, legendre_factors(lmax))

    def for_realization(self, index: int) -> Self:
        """The same with the magnetic field of a realisation."""
        return replace(self, config=self.config.for_realization(index))

    @property
    def axis(self) -> Array:
        """Axis of right-handed gyration, backward in time: b, or −b for negative charges. Shape (3,)."""
        field = self.config.field_direction
        assert field is not None
        return np.asarray(math.copysign(1.0, self.config.larmor_radius) * field)

    @property
    def turns(self) -> float:
        """Mean free path over Larmor radius, positive."""
        return self.config.mean_free_path / abs(self.config.larmor_radius)

    @property
    def order(self) -> int:
        """Order of the Erlang law, 1 for exponential paths."""
        law = self.config.transport.law
        assert isinstance(law, ErlangPath)
        return law.order

    def multipoles(self, flow: VelocityField, keep_alm: bool, threads: int) -> Multipoles:
        """Multipoles of the sky of a flow, a sum of modes and a regular flow."""
        alm = self.alm(flow, threads)
        mean = float(alm[0].real / math.sqrt(4 * math.pi))
        power = cross_power(alm, alm, self.lmax)
        return Multipoles(power, mean, None, alm[None] if keep_alm else None)

    def alm(self, flow: VelocityField, threads: int) -> Alm:
        """a_ℓm about equatorial axes, m by m, of the sky of a flow."""
        modes, regular = flow_parts(flow)
        total = regular_sky(self.config, regular, self.lmax)
        if modes is None or not self.config.turbulent:
            return total
        shift = self.config.momentum_index / self.config.particle_speed
        waves = self.waves(modes)
        alm = self.sky(waves, self.by_series(waves), threads)
        total += shift * from_field_axes(alm, self.lmax, self.axis)
        if self.config.sky.frame == "observer":
            total += dipole_alm(shift * np.sum(modes.cosines, axis=0), self.lmax)
        return total

    def waves(self, modes: Modes) -> Array:
        """Waves (n, WAVE) in the units of the kernels, about the axis of gyration, with c = 0."""
        axes, path = field_axes(self.axis), self.config.mean_free_path
        k, a, b = (
            [along(vectors, axis) for axis in axes]
            for vectors in (path * modes.wavevectors, modes.cosines, modes.sines)
        )
        across = np.sqrt(k[0] ** 2 + k[1] ** 2)
        # Any direction will do for waves along the field.
        some = across > 0
        cosine = np.divide(k[0], across, out=np.ones_like(across), where=some)
        sine = np.divide(k[1], across, out=np.zeros_like(across), where=some)
        rows = [k[2], across / self.turns, cosine, sine]
        for sign, (x, y, z) in ((1, a), (-1, b)):
            rows += [sign * z, sign * (cosine * x + sine * y), sign * (cosine * y - sine * x)]
        none = np.zeros_like(across)
        return np.stack(
            [*rows[:4], *(rows[4 + i % 2 * 3 + i // 2] for i in range(6)), none, none], axis=1
        )

    def sizes(self, waves: Array) -> Integers:
        """Indices in `POLAR_SIZES` of the nodes in μ that waves need, shape (n,)."""
        needed = polar_nodes_needed(self.order, self.lmax, np.abs(waves[:, 0]), waves[:, 1])
        return np.searchsorted(POLAR_SIZES, needed)

    def rates(self, waves: Array) -> Integers:
        """Indices in `RATES` of the frequencies of waves along the path, shape (n,)."""
        rate = path_rate(self.turns, np.abs(waves[:, 0]), waves[:, 1])
        return np.searchsorted(RATES, rate)

    def path(self, rate: int) -> Array:
        """Nodes along the path for frequencies up to `RATES[rate]`."""
        least = min(1.0, self.config.flow_spectrum.k_min * self.config.mean_free_path)
        return path_nodes(self.order, self.turns, RATES[rate], NEGLECTED * least)

    def by_series(self, waves: Array) -> NDArray[np.bool_]:
        """Waves for which the series costs less than the quadrature along the helix, shape (n,)."""
        terms = 2 * np.searchsorted(bessel_ends(NEGLECTED), waves[:, 1]) + 5
        orders = np.minimum(self.lmax + 1, terms)
        products = orders * (terms - 0.5 * orders)
        blocks = np.array(POLAR_SIZES)[self.sizes(waves)] // gyration.LANES
        constant, term, product = SERIES_COST
        series = blocks * (constant + term * terms + product * products)
        found, place = np.unique(self.rates(waves), return_inverse=True)
        nodes = np.array([self.path(rate).shape[1] for rate in found.tolist()])[place]
        constant, multipole, each = HELIX_COST
        helix = nodes * (constant + multipole * self.lmax + each * alm_size(self.lmax))
        return np.asarray((series < helix) & (terms < MOST_TERMS))

    def sky(self, waves: Array, series: NDArray[np.bool_], threads: int) -> Alm:
        """a_ℓm about the axis of gyration, D/v = 1, in the fluid frame.

        Parameters
        ----------
        waves
            From `waves`.
        series
            Whether each is summed by the series; else along the helix.
        threads
            Threads to use; the result does not depend on it.
        """
        polar = grouped(self.sizes(waves), series)
        paths = [
            (rate, part)
            for rate, indices in grouped(self.rates(waves), ~series)
            for part in np.array_split(
                indices, -(-len(indices) * self.path(rate).shape[1] // GROUP)
            )
        ]
        if self.config.transport.scattering_count > 1:
            waves = self.heated(waves, polar, paths, threads)
        total = self.series_sum(waves, polar, threads)
        rest = waves[~series]
        total[0] += math.sqrt(4 * math.pi) * np.sum(rest[:, 10])
        x, y = rest[:, 6] * rest[:, 2] - rest[:, 8] * rest[:, 3], rest[:, 6] * rest[:, 3] + rest[:, 8] * rest[:, 2]  # fmt: skip
        total -= dipole_alm(np.array([np.sum(x), np.sum(y), np.sum(rest[:, 4])]), self.lmax)

        def along_helix(item: tuple[int, Integers]) -> Alm:
            rate, indices = item
            sums = np.zeros((2, alm_size(self.lmax), 8))
            helix_sums(waves[indices], self.turns, self.path(rate), self.lmax, self.factors, sums)
            real, imaginary = 4 * math.pi * sum_parts(sums)
            return np.asarray(real + 1j * imaginary)

        for alm in mapped(along_helix, paths, threads):
            total += alm
        return total

    def series_sum(self, waves: Array, polar: list[tuple[int, Integers]], threads: int) -> Alm:
        """a_ℓm of the waves with these indices for each of the `POLAR_SIZES`, as in `sky`."""
        half = gyration.LANES // 2
        starts, ends = bessel_ends(ROUNDING), bessel_ends(NEGLECTED)
        chosen = {size: waves[indices] for size, indices in polar}
        blocks = [
            (size, start) for size in chosen for start in range(0, POLAR_SIZES[size] // 2, half)
        ]
        highest = self.lmax + GUARD
        total = np.zeros(alm_size(self.lmax), dtype=np.complex128)

        def block(item: tuple[int, int]) -> Array:
            size, start = item
            nodes, sums = (
                polar_nodes(POLAR_SIZES[size]),
                np.zeros(2 * gyration.LANES * (self.lmax + 1)),
            )
            part = slice(start, start + half)
            gyration_sums(
                nodes.mu[part],
                nodes.sine[part],
                chosen[size],
                self.turns,
                self.order,
                starts,
                ends,
                sums,
            )
            return sums.reshape(self.lmax + 1, 2, 2, half)

        legs = {
            size: np.zeros((1, POLAR_SIZES[size], highest + 1), dtype=np.complex128)
            for size in chosen
        }
        for (size, start), sums in zip(blocks, mapped(block, blocks, threads), strict=True):
            north = np.arange(start, start + half)
            for rows, side in ((north, 0), (-1 - north, 1)):
                legs[size][0, rows, : self.lmax + 1] = (sums[:, 0, side] + 1j * sums[:, 1, side]).T
        for size, leg in legs.items():
            nodes = polar_nodes(POLAR_SIZES[size])
            leg *= nodes.weights[:, None]
            alm = ducc0.sht.leg2alm(leg=leg, spin=0, lmax=highest, theta=nodes.theta, nthreads=1)[0]
            total += truncated(alm, highest, self.lmax)
        return total

    def heated(
        self,
        waves: Array,
        polar: list[tuple[int, Integers]],
        paths: list[tuple[int, Integers]],
        threads: int,
    ) -> Array:
        """The waves with the heating c at all earlier scatterings."""
        half = gyration.LANES // 2
        starts, ends = bessel_ends(ROUNDING), bessel_ends(NEGLECTED)
        result, means = waves.copy(), np.zeros((len(waves), 3))

        def over_sphere(item: tuple[int, Integers]) -> Array:
            size, indices = item
            nodes, sums = polar_nodes(POLAR_SIZES[size]), np.zeros((len(indices), 3))
            weights = nodes.weights / (4 * math.pi)
            for start in range(0, POLAR_SIZES[size] // 2, half):
                part = slice(start, start + half)
                gyration_means(
                    nodes.mu[part], nodes.sine[part], weights[part], waves[indices], self.turns, self.order, starts,
                    ends, sums,
                )  # fmt: skip
            return sums

        def along_helix(item: tuple[int, Integers]) -> Array:
            rate, indices = item
            sums = np.zeros((len(indices), 3))
            helix_means(waves[indices], self.turns, self.path(rate), sums)
            return sums

        parts = [
            (size, some)
            for size, indices in polar
            for some in np.array_split(indices, -(-len(indices) // 64))
        ]
        for items, function in ((parts, over_sphere), (paths, along_helix)):
            for (_, indices), sums in zip(items, mapped(function, items, threads), strict=True):
                means[indices] = sums
        real, imaginary, missing = means.T
        count = self.config.transport.scattering_count
        chain = 1 / missing if math.isinf(count) else geometric(1 - missing, int(count) - 1)[0]
        result[:, 10], result[:, 11] = real * chain, imaginary * chain
        return result


def grouped(keys: Integers, some: NDArray[np.bool_]) -> list[tuple[int, Integers]]:
    """Keys, ascending, and for each the indices of those of `some` that have it."""
    return [
        (int(key), np.flatnonzero(some & (keys == key))) for key in np.unique(keys[some]).tolist()
    ]
