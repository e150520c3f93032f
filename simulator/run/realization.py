"""One realisation: draw a flow, back-track particles, and compute the power spectrum and the map of the sky."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.flow.axisymmetric import draw_axisymmetric_modes
from eddysky.simulator.flow.fields import (
    PairedField,
    RegularFlow,
    Superposition,
    VelocityField,
    along,
    with_pairs,
)
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.flow.taylor import TaylorModes
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.outside_columns import measure
from eddysky.simulator.results.partial_sums import ParticleSums, SavedSums
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.outside_fields import Fields
from eddysky.simulator.sky.grids import AntipodalGrid, healpix_grid, sky_content
from eddysky.simulator.sky.harmonics import cross_power, dipole_alm, particle_alm
from eddysky.simulator.sky.pixels import Sky, map_lmax, pixel_means
from eddysky.simulator.transport import orbits, work
from eddysky.simulator.transport.backtracking import Arrivals, backtrack, known_dipole
from eddysky.simulator.transport.blocks import mapped
from eddysky.simulator.transport.expected import ExpectedSky, expected_sky
from eddysky.simulator.transport.model import (
    BoostModel,
    TransportModel,
    WorkModel,
    transport_model,
)
from eddysky.simulator.transport.walk import walk

__all__ = ["Setup", "block_size", "observe", "realize"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
# Of a flow, the realisation's index, the number of the first particle and that of all: arrivals and intensities.
Follow = Callable[[PairedField, int, int, int], tuple[Arrivals, Array]]

# Particles are processed in blocks of a fixed size, so that results do not depend on the number of threads.
PARTICLE_BLOCK = 1 << 17
# Orbits take so long that threads share fewer.
ORBIT_BLOCK = 1 << 13


@dataclass(frozen=True, slots=True)
class Setup:
    """Data shared by all realisations of a configuration.

    Parameters
    ----------
    config
        The configuration.
    model
        The transport model, with the grid of directions for the power spectrum.
    map_grid
        Pixel centres; None without maps, or where maps are means over pixels.
    expected, expected_map
        Expected skies for the power spectrum, and for maps, else None.
    fields
        Function that returns the velocity field of each realisation, or None for the configured turbulence.
    k_max
        Highest wavenumber of `fields` for which the grids were made [1/pc]; None where they do not depend on it.
    """

    config: Config
    model: TransportModel
    map_grid: AntipodalGrid | None = None
    fields: Fields | None = None
    k_max: float | None = None
    expected: ExpectedSky | None = None
    expected_map: ExpectedSky | None = None

    @classmethod
    def from_config(
        cls, config: Config, *, maps: bool = True, fields: Fields | None = None
    ) -> Setup:
        """Prepare the grids of directions for pixel centres, or the responses for expected skies.

        Parameters
        ----------
        config
            The configuration.
        maps
            Whether maps will be made.
        fields
            Velocity field of each realisation instead of the configured turbulence. The shared grids suit the k_max of
            realisation 0; a realisation with another k_max gets its own grid.
        """
        if config.sampling == "expected":
            expected = expected_sky(config, config.lmax)
            detail = expected_sky(config, map_lmax(config.sky.nside)) if maps else None
            model = transport_model(config)
            return cls(config, model, expected=expected, expected_map=detail)
        if config.particles_drawn:
            return cls(config, transport_model(config), fields=fields)
        k_max = None if fields is None else fields(0).k_max
        grid = healpix_grid(config.sky.nside) if maps else None
        return cls(config, transport_model(config, k_max), grid, fields, k_max)

    def model_for(self, index: int, flow: VelocityField) -> TransportModel:
        """Transport model of a realisation, with a grid for the k_max of its flow."""
        model = self.model
        if self.k_max is not None:
            needed = sky_content(self.config, flow.k_max)
            if needed != sky_content(self.config, self.k_max):
                model = transport_model(self.config, flow.k_max)
        return model.for_realization(index)

    def flow(self, index: int) -> PairedField:
        """The flow of a realisation: its turbulence on top of the regular flow [km/s]."""
        flow = self.config.flow
        regular = RegularFlow(np.array(flow.mean_velocity), np.array(flow.velocity_gradient))
        turbulence = self._turbulence(index)
        if turbulence is None:
            return regular
        still = not (np.any(regular.mean) or np.any(regular.gradient))
        return Superposition((turbulence,) if still else (turbulence, regular))

    def _turbulence(self, index: int) -> PairedField | None:
        """The given velocity field, else the configured modes, else None."""
        config, flow = self.config, self.config.flow
        if self.fields is not None:
            return self.fields(index)
        if not config.turbulent:
            return None
        streams = (flow.modes, flow.amplitudes, config.ensemble.seed, index)
        if config.axisymmetric_flow:
            field = config.for_realization(index).field_direction
            assert field is not None
            parts = config.turbulent_parts
            return draw_axisymmetric_modes(config.flow_spectrum, parts, field, *streams)
        modes = draw_modes(config.flow_spectrum, config.transverse_fraction, *streams)
        return modes if flow.taylor_order is None else TaylorModes(modes, flow.taylor_order)


def realize(
    setup: Setup,
    index: int,
    *,
    keep_map: bool = False,
    keep_alm: bool = False,
    columns: Sequence[Column] = (),
    threads: int = 1,
    sums: SavedSums | None = None,
) -> Realization:
    """Simulate one realisation; a pure function of configuration and index.

    Parameters
    ----------
    setup
        From `Setup.from_config`.
    index
        Number of the realisation.
    keep_map
        Whether to make the HEALPix map besides the power spectrum.
    keep_alm
        Whether to return the a_ℓm.
    columns
        Outside columns to measure.
    threads
        Threads to use; the result does not depend on it.
    sums
        Sums over the particles, from which to continue and where to save them.
    """
    flow = setup.flow(index)
    needed = keep_alm or bool(columns)
    made = observe(
        setup, flow, index, keep_map=keep_map, keep_alm=needed, threads=threads, sums=sums
    )
    if columns:
        made = measure(columns, setup.config.for_realization(index), flow, made)
    return made if keep_alm else replace(made, alm=None)


def observe(
    setup: Setup,
    flow: VelocityField,
    index: int,
    *,
    keep_map: bool = False,
    keep_alm: bool = False,
    threads: int = 1,
    sums: SavedSums | None = None,
) -> Realization:
    """Simulate the sky of any flow; `index` selects the random streams of the particles, the rest is as in `realize`.

    Without `fields` the grids are those of `setup`, which resolve the multipoles of the configured flow only.
    """
    if setup.expected is not None:
        expected = setup.expected.for_realization(index)
        power, mean, zonal, alm = expected.multipoles(flow, keep_alm, threads)
        sky = None
        if keep_map:
            assert setup.expected_map is not None
            detail = setup.expected_map.for_realization(index)
            sky = Sky(pixel_means(detail.alm(flow, threads), setup.config.sky.nside))
        return Realization(index, power, mean, sky, zonal=zonal, alm=alm)
    model = setup.model_for(index, flow)
    felt = model.felt_flow(with_pairs(flow))
    if setup.config.particles_drawn:
        return random_arrivals(model, felt, index, keep_map, keep_alm, threads, sums)
    fixed = cast("BoostModel", model)
    intensity = fixed.intensity(felt, threads)
    power, mean, zonal, alm = fixed.multipoles(intensity(fixed.points), keep_alm)
    sky = None
    if keep_map:
        assert setup.map_grid is not None
        sky = Sky(intensity(setup.map_grid) - mean)
    return Realization(index, power, mean, sky, zonal=zonal, alm=alm)


def particles_of(model: TransportModel) -> Follow:
    """What follows the particles of a transport model."""
    config = model.config
    if config.sampling == "orbits":
        return partial(orbits.follow, model)
    if config.transport.mode in ("drift-kinetic", "helical"):
        return partial(work.follow, cast("WorkModel", model))
    walking = isinstance(config.transport.collisions, SmallAngle)
    return partial(walk if walking else backtrack, cast("BoostModel", model))


def random_arrivals(
    model: TransportModel,
    flow: PairedField,
    index: int,
    keep_map: bool,
    keep_alm: bool,
    threads: int,
    saved: SavedSums | None = None,
) -> Realization:
    """Particles from random directions; C_ℓ is the cross-spectrum of two independent halves.

    Shot noise is independent in the halves, so it does not bias the cross-spectrum. The dipole of observer motion
    and density gradient is known exactly: it is subtracted from every particle and added to the a_ℓm, which removes
    its contribution to the shot noise.
    """
    config = model.config
    particles, lmax = config.particles, config.lmax
    assert particles is not None
    known, follow = known_dipole(model, flow), particles_of(model)

    def block(rows: range) -> tuple[range, tuple[list[Alm], Array, Array]]:
        arrivals, intensity = follow(flow, index, rows.start, len(rows))
        remainder = intensity - along(arrivals.directions, known)
        angles = arrivals.angles
        parts = [particle_alm(remainder[half::2], angles[half::2], lmax) for half in (0, 1)]
        return rows, (parts, angles, intensity)

    size = block_size(config)
    sums = saved.sums if saved is not None else ParticleSums.empty(config, keep_map)
    starts = range(sums.count, particles, size)
    blocks = (range(start, min(start + size, particles)) for start in starts)
    for rows, (parts, angles, intensity) in mapped(block, blocks, threads):
        with saved.adding() if saved is not None else nullcontext():
            sums.count = rows.stop
            sums.alm += parts
            sums.total += np.sum(intensity)
            if sums.pixels is not None:
                sums.pixels.add(angles, intensity)
    sizes = [particles - particles // 2, particles // 2]
    halves = [
        4 * math.pi / size * running + dipole_alm(known, lmax)
        for size, running in zip(sizes, sums.alm, strict=True)
    ]
    mean = float(sums.total[0]) / particles
    sky = sums.pixels.sky(mean) if sums.pixels is not None else None
    power = cross_power(halves[0], halves[1], lmax)
    noise = shot_noise(halves[0], halves[1], lmax)
    alm = np.array(halves) if keep_alm else None
    return Realization(index, power, mean, sky, noise, model.zonal(halves), alm)


def block_size(config: Config) -> int:
    """Number of particles that are followed and summed at a time."""
    return ORBIT_BLOCK if config.sampling == "orbits" else PARTICLE_BLOCK


def shot_noise(first: Alm, second: Alm, lmax: int) -> Array:
    """Power of the shot noise in the sky of all particles, ℓ = 0…lmax: a quarter of that of the halves' difference.

    The halves show the same flow with independent noise, so the flow drops out of their difference.
    """
    half = 0.5 * (first - second)
    return cross_power(half, half, lmax)
