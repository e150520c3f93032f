"""Checks of how a sky is computed: the sampling and evaluation that its flow and transport allow, and their cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eddysky.simulator.config.collisions import Bgk, RateTable, SmallAngle
from eddysky.simulator.config.helical_cost import expected_time
from eddysky.simulator.config.memory import MOST_DEPTH, depth_followed
from eddysky.simulator.config.orbit_steps import longest_step
from eddysky.simulator.config.particle_steps import mode_evaluations

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import Config

__all__ = [
    "MAX_EXPECTED_LMAX",
    "check_evaluation",
    "check_expected_time",
    "check_particles",
    "check_rigidities",
    "check_sampling",
]

# The Legendre functions of the expected sky would underflow beyond.
MAX_EXPECTED_LMAX = 3500
# Time of an expected sky of helical transport [s], of one processor core.
MOST_TIME = 1000.0
# Evaluations of modes a realisation: some hours of one processor core.
MOST_EVALUATIONS = 1e13


def check_sampling(config: Config) -> None:
    """Refuse ways of sampling the sky that its transport does not have, and numbers of particles not drawn."""
    sampling, transport = config.sampling, config.transport
    given = f'sky.sampling = "{sampling}"'
    if sampling == "pixel-centre" and transport.deterministic and not config.deterministic:
        raise ValueError(
            f"{given}: not with cosmic_rays.energy_response or composition, whose particles come from many places; "
            'use sky.sampling = "expected", or "random"'
        )
    if sampling == "pixel-centre" and not config.deterministic:
        raise ValueError(
            f'{given}: needs transport.free_path = "fixed" and transport.scatterings = 1; '
            'use sky.sampling = "expected", or "random"'
        )
    if sampling == "expected" and config.lmax > MAX_EXPECTED_LMAX:
        raise ValueError(f"sky.lmax = {config.lmax}: at most {MAX_EXPECTED_LMAX} with {given}")
    if sampling == "expected" and config.flow.field is not None:
        raise ValueError(
            f'{given}: needs modes, which a velocity field from outside does not have; use "random"'
        )
    modes = ("isotropic", "parallel")
    if sampling in ("pixel-centre", "stratified") and transport.mode not in modes:
        raise ValueError(
            f'{given}: not with transport.mode = "{transport.mode}"; use "expected", or "random"'
        )
    if sampling == "orbits" and transport.mode != "helical":
        raise ValueError(f'{given}: needs transport.mode = "helical", not "{transport.mode}"')
    expanded = config.flow.taylor_order is not None and config.deterministic
    if sampling == "expected" and expanded:
        raise ValueError(
            f'{given}: not with flow.taylor_order = {config.flow.taylor_order}; use "pixel-centre"'
        )
    if config.particles_drawn and isinstance(transport.collisions, RateTable):
        raise ValueError(
            f'{given}: a table of collision rates says nothing of single particles; use "expected"'
        )
    if sampling == "stratified" and not isinstance(transport.collisions, Bgk):
        raise ValueError(
            f'{given}: needs transport.collisions = "bgk"; use "expected", or "random"'
        )
    if config.sky.particles is not None and not config.particles_drawn:
        raise ValueError(
            f"sky.particles = {config.sky.particles}: allowed only with "
            'sky.sampling = "random", "stratified" or "orbits", which draw that many'
        )


def check_rigidities(config: Config) -> None:
    """Refuse several rigidities where their skies or particles are not known."""
    if config.rigidities is None:
        return
    rays, transport = config.cosmic_rays, config.transport
    given = (
        f"cosmic_rays.{'energy_response' if rays.energy_response is not None else 'composition'}"
    )
    if transport.mode == "helical":
        raise ValueError(
            f'{given}: not with transport.mode = "helical", which has one Larmor radius; allowed are "isotropic", '
            '"parallel" and "drift-kinetic"'
        )
    if config.particles_drawn and math.isinf(transport.scattering_count):
        raise ValueError(
            f'{given}: with sky.sampling = "{config.sampling}" needs a number of transport.scatterings, as particles '
            'of other rigidities forget the flow elsewhere; use sky.sampling = "expected"'
        )


def check_evaluation(config: Config) -> None:
    """Refuse an evaluation of the modes that does not apply to this sky."""
    given = f'sky.evaluation = "{config.sky.evaluation}"'
    if config.sky.evaluation == "auto":
        return
    if config.sampling != "pixel-centre" or config.transport.mode != "isotropic":
        raise ValueError(
            f'{given}: needs sky.sampling = "pixel-centre" and transport.mode = "isotropic"; '
            'allowed here is "auto"'
        )
    if config.sky.evaluation == "bands" and config.flow.field is not None:
        raise ValueError(
            f'{given}: a velocity field from outside has no modes to sum; allowed here are "auto" and "direct"'
        )
    if config.sky.evaluation == "bands" and config.flow.taylor_order is not None:
        raise ValueError(
            f"{given}: not with flow.taylor_order = {config.flow.taylor_order}; "
            'allowed here are "auto" and "direct"'
        )
    if config.sky.evaluation == "bands" and not config.turbulent:
        raise ValueError(f'{given}: there is no turbulence; allowed here are "auto" and "direct"')


def check_expected_time(config: Config) -> None:
    """Refuse expected skies of helical transport that take too long."""
    if config.sampling != "expected" or config.transport.mode != "helical":
        return
    time = expected_time(config) if config.turbulent else 0.0
    if time > MOST_TIME:
        band = config.flow_spectrum.k_max * config.mean_free_path
        raise ValueError(
            f'sky.sampling = "expected": a sky takes about {time:.2g} s of a processor core with k_max λ = {band:.4g}, '
            f"a Larmor radius of {abs(config.larmor_radius):.3g} pc, flow.modes = {config.flow.modes} and sky.lmax = "
            f"{config.lmax}; at most {MOST_TIME:.0f} s; lower sky.lmax or flow.modes, raise flow.inner_scale, or use "
            'sky.sampling = "random"'
        )


def check_particles(config: Config) -> None:
    """Refuse particles that never forget the flow, or take too long to, and orbits of too many steps."""
    if not config.particles_drawn:
        return
    if math.isinf(config.transport.scattering_count):
        check_depth(config)
    elif config.sampling != "orbits":
        return
    work = mode_evaluations(config)
    if work > MOST_EVALUATIONS:
        reason, less = "the stationary limit needs", "sky.lmax"
        if config.sampling == "orbits":
            step = longest_step(config, config.flow_spectrum.k_max if config.turbulent else 0.0)
            reason = f"orbits in steps of {step:.2g} pc need"
            less = "transport.magnetic_field_strength"
        raise ValueError(
            f'sky.sampling = "{config.sampling}": {reason} {work:.2g} evaluations of modes a sky, at '
            f"most {MOST_EVALUATIONS:.0g} (hours); lower sky.particles, flow.modes or {less}, narrow the band from "
            'flow.inner_scale to flow.outer_scale, or use sky.sampling = "expected"'
        )


def check_depth(config: Config) -> None:
    """Refuse particles in the stationary limit that never forget the flow."""
    small_angle = isinstance(config.transport.collisions, SmallAngle)
    needed = depth_followed(config)
    if needed > MOST_DEPTH - 1:
        unit = "mean free paths" if small_angle else "scatterings"
        mode = config.transport.mode
        waves = "waves across the magnetic field" if mode != "isotropic" else "the longest waves"
        # No band helps where the flow compresses across the field.
        shorter = "" if mode == "drift-kinetic" else "a smaller flow.outer_scale or "
        count = f"more than {MOST_DEPTH}" if math.isinf(needed) else f"{needed:.0f}"
        raise ValueError(
            f'sky.sampling = "{config.sampling}": particles must be followed over {count} {unit}, '
            f"at most {MOST_DEPTH}, until they forget {waves}, k_min λ = "
            f"{config.flow_spectrum.k_min * config.mean_free_path:.4g}; use {shorter}"
            'sky.sampling = "expected"'
        )
