"""Orders of magnitude against values worked out by hand and limits of the formulas."""

from __future__ import annotations

import math

import pytest
from astropy import constants, units

from eddysky.simulator.config.scales import (
    alfven_dispersion,
    alfven_speed,
    diffusion_coefficient,
    field_dispersion,
    gyroradius,
    mean_free_path,
    multipole_scale,
    particle_speed,
    scaled_mean_free_path,
)

TEV, MICROGAUSS = units.TeV, units.uG
# CODATA constants are exact or good to 1e-9, those of older conventions (AU, pc) exact.
CLOSE = 1e-8


def test_gyroradius_of_tev_protons():
    """1 TeV/(c e 3e-10 T) = 1.1119e13 m, the 60 to 75 AU of ZL24."""
    radius = gyroradius(1 * TEV, 3 * MICROGAUSS)
    assert radius.unit == units.AU
    by_hand = 1e12 * math.sqrt(1 - 0.00093827208816**2) / (299792458 * 3e-10) / 149597870700
    assert radius.value == pytest.approx(by_hand, rel=CLOSE)
    assert 60 < radius.value < 75


def test_gyroradius_counts_charge_and_mass():
    iron = 55.9 * units.u
    ratio = gyroradius(26 * TEV, 3 * MICROGAUSS, 26, iron) / gyroradius(1 * TEV, 3 * MICROGAUSS)
    # Equal rigidity, but for the rest energies: 55.9 u over 26 TeV and one proton over 1 TeV.
    expected = math.sqrt((1 - (55.9 * 0.00093149410 / 26) ** 2) / (1 - 0.00093827209**2))
    assert ratio.to_value("") == pytest.approx(expected, rel=CLOSE)
    # γ = 2: p = √3 mc.
    rest = constants.m_p * constants.c**2
    slow = gyroradius(2 * rest, 1 * units.T)
    by_hand = math.sqrt(3) * constants.m_p * constants.c / (constants.e.si * units.T)
    assert (slow / by_hand).to_value("") == pytest.approx(1, rel=CLOSE)


def test_particle_speed():
    rest = (constants.m_p * constants.c**2).to("GeV")
    speed = particle_speed(1.25 * rest)
    assert (speed / constants.c).to_value("") == pytest.approx(0.6, rel=CLOSE)


def test_alfven_speed():
    """The textbook's 2.18 km/s for protons of 1/cm³ in 1 μG; in cgs, B/√(4πρ)."""
    density = constants.m_p / units.cm**3
    speed = alfven_speed(1 * MICROGAUSS, density)
    assert speed.unit == units.km / units.s
    by_hand = 1e-6 / math.sqrt(4 * math.pi * 1.67262192e-24) / 1e5
    assert speed.value == pytest.approx(by_hand, rel=CLOSE)
    assert speed.value == pytest.approx(2.18, abs=0.005)
    assert alfven_speed(3 * MICROGAUSS, 9 * density).value == pytest.approx(by_hand, rel=CLOSE)


def test_alfven_dispersion():
    speed = 10 * units.km / units.s
    assert alfven_dispersion(speed, 0.3, 0.8).value == pytest.approx(5, rel=CLOSE)
    assert alfven_dispersion(speed, 0.0, 0.0).value == 0


def test_mean_free_path_and_back():
    """κ = 10 pc × c/3 = 3.0836e29 cm²/s."""
    kappa = diffusion_coefficient(10 * units.pc)
    assert kappa.unit == units.cm**2 / units.s
    assert kappa.value == pytest.approx(3.0856775815e19 * 2.99792458e10 / 3, rel=CLOSE)
    assert mean_free_path(kappa).value == pytest.approx(10, rel=CLOSE)
    half = 0.5 * constants.c
    assert mean_free_path(kappa, half).value == pytest.approx(20, rel=CLOSE)
    again = diffusion_coefficient(20 * units.pc, half)
    assert again.value == pytest.approx(kappa.value, rel=CLOSE)


def test_mean_free_path_grows_with_energy():
    path = scaled_mean_free_path(10 * units.pc, 80 * TEV, 10000 * units.GeV)
    assert path.value == pytest.approx(20, rel=CLOSE)
    assert path.unit == units.pc
    path = scaled_mean_free_path(10 * units.pc, 40 * TEV, 10 * TEV, 1.5)
    assert path.value == pytest.approx(20, rel=CLOSE)


def test_field_dispersion():
    """λ = 1000 r_g: (δB/B)² = 1e-3 at the gyroradius, and with γ_g = 5/3 it grows by 8000^(2/3) = 400 on 8000 r_g."""
    radius = 1e-3 * units.pc
    path = radius.to("AU") * 1000
    at_gyroradius = field_dispersion(radius, radius, path)
    assert at_gyroradius**2 == pytest.approx(1e-3, rel=CLOSE)
    assert field_dispersion(8 * units.pc, radius, path) ** 2 == pytest.approx(0.4, rel=CLOSE)
    # γ_g = 3/2: 1e-3 √10000 on 1e4 r_g.
    found = field_dispersion(10 * units.pc, radius, path, 1.5)
    assert found**2 == pytest.approx(0.1, rel=CLOSE)


def test_field_dispersion_of_tev_protons():
    """A proton of 1 TeV in 3 μG, λ = 10 pc/10^(1/3): r_g/λ = 74.32/957381, on 10 pc times (10 pc/r_g)^(2/3)."""
    radius = gyroradius(1 * TEV, 3 * MICROGAUSS)
    path = scaled_mean_free_path(10 * units.pc, 1 * TEV, 10 * TEV)
    by_hand = 74.32 / 957381 * (2062648 / 74.32) ** (2 / 3)
    assert field_dispersion(10 * units.pc, radius, path) ** 2 == pytest.approx(by_hand, rel=1e-3)


def test_multipole_scale():
    scale = multipole_scale(5, 10 * units.pc)
    assert scale.unit == units.pc
    assert scale.value == pytest.approx(4 * math.pi, rel=CLOSE)


def test_refusals():
    one = 1 * units.pc
    with pytest.raises(ValueError, match="multipole = 0: must be positive"):
        multipole_scale(0, one)
    for lengths, name in (
        ((-one, one, one), "scale"),
        ((one, 0 * one, one), "gyroradius"),
        ((one, one, -one), "mean_free_path"),
    ):
        with pytest.raises(ValueError, match=f"{name} = .*: must be positive"):
            field_dispersion(*lengths)
    with pytest.raises(units.UnitConversionError):
        field_dispersion(one, 1 * TEV, one)
    with pytest.raises(OverflowError):
        field_dispersion(1e120 * one, 1e-120 * one, one, 4)
    with pytest.raises(units.UnitConversionError):
        gyroradius(1 * TEV, 3 * units.K)
    with pytest.raises(units.UnitConversionError):
        alfven_speed(3 * MICROGAUSS, 1 / units.cm**3)
    with pytest.raises(ValueError, match=r"energy = 0\.9 GeV: must exceed the rest energy, 0\.93"):
        gyroradius(0.9 * units.GeV, 3 * MICROGAUSS)
    with pytest.raises(ValueError, match="charge = 0: must be positive"):
        gyroradius(1 * TEV, 3 * MICROGAUSS, 0)
    with pytest.raises(ValueError, match="magnetic_field"):
        gyroradius(1 * TEV, -3 * MICROGAUSS)
    with pytest.raises(ValueError, match="density"):
        alfven_speed(3 * MICROGAUSS, 0 * units.kg / units.m**3)
