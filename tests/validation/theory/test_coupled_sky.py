"""Moments of coupled C_ℓ against skies that are drawn, turned and summed over pixels."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator.sky.frames import from_field_axes, from_field_frame
from eddysky.simulator.sky.harmonics import dipole_alm
from eddysky.validation.theory.coupled_axisymmetric import axisymmetric_mean
from eddysky.validation.theory.coupled_sky import isotropic_moments, zonal_moments
from eddysky.validation.theory.mode_coupling import ZonalCoupling

NSIDE, LMAX = 8, 12
PIXELS = 12 * NSIDE**2
Z = healpy.pix2vec(NSIDE, np.arange(PIXELS))[2]
WEIGHT = np.clip((0.3 - Z) / 0.6, 0.0, 1.0)
EXPOSURE = np.where(WEIGHT > 0, 30.0 * (1.5 - Z), 0.0)
RING = healpy.pix2ring(NSIDE, np.arange(PIXELS)) - 1
ELL = np.arange(LMAX + 1)
C_ELL = 1.0 / (ELL + 1.0) ** 2
FIELD = np.array([0.48, -0.6, 0.64])
COUPLING = ZonalCoupling.from_maps(WEIGHT, EXPOSURE, LMAX, keep_zonal=False)
MATRIX = np.random.default_rng(5).standard_normal((LMAX + 1, 4)) / (ELL[:, None] + 1.0)
CORRELATION = MATRIX @ MATRIX.T
SKIES = 40_000
# The largest of 12 normal pulls is above 4.5 with a probability of 1e-4.
LARGEST = 4.5
ORDER = np.concatenate([np.full(LMAX + 1 - m, m) for m in range(LMAX + 1)])
DEGREE = np.concatenate([np.arange(m, LMAX + 1) for m in range(LMAX + 1)])


def analysed(alm):
    """ã_ℓm of a sky of which the mean of each ring is removed, by sums over pixels."""
    seen = EXPOSURE > 0
    sky = healpy.alm2map(alm.astype(complex), NSIDE, lmax=LMAX)
    means = np.bincount(RING, EXPOSURE * sky) / np.maximum(np.bincount(RING, EXPOSURE), 1e-9)
    coupled = healpy.map2alm(WEIGHT * np.where(seen, sky - means[RING], 0.0), lmax=LMAX, iter=0)
    coupled[: LMAX + 1] = 0.0
    return coupled


def noisy_spectra(coupled, rng):
    """Coupled C_ℓ of ã_ℓm, one row a sky, with the noise of the counts, minus the noise bias."""
    coupled = coupled.copy()
    for m, noise in zip(COUPLING.orders, COUPLING.noise, strict=True):
        values, vectors = np.linalg.eigh(noise[m:, m:])
        root = vectors * np.sqrt(np.maximum(values, 0.0) / 2)
        real, imaginary = rng.standard_normal((2, len(coupled), LMAX + 1 - m))
        coupled[:, m == ORDER] += real @ root.T + 1j * imaginary @ root.T
    squares = np.where(ORDER == 0, 1, 2) * np.abs(coupled) ** 2
    spectra = np.stack([squares[:, ell == DEGREE].sum(axis=1) for ell in ELL], axis=1)
    return spectra / (2 * ELL + 1) - COUPLING.noise_bias


def check(skies, moments, mean=None):
    """Mean, variance, third cumulant and correlation of drawn spectra; heavy tails are left to their scatter."""
    skies = np.array(skies)[:, 1:]
    count = len(skies)
    expected = (moments.mean if mean is None else mean)[1:]
    error = skies.std(axis=0, ddof=1) / np.sqrt(count)
    assert np.max(np.abs(skies.mean(axis=0) - expected) / error) < LARGEST
    if moments is None:
        return
    off = skies - expected
    for power, exact in ((2, np.diag(moments.covariance)[1:]), (3, moments.third[1:])):
        values = off**power
        error = values.std(axis=0) / np.sqrt(count)
        assert np.max(np.abs(values.mean(axis=0) - exact) / error) < LARGEST
    # A sum in which some multipoles are negative.
    q = np.cos(np.arange(len(exact)))
    values = (off @ q) ** 3
    exact = moments.third_of_sum(np.append(0.0, q))
    assert abs(values.mean() - exact) / (values.std() / np.sqrt(count)) < LARGEST
    for ell in (1, 5):
        assert moments.third_of_sum(np.eye(LMAX + 1)[ell]) == pytest.approx(moments.third[ell])
    products = off[:, :-1] * off[:, 1:]
    error = products.std(axis=0) / np.sqrt(count)
    exact = np.diag(moments.covariance[1:, 1:], 1)
    assert np.max(np.abs(products.mean(axis=0) - exact) / error) < LARGEST


def table(alm):
    """a_ℓm as rows m, columns ℓ."""
    rows = np.zeros((LMAX + 1, LMAX + 1), dtype=complex)
    for m in range(LMAX + 1):
        rows[m, m:] = [alm[healpy.Alm.getidx(LMAX, ell, m)] for ell in range(m, LMAX + 1)]
    return rows


DIPOLE = dipole_alm(np.array([0.8, 0.5, -0.4]), LMAX)


@pytest.mark.parametrize("regular", [None, DIPOLE])
def test_isotropic_skies(regular):
    rng = np.random.default_rng(1)
    basis, scale = [], []
    for place, (ell, m) in enumerate(zip(DEGREE, ORDER, strict=True)):
        for one in (1.0, 1j) if m else (1.0,):
            basis.append(analysed(one * (np.arange(len(ORDER)) == place)))
            scale.append(np.sqrt(C_ELL[ell] / (2 if m else 1)))
    skies = (rng.standard_normal((SKIES, len(basis))) * scale) @ np.array(basis)
    if regular is not None:
        skies += analysed(regular)
    fixed = None if regular is None else table(regular)
    check(noisy_spectra(skies, rng), isotropic_moments(COUPLING, C_ELL, fixed))


@pytest.mark.parametrize("regular", [False, True])
def test_skies_of_the_pitch_angle(regular):
    rng = np.random.default_rng(3)
    # A dipole, and a quadrupole about the field.
    fixed = DIPOLE + from_field_frame(np.where(ELL == 2, 0.7, 0.0), FIELD)
    basis = [analysed(from_field_frame(column, FIELD)) for column in MATRIX.T]
    skies = rng.standard_normal((SKIES, 4)) @ np.array(basis)
    if regular:
        skies += analysed(fixed)
    moments = zonal_moments(COUPLING, CORRELATION, FIELD, regular=table(fixed) if regular else None)
    check(noisy_spectra(skies, rng), moments)


def test_a_field_of_random_direction_is_isotropic_in_the_mean():
    rng = np.random.default_rng(4)
    skies = []
    for _ in range(SKIES // 200):
        field = rng.standard_normal(3)
        field /= np.linalg.norm(field)
        basis = [analysed(from_field_frame(column, field)) for column in MATRIX.T]
        skies.append(noisy_spectra(rng.standard_normal((400, 4)) @ np.array(basis), rng))
    moments = zonal_moments(COUPLING, CORRELATION, None)
    power = np.diag(CORRELATION) / (2 * ELL + 1)
    np.testing.assert_allclose(moments.mean, COUPLING.matrix @ power)
    # All skies of one direction of the field are alike: their means, and means of squares, scatter as directions do.
    skies = np.array(skies)[:, :, 1:]
    for values, exact in (
        (skies, moments.mean[1:]),
        ((skies - moments.mean[1:]) ** 2, np.diag(moments.covariance)[1:]),
    ):
        means = values.mean(axis=1)
        error = means.std(axis=0, ddof=1) / np.sqrt(len(means))
        assert np.max(np.abs(means.mean(axis=0) - exact) / error) < LARGEST


def test_skies_with_all_orders_about_the_field():
    rng = np.random.default_rng(6)
    factors = np.zeros((LMAX + 1, LMAX + 1, 3), dtype=complex)
    basis, scale = [], []
    for m in range(LMAX + 1):
        shape = (LMAX + 1 - m, 3)
        part = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if m else 0)
        factors[m, m:] = part / (1 + ELL[m:, None]) / (1 + m)
        for column in factors[m, m:].T:
            for one in (1.0, 1j) if m else (1.0,):
                alm = np.zeros(len(ORDER), dtype=complex)
                alm[m == ORDER] = one * column
                basis.append(analysed(from_field_axes(alm, LMAX, FIELD)))
                scale.append(np.sqrt(0.5) if m else 1.0)
    covariance = np.einsum("mik,mjk->mij", factors, factors.conj())
    skies = (rng.standard_normal((SKIES, len(basis))) * scale) @ np.array(basis)
    check(noisy_spectra(skies, rng), None, axisymmetric_mean(COUPLING, covariance, FIELD))


def test_isotropic_skies_are_a_case_of_those_about_the_field():
    covariance = np.zeros((LMAX + 1, LMAX + 1, LMAX + 1))
    for ell in range(LMAX + 1):
        covariance[: ell + 1, ell, ell] = C_ELL[ell]
    exact = isotropic_moments(COUPLING, C_ELL).mean
    np.testing.assert_allclose(axisymmetric_mean(COUPLING, covariance, FIELD), exact, rtol=1e-12)


def test_skies_of_the_pitch_angle_are_a_case_of_those_with_all_orders():
    covariance = np.zeros((LMAX + 1, LMAX + 1, LMAX + 1))
    covariance[0] = CORRELATION
    exact = zonal_moments(COUPLING, CORRELATION, FIELD).mean
    np.testing.assert_allclose(axisymmetric_mean(COUPLING, covariance, FIELD), exact, rtol=1e-11)


@pytest.mark.parametrize("regular", [None, DIPOLE])
def test_moments_of_a_random_field_are_those_about_zero_of_many_fields(regular):
    rows = None if regular is None else table(regular)
    sines, weights = np.polynomial.legendre.leggauss(24)
    turns = 2 * np.pi * np.arange(1 if regular is None else 8) / 8
    q = np.cos(np.arange(LMAX + 1.0))

    def values(moments):
        """Mean, variance and third cumulant of each C̃_ℓ, and of their sum, shape (3, lmax + 2)."""
        singles = moments.mean, np.diag(moments.covariance), moments.third
        sums = q @ moments.mean, q @ moments.covariance @ q, moments.third_of_sum(q)
        return np.array([np.append(*each) for each in zip(singles, sums, strict=True)])

    about_zero = np.zeros((3, LMAX + 2))
    for sine, weight in zip(sines, weights / 2, strict=True):
        for turn in turns:
            flat = np.sqrt(1 - sine**2) * np.array([np.cos(turn), np.sin(turn)])
            one = zonal_moments(COUPLING, CORRELATION, np.append(flat, sine), regular=rows)
            mean, square, cube = values(one)
            raw = np.array([mean, square + mean**2, cube + 3 * mean * square + mean**3])
            about_zero += weight / len(turns) * raw
    mean, square, cube = about_zero
    exact = mean, square - mean**2, cube - 3 * square * mean + 2 * mean**3
    found = values(zonal_moments(COUPLING, CORRELATION, None, regular=rows))
    # Of fewer directions: exact in the mean, else to 3e-3 of the largest.
    for one, other, part in zip(found, exact, (1e-12, 3e-3, 3e-3), strict=True):
        np.testing.assert_allclose(one, other, rtol=part, atol=part * np.max(other[:-1]))
