"""One realisation from top to bottom: draw a flow, back-track, make the sky and its power spectrum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.flow.field_aligned import FieldAligned, FieldAlignedModes
from eddysky.simulator.flow.fields import RegularFlow, Superposition, VelocityField, along
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.flow.taylor import TaylorModes
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.outside import measure
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.sky.frames import from_field_frame, to_field_frame
from eddysky.simulator.sky.grids import (
    AntipodalGrid,
    GaussLegendreGrid,
    ZonalGrid,
    healpix_grid,
    highest_multipole,
)
from eddysky.simulator.sky.harmonics import cross_power, dipole_alm, particle_alm
from eddysky.simulator.sky.pixels import PixelSums, Sky
from eddysky.simulator.sky.rings import healpix_rings
from eddysky.simulator.transport.backtracking import backtrack, directional_intensity
from eddysky.simulator.transport.banded_flow import BandedFlow, begins_with_modes
from eddysky.simulator.transport.bands import Bands
from eddysky.simulator.transport.blocks import mapped

__all__ = ["Setup", "observe", "realize"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Particles are worked through in blocks of a constant size, so results do not depend on the threads.
PARTICLE_BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Setup:
    """What all realisations of a configuration share."""

    config: Config
    power_grid: GaussLegendreGrid | ZonalGrid | None
    map_grid: AntipodalGrid | None
    bands: Bands | None = None

    @classmethod
    def of(cls, config: Config, *, maps: bool = True) -> Setup:
        """Prepare the grids of directions; random sampling needs none, and without maps no pixels."""
        if config.sampling != "pixel-centre":
            return cls(config, None, None)
        band = config.flow_spectrum.k_max * config.mean_free_path if config.turbulent else 0.0
        content = highest_multipole(band)
        if config.flow.taylor_order is not None:
            # n·u is of one degree more than u.
            content = min(content, config.flow.taylor_order + 1)
        # A uniform velocity gradient makes a quadrupole; everything else regular is a dipole.
        content = max(2, content)
        grid: GaussLegendreGrid | ZonalGrid
        bands = bands_for(config) if config.magnetic_field is None else None
        if config.magnetic_field is not None:
            grid = ZonalGrid.for_multipoles(config.lmax, content)
        elif bands is not None:
            grid = bands.grid
        else:
            grid = GaussLegendreGrid.for_multipoles(config.lmax, content)
        return cls(config, grid, healpix_grid(config.sky.nside) if maps else None, bands)

    def flow(self, index: int) -> VelocityField:
        """The flow of a realisation: its turbulence on top of the regular flow [km/s].

        With parallel transport it is the field-aligned part, given on the field line alone.
        """
        config = self.config.of_realization(index)
        flow, ensemble = config.flow, config.ensemble
        regular = RegularFlow(np.array(flow.mean_velocity), np.array(flow.velocity_gradient))
        field = config.field_direction
        background = regular if field is None else FieldAligned(regular, field)
        if not config.turbulent:
            return background
        modes = draw_modes(
            config.flow_spectrum,
            config.transverse_fraction,
            flow.modes,
            flow.amplitudes,
            ensemble.seed,
            index,
            flow.precision,
        )
        turbulence: VelocityField
        if flow.taylor_order is not None:
            expansion = TaylorModes(modes, flow.taylor_order)
            turbulence = expansion if field is None else FieldAligned(expansion, field)
        else:
            turbulence = modes if field is None else FieldAlignedModes.of(modes, field)
        still = not (np.any(regular.mean) or np.any(regular.gradient))
        return Superposition((turbulence,) if still else (turbulence, background))


def bands_for(config: Config) -> Bands | None:
    """The bands of a configuration with isotropic transport, where it asks for them or they save time."""
    flow, lmax, evaluation = config.flow, config.lmax, config.sky.evaluation
    if evaluation == "direct" or not config.turbulent or flow.taylor_order is not None:
        return None
    always = evaluation == "bands"
    bands = Bands.of(config.flow_spectrum, flow.modes, config.mean_free_path, lmax, always=always)
    return bands if always or bands.long else None


def realize(
    setup: Setup,
    index: int,
    *,
    keep_map: bool = False,
    keep_alm: bool = False,
    columns: Sequence[Column] = (),
    threads: int = 1,
) -> Realization:
    """Simulate one realisation; a pure function of configuration and index.

    Parameters
    ----------
    setup
        From `Setup.of`.
    index
        Number of the realisation.
    keep_map
        Whether to make the HEALPix map besides the power spectrum.
    keep_alm
        Whether to give the a_ℓm.
    columns
        Columns to measure besides.
    threads
        Threads to use; the result does not depend on it.
    """
    flow = setup.flow(index)
    measuring = bool(columns)
    made = observe(
        setup, flow, index, keep_map=keep_map, keep_alm=keep_alm or measuring, threads=threads
    )
    if not measuring:
        return made
    made = measure(columns, setup.config.of_realization(index), flow, made)
    return made if keep_alm else replace(made, alm=None)


def observe(
    setup: Setup,
    flow: VelocityField,
    index: int,
    *,
    keep_map: bool = False,
    keep_alm: bool = False,
    threads: int = 1,
) -> Realization:
    """Simulate the sky of any flow; `index` names the random streams of particles, the rest is as in `realize`."""
    if setup.config.sampling != "pixel-centre":
        config = setup.config.of_realization(index)
        made = random_arrivals(config, flow, index, keep_map, threads)
    elif isinstance(setup.power_grid, ZonalGrid):
        made = field_aligned_sky(setup, flow, index, keep_map, threads)
    elif setup.bands is not None and begins_with_modes(flow):
        made = banded_sky(setup, setup.bands, flow, index, keep_map, threads)
    else:
        made = pixel_centres(setup, flow, index, keep_map, threads)
    return made if keep_alm else replace(made, alm=None)


def pixel_centres(
    setup: Setup, flow: VelocityField, index: int, keep_map: bool, threads: int
) -> Realization:
    """Fixed paths and one scattering: intensity is a function of direction, evaluated where needed.

    The power spectrum comes from a Gauss–Legendre grid, which integrates it exactly; pixel centres of a
    HEALPix map would not.
    """
    config, grid = setup.config, setup.power_grid
    assert isinstance(grid, GaussLegendreGrid)
    alm = grid.analyse(directional_intensity(config, flow, grid.points, threads), config.lmax)
    mean = float(alm[0].real / math.sqrt(4 * math.pi))
    sky = map_at_centres(setup, config, flow, mean, threads) if keep_map else None
    return Realization(index, cross_power(alm, alm, config.lmax), mean, sky, alm=alm[None])


def banded_sky(
    setup: Setup, bands: Bands, flow: VelocityField, index: int, keep_map: bool, threads: int
) -> Realization:
    """The same sky, with the long waves of the flow summed on coarser grids."""
    config, grid = setup.config, bands.grid
    banded = BandedFlow.of(config, bands, flow, threads)
    alm = grid.analyse(banded.intensity(grid.points, grid.rings, threads), config.lmax)
    mean = float(alm[0].real / math.sqrt(4 * math.pi))
    sky = None
    if keep_map:
        assert setup.map_grid is not None
        rings = healpix_rings(config.sky.nside)
        sky = Sky(banded.intensity(setup.map_grid, rings, threads) - mean)
    return Realization(index, cross_power(alm, alm, config.lmax), mean, sky, alm=alm[None])


def field_aligned_sky(
    setup: Setup, flow: VelocityField, index: int, keep_map: bool, threads: int
) -> Realization:
    """The same with parallel transport: intensity depends on the pitch angle alone (ZL25 Eq. 1)."""
    config, grid = setup.config.of_realization(index), setup.power_grid
    field, lmax = config.field_direction, config.lmax
    assert isinstance(grid, ZonalGrid)
    assert field is not None
    zonal = grid.analyse(directional_intensity(config, flow, grid.points(field), threads))
    power = zonal**2 / (2 * np.arange(lmax + 1) + 1)
    mean = float(zonal[0] / math.sqrt(4 * math.pi))
    sky = map_at_centres(setup, config, flow, mean, threads) if keep_map else None
    return Realization(
        index, power, mean, sky, zonal=zonal[None], alm=from_field_frame(zonal, field)[None]
    )


def map_at_centres(
    setup: Setup, config: Config, flow: VelocityField, mean: float, threads: int
) -> Sky:
    """HEALPix map of the intensity above its mean."""
    assert setup.map_grid is not None
    return Sky(directional_intensity(config, flow, setup.map_grid, threads) - mean)


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
    field = config.field_direction
    known = config.mean_free_path * (gradient if field is None else gradient @ field * field)
    if config.sky.frame == "observer":
        flow_here = flow.velocity(np.zeros((1, 3)))[0]
        known = known + config.momentum_index / config.particle_speed * flow_here

    def block(rows: range) -> tuple[list[Alm], Array, Array]:
        arrivals, intensity = backtrack(config, flow, index, rows.start, len(rows))
        remainder = intensity - along(arrivals.directions, known)
        angles = arrivals.angles
        parts = [particle_alm(remainder[half::2], angles[half::2], lmax) for half in (0, 1)]
        return parts, angles, intensity

    starts = range(0, particles, PARTICLE_BLOCK)
    blocks = [range(start, min(start + PARTICLE_BLOCK, particles)) for start in starts]
    sums = [np.zeros((lmax + 1) * (lmax + 2) // 2, dtype=np.complex128) for _ in range(2)]
    pixels = PixelSums.empty(config.sky.nside) if keep_map else None
    total = 0.0
    for parts, angles, intensity in mapped(block, blocks, threads):
        for running, part in zip(sums, parts, strict=True):
            running += part
        total += float(np.sum(intensity))
        if pixels is not None:
            pixels.add(angles, intensity)
    sizes = [particles - particles // 2, particles // 2]
    halves = [
        4 * math.pi / size * running + dipole_alm(known, lmax)
        for size, running in zip(sizes, sums, strict=True)
    ]
    zonal = None
    if field is not None:
        zonal = np.array([to_field_frame(half, lmax, field)[: lmax + 1].real for half in halves])
    mean = total / particles
    sky = pixels.sky(mean) if pixels is not None else None
    power = cross_power(halves[0], halves[1], lmax)
    noise = shot_noise(halves[0], halves[1], lmax)
    return Realization(index, power, mean, sky, noise, zonal, np.array(halves))


def shot_noise(first: Alm, second: Alm, lmax: int) -> Array:
    """Power of the shot noise in the sky of all particles, ℓ = 0…lmax: a quarter of that of the halves' difference.

    The halves show the same flow with independent noise, so the flow drops out of their difference.
    """
    half = 0.5 * (first - second)
    return cross_power(half, half, lmax)
