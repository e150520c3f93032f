"""Transforms and power spectra against direct sums and healpy."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from scipy.special import sph_harm_y

from eddysky.simulator.sky.harmonics import (
    ACCURACY,
    cross_power,
    dipole_alm,
    particle_alm,
    quadratic_alm,
)

EPS = np.finfo(float).eps


def isotropic(count, seed=1):
    n = np.random.default_rng(seed).normal(size=(count, 3))
    return n / np.linalg.norm(n, axis=1, keepdims=True)


@pytest.mark.parametrize("lmax", [1, 2, 17, 96])
def test_cross_power_is_that_of_healpy(random_alm, lmax):
    first, second = random_alm(lmax, 1), random_alm(lmax, 2)
    bound = 4 * (lmax + 1) * EPS * 4
    for one, other in ((first, second), (first, first), (second, first)):
        expected = healpy.alm2cl(one, other, lmax=lmax)
        assert np.max(np.abs(cross_power(one, other, lmax) - expected)) <= bound


def angles_of(n):
    return np.stack(
        [np.arctan2(np.hypot(n[:, 0], n[:, 1]), n[:, 2]), np.arctan2(n[:, 1], n[:, 0])], axis=1
    ) % (2 * np.pi)


def test_cross_power_by_hand():
    # a_00 = 2, a_10 = 3, a_11 = 1 + 2i: C_0 = 4, C_1 = (9 + 2·5)/3.
    alm = np.array([2, 3, 1 + 2j])
    assert np.max(np.abs(cross_power(alm, alm, 1) - [4, 19 / 3])) <= 8 * EPS


@pytest.mark.parametrize("lmax", [1, 6, 24])
@pytest.mark.parametrize("count", [1, 200])
def test_particle_alm_is_the_direct_sum(harmonics, lmax, count):
    n = isotropic(count)
    values = np.random.default_rng(2).normal(size=count) + 0.5
    expected = np.conj(harmonics(n, lmax)) @ values
    error = np.linalg.norm(particle_alm(values, angles_of(n), lmax) - expected)
    # ACCURACY is relative, in the L2 norm; a few times it for a bound rather than an estimate.
    assert error <= 10 * ACCURACY * np.linalg.norm(expected)


def test_particle_alm_at_poles_and_seams(harmonics):
    n = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, -1, 0], [-1, -1e-300, 0.0]])
    values = np.arange(1.0, 7.0)
    expected = np.conj(harmonics(n, 8)) @ values
    error = np.linalg.norm(particle_alm(values, angles_of(n), 8) - expected)
    assert error <= 10 * ACCURACY * np.linalg.norm(expected)


def test_particle_alm_takes_every_second_particle_of_a_block():
    n, values = isotropic(501), np.random.default_rng(3).normal(size=501)
    strided = particle_alm(values[1::2], angles_of(n)[1::2], 10)
    copied = particle_alm(values[1::2].copy(), angles_of(n)[1::2].copy(), 10)
    assert np.array_equal(strided, copied)


@pytest.mark.parametrize("lmax", [1, 5])
def test_dipole(synthesis, lmax):
    vector, n = np.array([0.3, -2.0, 1.1]), isotropic(50)
    assert np.max(np.abs(synthesis(dipole_alm(vector, lmax), n, lmax) - n @ vector)) <= 32 * EPS


def test_power_of_a_dipole():
    # C_1 = (4π/9) d², and nothing else.
    vector = np.array([0.3, -2.0, 1.1])
    power = cross_power(dipole_alm(vector, 4), dipole_alm(vector, 4), 4)
    assert power[1] == pytest.approx(4 * np.pi / 9 * vector @ vector, rel=16 * EPS)
    assert not np.any(np.delete(power, 1))


@pytest.mark.parametrize("lmax", [1, 2, 5])
def test_quadratic_form(lmax):
    matrix = np.random.default_rng(9).standard_normal((3, 3))
    theta, phi = np.meshgrid(np.linspace(0.1, 3, 9), np.linspace(0, 6, 11))
    n = np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
    values = np.einsum("i...,ij,j...->...", n, matrix, n)
    alm = quadratic_alm(matrix, lmax)
    ell, m = healpy.Alm.getlm(lmax)
    factor = np.where(m > 0, 2, 1)[:, None, None]
    harmonics = sph_harm_y(ell[:, None, None], m[:, None, None], theta, phi)
    found = np.sum(factor * (alm[:, None, None] * harmonics).real, axis=0)
    expected = values if lmax > 1 else np.full_like(values, np.trace(matrix) / 3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
