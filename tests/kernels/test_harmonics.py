"""Multipoles of plane waves against SciPy's spherical harmonics."""

import math

import ducc0
import healpy
import numpy as np
import pytest
from scipy.special import sph_harm_y

from eddysky.kernels.harmonics import LANES, add_waves, add_zonal_waves, legendre_factors

LMAX = 20


def random_waves(seed):
    rng = np.random.default_rng(seed)
    direction = rng.standard_normal((3, LANES))
    # Both poles and the equator too.
    direction[:, :3] = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0]]).T
    direction /= np.linalg.norm(direction, axis=0)
    return direction, rng.standard_normal((2, 3, LANES)), rng.standard_normal((2, LMAX + 1, LANES))


def alm_of(direction, amplitudes, radial, highest=LMAX):
    size = (LMAX + 1) * (LMAX + 2) // 2
    sums = np.zeros((2, size, 8))
    add_waves(direction, amplitudes, radial, highest, LMAX, legendre_factors(LMAX), sums)
    real, imaginary = sums.sum(axis=-1)
    return real + 1j * imaginary


def gradient_of_harmonics(ell, m, theta, phi):
    """∂Y/∂θ and ∂Y/∂φ/sin θ, by differences of fourth order."""
    h = 1e-3
    weights = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
    polar = sum(w * sph_harm_y(ell, m, theta + i * h, phi) for i, w in weights) / h
    return polar, 1j * m * sph_harm_y(ell, m, theta, phi) / np.sin(theta)


def test_sum_is_that_of_scipys_harmonics():
    direction, amplitudes, radial = random_waves(1)
    amplitudes[:, :, :2] = 0.0
    found = alm_of(direction, amplitudes, radial)
    x, y, z = direction
    theta, phi = np.arccos(z), np.arctan2(y, x)
    towards_theta = np.array(
        [np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)]
    )
    towards_phi = np.array([-np.sin(phi), np.cos(phi), 0 * phi])
    theta[:2], direction[:, :2] = 1.0, 0.0
    for ell in range(LMAX + 1):
        a = amplitudes[ell % 2]
        for m in range(ell + 1):
            polar, azimuthal = gradient_of_harmonics(ell, m, theta, phi)
            across = np.sum(a * towards_theta, axis=0) * polar.conj()
            across += np.sum(a * towards_phi, axis=0) * azimuthal.conj()
            along = np.sum(a * direction, axis=0) * sph_harm_y(ell, m, theta, phi).conj()
            expected = np.sum(radial[0, ell] * along + radial[1, ell] * across)
            place = healpy.Alm.getidx(LMAX, ell, m)
            assert found[place] == pytest.approx(expected, rel=1e-8, abs=1e-7)


def test_waves_along_the_poles_have_m_up_to_one():
    direction, amplitudes, radial = random_waves(2)
    amplitudes[:, :, 2:] = 0.0
    found = alm_of(direction, amplitudes, radial)
    _, m = healpy.Alm.getlm(LMAX)
    assert np.max(np.abs(found[m > 1])) < 1e-5
    assert np.all(np.isfinite(found))


def test_multipoles_above_the_highest_are_left_alone():
    waves = random_waves(3)
    found, all_of_them = alm_of(*waves, highest=7), alm_of(*waves)
    ell, _ = healpy.Alm.getlm(LMAX)
    np.testing.assert_array_equal(found[ell <= 7], all_of_them[ell <= 7])
    assert not np.any(found[ell > 7])


def test_high_orders_do_not_underflow():
    # m = 1200 at sin θ = 0.5: sin^m θ = 1e-361 would be lost.
    lmax, place = 2600, (0.5, 0.0, math.sqrt(0.75))
    direction = np.zeros((3, LANES)) + np.array(place)[:, None]
    amplitudes = np.zeros((2, 3, LANES))
    amplitudes[:, :, 0] = place
    radial = np.zeros((2, lmax + 1, LANES))
    radial[0, lmax] = 1.0
    sums = np.zeros((2, (lmax + 1) * (lmax + 2) // 2, 8))
    add_waves(direction, amplitudes, radial, lmax, lmax, legendre_factors(lmax), sums)
    index = healpy.Alm.getidx(lmax, lmax, 1200)
    one = np.zeros((1, sums.shape[1]), dtype=complex)
    one[0, index] = 1.0
    legendre = ducc0.sht.alm2leg(alm=one, spin=0, lmax=lmax, theta=np.array([math.asin(0.5)]))
    expected = legendre[0, 0, 1200].real
    found = sums[0, index].sum()
    assert abs(expected) > 1e-3
    assert found == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("functions", [1, 2])
def test_zonal_sum(functions):
    rng = np.random.default_rng(4)
    cosines, sines = rng.random((2, functions, 30))
    radial = rng.random((functions, 6, 30))
    sums, places = np.ones(6), rng.permutation(30)
    add_zonal_waves(cosines, sines, radial, places, sums)
    radial = radial[..., places]
    for ell in range(6):
        amplitude = cosines if ell % 2 else sines
        assert sums[ell] == pytest.approx(1 + np.sum(radial[:, ell] * amplitude), rel=1e-13)
