"""Strings with units: what is read, what is refused, and the way back."""

from __future__ import annotations

import math

import pytest
from astropy import constants, units
from pydantic import TypeAdapter, ValidationError

from eddysky.simulator import Config
from eddysky.simulator.config import quantities as q
from eddysky.simulator.config.scales import gyroradius


def read(kind, given):
    return TypeAdapter(kind).validate_python(given)


def write(kind, value):
    return TypeAdapter(kind).dump_python(value)


# Values by hand: 1 pc = 648000/π au, 1 au = 149 597 870 700 m, 1 eV = 1.602 176 634e-19 J.
PC = 648000 / math.pi * 149_597_870_700.0


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (q.Length, "10 pc", 10.0),
        (q.Length, "10pc", 10.0),
        (q.Length, "  2.5e3 kpc ", 2.5e6),
        (q.Length, "3.0e17 m", 3e17 / PC),
        (q.Length, 2 * units.kpc, 2000.0),
        (q.Energy, "10 TeV", 10.0),
        (q.Energy, "250 GeV", 0.25),
        (q.Energy, "1e-7 J", 1e-7 / 1.602176634e-19 / 1e12),
        (q.Speed, "-20 km/s", -20.0),
        (q.Speed, "1500 m/s", 1.5),
        (q.SpeedSpread, "0 km/s", 0.0),
        (q.InverseLength, "-0.5 1/kpc", -5e-4),
        (q.InverseLength, "0.001 / pc", 0.001),
        (q.SpeedPerLength, "100 km/s/kpc", 0.1),
        (q.SpeedPerLength, "1e-15 1/s", 1e-15 * PC / 1000),
    ],
)
def test_reads_units(kind, given, expected):
    # Two roundings, and constants of nature to ten digits.
    assert read(kind, given) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (q.Length, 10, ["a length with its unit", '"10 pc"']),
        (q.Length, 10.0, ["a length with its unit"]),
        (q.Length, True, ["a length with its unit"]),
        (q.Length, None, ["a length with its unit"]),
        (q.Length, ["10 pc"], ["a length with its unit"]),
        (q.Length, "10", ["a length with its unit"]),
        (q.Length, "", ["a length with its unit"]),
        (q.Length, "pc", ["a length with its unit"]),
        (q.Length, "ten pc", ["a length with its unit"]),
        (q.Length, "10 parsek", ["a length with its unit", "'parsek' is not a unit"]),
        (q.Length, "1e5 parsek", ["'parsek' is not a unit"]),
        (q.Length, [1, 2] * units.pc, ["a length with its unit"]),
        (q.Length, "10 km/s", ["km / s is not the unit of a length"]),
        (q.Length, "-1 pc", ["positive"]),
        (q.Length, "0 pc", ["positive"]),
        (q.Length, "nan pc", ["finite"]),
        (q.Length, "inf pc", ["finite"]),
        (q.Energy, "-10 TeV", ["positive"]),
        (q.Energy, "10 pc", ["not the unit of an energy"]),
        (q.Speed, "inf km/s", ["finite"]),
        (q.Speed, "nan km/s", ["finite"]),
        (q.SpeedSpread, "-1e-9 km/s", ["zero, or positive"]),
        (q.InverseLength, "1 pc", ["not the unit of an inverse length"]),
        (q.SpeedPerLength, "1 km/s", ["not the unit of a velocity gradient"]),
    ],
)
def test_refuses_with_reason(kind, given, words):
    with pytest.raises(ValidationError) as caught:
        read(kind, given)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("kind", [q.Length, q.Energy, q.SpeedSpread, q.SpeedPerLength])
@pytest.mark.parametrize("value", [10.0, 0.1, 1 / 3, 1e-5, 6.02e23, 1234567.875, 1e16])
def test_writes_what_it_reads_back_to_the_bit(kind, value):
    assert read(kind, write(kind, value)) == value


def test_whole_numbers_are_written_without_a_tail():
    assert write(q.Length, 10.0) == "10 pc"


def test_constants():
    assert q.SPEED_OF_LIGHT == 299792.458
    rest = (constants.m_p * constants.c**2).to_value("TeV")
    assert pytest.approx(938.272e-6, rel=1e-6) == q.PROTON_REST_ENERGY == rest


def test_there_is_one_zero():
    speeds = ["-0 km/s", "0 km/s", "0 m/s"]
    assert Config(flow={"mean_velocity": speeds}) == Config()


@pytest.mark.parametrize("charge", [1, 2, 26, -1])
@pytest.mark.parametrize("energy", [0.002, 10.0])
def test_the_larmor_radius_follows_energy_charge_and_field(energy, charge):
    rays = {"energy": f"{energy} TeV", "charge": charge}
    transport = {"mode": "helical", "magnetic_field_strength": "4 uG"}
    config = Config(transport=transport, cosmic_rays=rays, flow={"inner_scale": "10 pc"})
    radius = gyroradius(energy * units.TeV, 4 * units.uG, abs(charge)).to_value("pc")
    assert config.larmor_radius == pytest.approx(math.copysign(radius, charge), rel=1e-12)
