"""Rules inside one section of a configuration."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config, CosmicRays, Flow, Sky, Transport
from eddysky.simulator.errors import InputError


def test_the_turbulence_is_the_section_or_the_sum_of_its_components():
    alone = Flow(index=1.5)
    assert alone.components == (alone,)
    several = Flow(component=[{"index": 1.5}, {"index": 2}])
    assert [part.index for part in several.components] == [1.5, 2]
    with pytest.raises(InputError, match=r"flow\.index: not beside \[\[flow\.component\]\]"):
        Flow(index=1.5, component=[{}])
    with pytest.raises(InputError, match="must be one or more"):
        Flow(component={"index": 2})


@pytest.mark.parametrize("field", [[229.2, 11.4], (0, -90), "random"])
def test_directions_of_the_field(field):
    given = Transport(mode="parallel", magnetic_field=field).magnetic_field
    assert given == (field if field == "random" else tuple(map(float, field)))


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ([360, 0], "right ascension must be from 0 to below 360"),
        ([0, 91], "declination must be from -90 to 90"),
        ([1, 2, 3], "expected RA and Dec in degrees"),
        ([True, 2], "expected RA and Dec in degrees"),
        ("north", "expected RA and Dec in degrees"),
    ],
)
def test_directions_that_are_none(field, words):
    with pytest.raises(InputError, match=words):
        Transport(mode="parallel", magnetic_field=field)


def test_what_makes_the_sky_a_function_of_direction_alone():
    assert Transport().deterministic
    assert not Transport(scatterings=2).deterministic
    assert not Transport(free_path="exponential").deterministic


def test_keys_that_need_others():
    with pytest.raises(InputError, match="magnetic_field = random: allowed only with"):
        Config(transport={"magnetic_field": "random"})
    with pytest.raises(InputError, match="erlang_order"):
        Transport(free_path="erlang")
    with pytest.raises(InputError, match=r"must exceed the proton's rest energy, 0\.000938 TeV"):
        CosmicRays(energy="0.9 GeV")
    with pytest.raises(InputError, match="at most 3 nside - 1 = 47"):
        Sky(nside=16, lmax=48)
