"""The mean square against pitch angle, by direct summation over the sky with harmonics of the tests' own."""

from __future__ import annotations

from itertools import pairwise

import healpy
import numpy as np
import pytest

from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile, zonal_profile

# Rounding of sums of a few hundred terms of either sign, relative to the largest bin.
ROUNDING = 1e-12


def brute_force(first, second, lmax, bins, synthesis):
    """Average over nodes in each bin and equal steps of azimuth, both exact for the product's degree 2 lmax.

    Bins are those of μ = −n·b, b being the z axis.
    """
    nodes, weights = np.polynomial.legendre.leggauss(lmax + 1)
    phi = 2 * np.pi * np.arange(2 * lmax + 1) / (2 * lmax + 1)
    edges = np.linspace(-1, 1, bins + 1)
    result = []
    for low, high in pairwise(edges):
        mu = ((high - low) * nodes + low + high) / 2
        sine = np.sqrt(1 - mu**2)[:, None]
        n = np.stack(
            np.broadcast_arrays(sine * np.cos(phi), sine * np.sin(phi), -mu[:, None]), axis=-1
        )
        product = synthesis(first, n.reshape(-1, 3), lmax) * synthesis(
            second, n.reshape(-1, 3), lmax
        )
        result.append(weights @ product.reshape(lmax + 1, -1).mean(axis=1) / 2)
    return np.array(result)


def cut(alm, lmax, lmin):
    ell, _ = healpy.Alm.getlm(lmax)
    return np.where(ell >= lmin, alm, 0)


@pytest.mark.parametrize("bins", [1, 7])
@pytest.mark.parametrize(("lmax", "lmin"), [(1, 0), (1, 1), (6, 0), (6, 1), (6, 2), (6, 4), (6, 6)])
def test_the_square_and_the_product_by_direct_summation(random_alm, synthesis, lmax, lmin, bins):
    one, other = random_alm(lmax, 1), random_alm(lmax, 2)
    grid = PitchAngleBins.from_lmax(lmax, bins)
    for second in (None, other):
        measured = pitch_angle_profile(one, grid, lmin, second)
        last = one if second is None else other
        expected = brute_force(cut(one, lmax, lmin), cut(last, lmax, lmin), lmax, bins, synthesis)
        assert np.max(np.abs(measured - expected)) <= ROUNDING * np.max(np.abs(expected))


@pytest.mark.parametrize("lmax", [2, 96])
def test_bins_add_up_to_the_power(random_alm, lmax):
    one, other = random_alm(lmax, 1), random_alm(lmax, 2)
    c_ell = healpy.alm2cl(one, other, lmax=lmax)
    total = np.sum(((2 * np.arange(lmax + 1) + 1) * c_ell)[2:]) / (4 * np.pi)
    measured = pitch_angle_profile(one, PitchAngleBins.from_lmax(lmax, 20), other=other)
    assert np.mean(measured) == pytest.approx(total, rel=ROUNDING * lmax)


@pytest.mark.parametrize("lmin", [0, 2])
def test_zonal_skies_are_those_without_azimuth(lmin):
    lmax, bins = 24, PitchAngleBins.from_lmax(24, 9)
    zonal, other = np.random.default_rng(3).normal(size=(2, 5, lmax + 1))
    alm, alm_other = np.zeros((2, 5, alm_size(lmax)), dtype=complex)
    alm[:, : lmax + 1], alm_other[:, : lmax + 1] = zonal, other
    expected = [pitch_angle_profile(a, bins, lmin) for a in alm]
    largest = np.max(expected)
    assert np.max(np.abs(zonal_profile(zonal, bins, lmin) - expected)) <= ROUNDING * largest
    pairs = zip(alm, alm_other, strict=True)
    expected = [pitch_angle_profile(one, bins, lmin, two) for one, two in pairs]
    crossed = zonal_profile(zonal, bins, lmin, other)
    assert np.max(np.abs(crossed - expected)) <= ROUNDING * largest
    np.testing.assert_array_equal(zonal_profile(zonal[2], bins, lmin, other[2]), crossed[2])


def test_a_quadrupole_by_hand():
    # Y_20² = 5/16π (9 μ⁴ − 6 μ² + 1): its means over [−1, 0] and [0, 1] are 1/4π.
    zonal = np.array([0.0, 0.0, 1.0])
    halves = zonal_profile(zonal, PitchAngleBins.from_lmax(2, 2))
    quarters = zonal_profile(zonal, PitchAngleBins.from_lmax(2, 4))
    assert halves == pytest.approx(np.full(2, 1 / (4 * np.pi)), rel=ROUNDING)
    mean = 9 * (1 - 2**-5) / 5 - 6 * (1 - 2**-3) / 3 + 0.5
    assert quarters[3] == pytest.approx(5 / (16 * np.pi) * mean / 0.5, rel=ROUNDING)


def test_what_is_given_is_left_alone(random_alm):
    alm = random_alm(5, 1)
    before = alm.copy()
    pitch_angle_profile(alm, PitchAngleBins.from_lmax(5, 3), lmin=3)
    np.testing.assert_array_equal(alm, before)


@pytest.mark.parametrize(("lmax", "bins"), [(-1, 4), (4, 0)])
def test_no_bins(lmax, bins):
    with pytest.raises(ValueError, match=r"lmax >= 0 and bins >= 1"):
        PitchAngleBins.from_lmax(lmax, bins)
