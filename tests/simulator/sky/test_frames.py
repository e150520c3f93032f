"""Rotations of a_ℓm: axes of known functions, directions turned by hand, and published poles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.simulator.sky.frames import to_equatorial, to_field_frame
from eddysky.simulator.sky.harmonics import dipole_alm

LMAX = 6
# Rounding of Wigner matrices of low order, for a_ℓm of order one.
ROUNDING = 1e-13
FIELDS = [(229.2, 11.4), (0.0, 90.0), (310.0, -90.0), (10.0, -60.0), (359.0, 0.0)]


def direction(longitude, latitude):
    longitude, latitude = math.radians(longitude), math.radians(latitude)
    return np.array(
        [
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        ]
    )


@pytest.mark.parametrize("field", FIELDS)
def test_a_function_of_the_pitch_angle_has_only_m_0(harmonics, field):
    # Σ c_ℓ P_ℓ(n·b) has a_ℓm = 4π/(2ℓ+1) c_ℓ Y*_ℓm(b), and about b a_ℓ0 = √(4π/(2ℓ+1)) c_ℓ.
    c = np.random.default_rng(1).normal(size=LMAX + 1)
    ell, _ = ells_and_ms(LMAX)
    y = harmonics(direction(*field)[None], LMAX)[:, 0]
    turned = to_field_frame(
        (4 * np.pi / (2 * ell + 1) * c[ell]) * np.conj(y), LMAX, unit_vector(field)
    )
    expected = np.zeros(len(ell), dtype=complex)
    expected[: LMAX + 1] = np.sqrt(4 * np.pi / (2 * np.arange(LMAX + 1) + 1)) * c
    assert np.max(np.abs(turned - expected)) <= ROUNDING


@pytest.mark.parametrize("field", FIELDS)
def test_a_sky_is_the_same_where_its_directions_have_gone(random_alm, synthesis, field):
    alm = random_alm(LMAX, 2)
    n = np.random.default_rng(3).normal(size=(20, 3))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    b = direction(*field)
    # Azimuth about b begins on its meridian, on the side away from the pole.
    south = -direction(field[0], field[1] + 90)
    turned = np.stack([n @ south, n @ np.cross(b, south), n @ b], axis=1)
    values = synthesis(to_field_frame(alm, LMAX, unit_vector(field)), turned, LMAX)
    assert np.max(np.abs(values - synthesis(alm, n, LMAX))) <= 100 * ROUNDING


@pytest.mark.parametrize(
    ("axes", "longitude", "latitude", "right_ascension", "declination"),
    [
        ("G", 0, 90, 192.85948, 27.12825),  # north galactic pole, J2000
        ("G", 0, 0, 266.40499, -28.93617),  # galactic centre, J2000
        ("E", 0, 90, 270.0, 66.56071),  # pole of the ecliptic, obliquity 23.43929 degrees
        ("E", 90, 0, 90.0, 23.43929),
        ("C", 50, 20, 50, 20),
    ],
)
def test_published_directions(axes, longitude, latitude, right_ascension, declination):
    turned = to_equatorial(dipole_alm(direction(longitude, latitude), 2), 2, axes)
    expected = dipole_alm(direction(right_ascension, declination), 2)
    # Half a second of arc: the last digits given, and the systems' own differences.
    assert np.max(np.abs(turned - expected)) <= 3 * math.radians(0.5 / 3600)
