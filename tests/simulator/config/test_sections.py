"""Sections by themselves: derived properties and the keys that apply."""

from __future__ import annotations

import pytest
from astropy import units as u

from eddysky.simulator.config import CosmicRays, Flow, Sky, Transport
from eddysky.simulator.errors import InputError


@pytest.mark.parametrize(
    ("keys", "deterministic"),
    [({}, True), ({"scatterings": 2}, False), ({"free_path": "exponential"}, False)],
)
def test_only_one_fixed_path_is_deterministic(keys, deterministic):
    assert Transport(**keys).deterministic == deterministic


def test_components_replace_the_spectrum_of_the_section():
    assert Flow(index=1.5).components[0].index == 1.5
    flow = Flow(component=[{"index": 1.0}, {"index": 2.0}])
    assert [part.index for part in flow.components] == [1.0, 2.0]
    assert "index" not in flow.model_dump()
    assert "component" not in Flow().model_dump()


def test_a_velocity_field_has_no_modes():
    field = {"name": "waves", "version": "1"}
    assert not {"modes", "amplitudes", "taylor_order"} & Flow(field=field).model_dump().keys()
    with pytest.raises(InputError, match=r"flow\.modes = 8: not with a velocity field"):
        Flow(field=field, modes=8)
    with pytest.raises(InputError, match="must be a table of name and version"):
        Flow(field={"name": "waves"})


def test_magnetic_field_in_degrees_radians_or_random():
    def field(given):
        return Transport(mode="parallel", magnetic_field=given).magnetic_field

    assert field([10, -20]) == (10.0, -20.0)
    assert field([0.5, 0.25] * u.rad) == pytest.approx((28.6478898, 14.3239449))
    assert field("random") == "random"
    with pytest.raises(InputError, match="expected RA and Dec in degrees"):
        field("north")


def test_limits_of_energy_and_multipoles():
    assert Sky(nside=8, lmax=23).lmax == 23
    with pytest.raises(InputError, match=r"sky\.lmax = 24: at most 3 nside - 1 = 23"):
        Sky(nside=8, lmax=24)
    assert CosmicRays(energy="939 MeV").energy == pytest.approx(939e-6)
    with pytest.raises(InputError, match="must exceed the proton's rest energy"):
        CosmicRays(energy="938 MeV")
