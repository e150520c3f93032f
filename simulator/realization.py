"""One realisation from top to bottom: draw a flow, back-track, make the sky and its power spectrum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.tracking import fly, launch, scatter, weigh
from eddysky.simulator.config import Config
from eddysky.simulator.flow import RegularFlow, Superposition, VelocityField, along
from eddysky.simulator.grids import (
    AntipodalGrid,
    GaussLegendreGrid,
    healpix_grid,
    highest_multipole,
)
from eddysky.simulator.harmonics import cross_power, dipole_alm, particle_alm
from eddysky.simulator.modes import draw_modes
from eddysky.simulator.quantities import SPEED_OF_LIGHT
from eddysky.simulator.sky import PixelSums, Sky

__all__ = ["Realization", "Setup", "realize"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Particles and directions are worked through in blocks of these sizes. The sizes are constants, so results
# are the same bits for any number of threads.
PARTICLE_BLOCK = 1 << 16
DIRECTION_BLOCK = 1 << 12


@dataclass(frozen=True, slots=True)
class Realization:
    """What one realisation leaves behind.

    Parameters
    ----------
    index
        Its global number, which names its random streams.
    power
        C_ℓ of δf/f, ℓ = 0…lmax; ℓ = 0 is 4π mean², with random sampling from the means of both halves.
    mean
        ⟨I⟩ over all directions, the local compression.
    sky
        The map, if it was asked for.
    """

    index: int
    power: Array
    mean: float
    sky: Sky | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What all realisations of a configuration share."""

    config: Config
    power_grid: GaussLegendreGrid | None
    map_grid: AntipodalGrid | None

    @classmethod
    def of(cls, config: Config) -> Setup:
        """Prepare the grids of directions; random sampling needs none."""
        if config.sampling == "random":
            return cls(config, None, None)
        band = config.flow_spectrum.k_max * config.mean_free_path if config.turbulent else 0.0
        # A uniform velocity gradient makes a quadrupole; everything else regular is a dipole.
        content = max(2, highest_multipole(band))
        return cls(
            config,
            GaussLegendreGrid.for_multipoles(config.lmax, content),
            healpix_grid(config.sky.nside),
        )

    def flow(self, index: int) -> VelocityField:
        """The flow of a realisation: its turbulence on top of the regular flow [km/s]."""
        flow, ensemble = self.config.flow, self.config.ensemble
        regular = RegularFlow(np.array(flow.mean_velocity), np.array(flow.velocity_gradient))
        if not self.config.turbulent:
            return regular
        modes = draw_modes(
            self.config.flow_spectrum,
            flow.transverse_fraction,
            flow.modes,
            flow.amplitudes,
            ensemble.seed,
            index,
        )
        return Superposition((modes, regular))


def realize(setup: Setup, index: int, *, keep_map: bool = False, threads: int = 1) -> Realization:
    """Simulate one realisation; a pure function of configuration and index.

    Parameters
    ----------
    setup
        From `Setup.of`.
    index
        Number of the realisation.
    keep_map
        Whether to make the HEALPix map besides the power spectrum.
    threads
        Threads to use; the result does not depend on it.
    """
    flow = setup.flow(index)
    if setup.config.sampling == "random":
        return random_arrivals(setup.config, flow, index, keep_map, threads)
    return pixel_centres(setup, flow, index, keep_map, threads)


def pixel_centres(
    setup: Setup, flow: VelocityField, index: int, keep_map: bool, threads: int
) -> Realization:
    """Fixed paths and one scattering: intensity is a function of direction, evaluated where needed.

    The power spectrum comes from a Gauss–Legendre grid, which integrates it exactly; pixel centres of a
    HEALPix map would not.
    """
    config, grid = setup.config, setup.power_grid
    assert grid is not None
    assert setup.map_grid is not None
    lmax = config.lmax
    alm = grid.analyse(directional_intensity(config, flow, grid.points, threads), lmax)
    mean = float(alm[0].real / math.sqrt(4 * math.pi))
    sky = None
    if keep_map:
        sky = Sky(directional_intensity(config, flow, setup.map_grid, threads) - mean)
    return Realization(index, cross_power(alm, alm, lmax), mean, sky)


