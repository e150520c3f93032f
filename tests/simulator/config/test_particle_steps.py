"""Stages of the particles' paths, and the work that is estimated for them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.memory import scatterings_followed
from eddysky.simulator.config.particle_steps import mode_evaluations, stages
from eddysky.simulator.errors import InputError
from eddysky.simulator.run.realization import Setup
from eddysky.simulator.transport.walk import turns

BAND = {
    "sky.sampling": "random",
    "sky.particles": 1000,
    "flow.modes": 2048,
    "flow.outer_scale": "100 pc",
    "flow.inner_scale": "5 pc",
}
STATIONARY = {"transport.scatterings": "stationary", "transport.free_path": "exponential"}
SMALL_ANGLE = {"transport.collisions": "small-angle"}


def config(*more):
    merged = dict(BAND)
    for settings in more:
        merged |= settings
    return Config().replace(merged)


def test_a_given_number_of_scatterings_is_one_stage_of_all_waves():
    (stage,) = stages(config({"transport.scatterings": 5}))
    assert (stage.start, stage.end, stage.largest) == (0, 5, math.inf)
    assert mode_evaluations(config({"transport.scatterings": 5})) == 5 * 1000 * 2048


@pytest.mark.parametrize("more", [STATIONARY, SMALL_ANGLE])
def test_stages_follow_each_other_with_fewer_waves(more):
    made = stages(config(more))
    assert made[0].start == 0
    assert all(one.end == two.start for one, two in pairwise(made))
    largest = [stage.largest for stage in made]
    assert largest == sorted(largest, reverse=True)
    assert largest[0] == math.inf
    # The longest wave stays to the end, within a point of the table.
    assert 2 * math.pi * 10 / 100 < largest[-1] < 2 * 2 * math.pi * 10 / 100
    if more is STATIONARY:
        assert made[-1].end == scatterings_followed(config(more))


def test_estimated_work_is_that_of_the_steps():
    # Isotropic transport; modes are spread evenly in ln k only on average, by a percent here.
    settings = config(SMALL_ANGLE)
    setup = Setup.from_config(settings)
    done = sum(
        len(part.wavevectors)
        for step in turns(settings, setup.flow(0))
        for flow in (step.potential, step.other)
        for part in flow.parts
    )
    assert mode_evaluations(settings) == pytest.approx(1000 * done, rel=0.05)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        # Fixed paths need twice as many scatterings as exponential ones.
        (
            {"flow.outer_scale": "1000 pc", "transport.scatterings": "stationary"},
            ['sky.sampling = "random"', "10497 scatterings, at most 10000", "flow.outer_scale"],
        ),
        (
            STATIONARY | {"transport.mode": "parallel"},
            ["more than 10000 scatterings", "across the magnetic field", '"expected"'],
        ),
        (SMALL_ANGLE | {"flow.outer_scale": "2000 pc"}, ["mean free paths, at most 10000"]),
        (
            SMALL_ANGLE | {"flow.inner_scale": "0.001 pc", "sky.particles": 10**6},
            ["evaluations of modes a sky, at most 1e+13", "sky.particles", "flow.inner_scale"],
        ),
    ],
)
def test_particles_that_take_too_long_are_refused(settings, words):
    with pytest.raises(InputError) as caught:
        config(settings)
    for word in words:
        assert word in str(caught.value)
    # The expected sky has no such limit.
    bare = {key: value for key, value in (BAND | settings).items() if key != "sky.particles"}
    Config().replace(bare | {"sky.sampling": "expected"})
