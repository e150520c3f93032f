"""Steps of orbits, the work that is estimated for them, and what is refused before it."""

from __future__ import annotations

import math

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.orbit_steps import longest_step, orbit_steps
from eddysky.simulator.config.particle_steps import mode_evaluations
from eddysky.simulator.errors import InputError

ORBITS = {"transport.mode": "helical", "sky.sampling": "orbits", "flow.inner_scale": "1 pc"}


def config(**more):
    return Config().replace(ORBITS | {key.replace("__", "."): value for key, value in more.items()})


def test_steps_resolve_waves_and_gyration():
    settings = config(transport__magnetic_field_strength="0.001 uG")
    radius, k = settings.larmor_radius, 2 * math.pi
    assert longest_step(settings, 0) == pytest.approx(radius / 4)
    assert longest_step(settings, 1e6) == pytest.approx(0.5e-6)
    assert longest_step(settings, k) < min(radius / 4, 0.5 / k)
    negative = settings.replace({"cosmic_rays.charge": -1})
    assert longest_step(negative, k) == longest_step(settings, k)


def test_work_is_that_of_the_steps():
    few = {"flow__modes": 100, "sky__particles": 1000, "transport__scatterings": 5}
    settings = config(transport__magnetic_field_strength="0.001 uG", **few)
    steps = orbit_steps(settings, settings.flow_spectrum.k_max)
    assert steps == pytest.approx(10 / longest_step(settings, 2 * math.pi) + 1, rel=1e-9)
    # A push is worth 60 modes.
    assert mode_evaluations(settings) == pytest.approx(1000 * 5 * steps * 160)


def test_orbits_that_take_too_long_are_refused():
    # Microgauss and parsecs: 10⁴ steps a path.
    with pytest.raises(InputError) as caught:
        config(flow__modes=100_000)
    for words in (
        'sky.sampling = "orbits": orbits in steps of',
        "evaluations of modes a sky, at most 1e+13",
        "sky.particles",
        "magnetic_field_strength",
        '"expected"',
    ):
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    config(flow__modes=100_000, sky__particles=1000)
    config(flow__modes=100_000, sky__sampling="expected")