def directional_intensity(
    config: Config, flow: VelocityField, grid: AntipodalGrid, threads: int
) -> Array:
    """I(n) on a grid (N,), from the flow one mean free path away along n (ZL24 Eq. 2, exact boosts)."""
    observer = observer_velocity(config, flow)

    def block(rows: slice) -> tuple[Array, Array]:
        directions = grid.half[rows]
        position = config.mean_free_path * directions
        ahead, behind = flow.velocity_pairs(position)
        energy = np.full(len(directions), arrival_energy(config))
        intensity = np.empty((2, len(directions)))
        for sign, velocity, result in ((1, ahead, intensity[0]), (-1, behind, intensity[1])):
            weigh(
                sign * directions,
                sign * position,
                -sign * directions,
                energy,
                velocity / SPEED_OF_LIGHT,
                energy[0],
                observer / SPEED_OF_LIGHT,
                config.momentum_index,
                np.array(config.transport.density_gradient),
                result,
            )
        return intensity[0], intensity[1]

    starts = range(0, len(grid.half), DIRECTION_BLOCK)
    blocks = [slice(start, start + DIRECTION_BLOCK) for start in starts]
    parts = list(mapped(block, blocks, threads))
    return grid.assemble(
        np.concatenate([plus for plus, _ in parts]), np.concatenate([minus for _, minus in parts])
    )


def random_arrivals(
    config: Config, flow: VelocityField, index: int, keep_map: bool, threads: int
) -> Realization:
    """Particles from random directions; C_ℓ is the cross-spectrum of two independent halves.

    Shot noise is independent in the halves, so it does not bias the cross-spectrum. The dipole that
    observer motion and density gradient make is known beforehand: it is taken off every particle and put
    back exactly, which removes its share of the shot noise.
    """
    particles, lmax = config.particles, config.lmax
    assert particles is not None
    gradient = np.array(config.transport.density_gradient)
    known = config.mean_free_path * gradient
    if config.sky.frame == "observer":
        flow_here = flow.velocity(np.zeros((1, 3)))[0]
        known = known + config.momentum_index / config.particle_speed * flow_here

    def block(rows: range) -> tuple[list[Alm], Array, Array]:
        directions, intensity = backtrack(config, flow, index, rows.start, len(rows))
        remainder = intensity - along(directions, known)
        halves = [particle_alm(remainder[half::2], directions[half::2], lmax) for half in (0, 1)]
        return halves, directions, intensity

    starts = range(0, particles, PARTICLE_BLOCK)
    blocks = [range(start, min(start + PARTICLE_BLOCK, particles)) for start in starts]
    sums = [np.zeros((lmax + 1) * (lmax + 2) // 2, dtype=np.complex128) for _ in range(2)]
    pixels = PixelSums.empty(config.sky.nside) if keep_map else None
    total = 0.0
    for halves, directions, intensity in mapped(block, blocks, threads):
        for running, half in zip(sums, halves, strict=True):
            running += half
        total += float(np.sum(intensity))
        if pixels is not None:
            pixels.add(directions, intensity)
    sizes = [particles - particles // 2, particles // 2]
    first, second = (
        4 * math.pi / size * running + dipole_alm(known, lmax)
        for size, running in zip(sizes, sums, strict=True)
    )
    mean = total / particles
    sky = pixels.sky(mean) if pixels is not None else None
    return Realization(index, cross_power(first, second, lmax), mean, sky)


def backtrack(
    config: Config, flow: VelocityField, index: int, first: int, count: int
) -> tuple[Array, Array]:
    """Follow `count` particles, numbered from `first`, back to their last scattering.

    Returns
    -------
    directions, intensity
        Arrival directions (count, 3) and relative intensities (count,).
    """
    stream = (config.ensemble.seed, index, first)
    directions = np.empty((count, 3))
    launch(directions, *stream)
    position, momentum = np.zeros((count, 3)), -directions
    energy = np.full(count, arrival_energy(config))
    intensity = np.empty(count)
    for step in range(config.transport.scatterings):
        fly(position, momentum, config.mean_free_path, config.path_order, *stream, step)
        velocity = flow.velocity(position) / SPEED_OF_LIGHT
        if step < config.transport.scatterings - 1:
            scatter(momentum, energy, velocity, *stream, step)
    weigh(
        directions,
        position,
        momentum,
        energy,
        velocity,
        arrival_energy(config),
        observer_velocity(config, flow) / SPEED_OF_LIGHT,
        config.momentum_index,
        np.array(config.transport.density_gradient),
        intensity,
    )
    return directions, intensity


def arrival_energy(config: Config) -> float:
    """E/pc of the arriving particle."""
    return SPEED_OF_LIGHT / config.particle_speed


def observer_velocity(config: Config, flow: VelocityField) -> Array:
    """Velocity (3,) [km/s] of the frame in which the observer measures momenta."""
    if config.sky.frame == "observer":
        return np.zeros(3)
    velocity: Array = flow.velocity(np.zeros((1, 3)))[0]
    return velocity


def mapped(function: Any, blocks: list[Any], threads: int) -> Iterator[Any]:
    """Results for all blocks, in order, of which at most a few are under way or waiting at a time."""
    if threads == 1 or len(blocks) == 1:
        yield from map(function, blocks)
        return
    with ThreadPoolExecutor(threads) as pool:
        group = 4 * threads
        for start in range(0, len(blocks), group):
            yield from pool.map(function, blocks[start : start + group])
