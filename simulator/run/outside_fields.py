"""Velocity fields given to `simulate` instead of the configured turbulence."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.default_band import MAX_BAND
from eddysky.simulator.config.limits import MAX_FLOW_SPEED
from eddysky.simulator.config.particle_steps import orbit_steps_of_all, stages
from eddysky.simulator.config.sections import OutsideField
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import (
    PairedField,
    RegularFlow,
    Superposition,
    VelocityField,
    with_pairs,
)

__all__ = ["Fields", "checked_fields"]

Array = NDArray[np.float64]
Fields = Callable[[int], PairedField]

# Points, besides the observer's, for the check of the speed and the checksum of a field.
POINTS = 63
# Velocities of a field in one sky of small-angle scattering: a quarter of an hour at a microsecond each.
MAX_VELOCITIES = 1e9


def checked_fields(
    config: Config, flow: VelocityField | Callable[[int], VelocityField]
) -> tuple[Config, Fields]:
    """Check velocity fields and record their name and version in the configuration.

    Parameters
    ----------
    config
        A validated configuration.
    flow
        One field for all realisations, or a function that returns the field of a realisation from its number.

    Returns
    -------
    config, fields
        The configuration with `flow.field`, and the checked field of each realisation.

    Raises
    ------
    InputError
        If `flow` is not a velocity field, does not fit the configuration, or is not the field that the configuration
        names. `fields` checks the fields of later realisations and raises it too.
    """
    given: Any = flow
    if isinstance(given, type):
        raise InputError(
            f"flow = {given.__name__}: a class; give an object of it, or a function of the realisation's number"
        )
    each = callable(given) and not hasattr(given, "velocity")
    first = _checked(config, given(0) if each else given)

    def fields(index: int) -> PairedField:
        return _checked(config, given(index)) if each and index > 0 else first

    name = getattr(given, "name", None) or getattr(given, "__name__", type(given).__name__)
    version = getattr(given, "version", None)
    version = _fingerprint(config, first) if version is None else str(version)
    found = OutsideField(str(name), version)
    named = config.flow.field or found
    if named != found:
        raise InputError(
            f"flow.field: the configuration names {named.name} {named.version}, not {found.name} {found.version}"
        )
    named_config = config.replace({"flow.field": asdict(found)})
    _check_work(named_config, first.k_max)
    return named_config, fields


def _check_work(config: Config, k_max: float) -> None:
    """Refuse particles of so many steps that the velocity field would be asked for hours."""
    particles = config.particles or 0
    if isinstance(config.transport.collisions, SmallAngle):
        words, largest = "with small-angle scattering", k_max * config.mean_free_path
        steps = sum(stage.walk_steps(min(stage.largest, largest)) for stage in stages(config))
    elif config.sampling == "orbits":
        words = "along its orbit"
        steps = math.ceil(orbit_steps_of_all(config, k_max) / particles)
    else:
        return
    if particles * steps > MAX_VELOCITIES:
        raise InputError(
            f"sky.particles = {particles}: {words} each takes {steps} steps in the velocity "
            f"field; at most {int(MAX_VELOCITIES / steps)} particles, {MAX_VELOCITIES:g} steps in all"
        )


def _checked(config: Config, given: VelocityField) -> PairedField:
    """A velocity field whose speed and k_max are within the limits of the configuration."""
    field = with_pairs(given)
    band = field.k_max * config.mean_free_path
    if config.sampling == "pixel-centre" and band > MAX_BAND:
        raise InputError(
            f"flow: k_max = {field.k_max:.6g}/pc, k_max λ = {band:.6g}: at most {MAX_BAND:g} with "
            'sky.sampling = "pixel-centre"; or use sky.sampling = "random"'
        )
    regular = RegularFlow(
        np.array(config.flow.mean_velocity), np.array(config.flow.velocity_gradient)
    )
    velocity = Superposition((field, regular)).velocity(_points(config))
    speed = math.sqrt(np.mean(np.sum(velocity**2, axis=1)))
    limit = MAX_FLOW_SPEED[config.sky.frame]
    if not speed <= limit * config.particle_speed:
        raise InputError(
            f"flow: {speed:.4g} km/s (rms within one mean free path); at most "
            f"{limit * config.particle_speed:.4g} km/s, {limit:.1%} of the particles' speed, in the "
            f"{config.sky.frame} frame"
        )
    return field


def _points(config: Config) -> Array:
    """The observer and fixed points up to one mean free path away, shape (1 + POINTS, 3)."""
    reach = config.mean_free_path / math.sqrt(3)
    around = np.random.Generator(np.random.Philox(key=[0, 0])).uniform(-reach, reach, (POINTS, 3))
    return np.concatenate([np.zeros((1, 3)), around])


def _fingerprint(config: Config, field: PairedField) -> str:
    """SHA-256 of k_max and some velocities, the version of a field that has none."""
    values = np.append(field.velocity(_points(config)).ravel(), field.k_max)
    return "sha256:" + hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()[:16]
