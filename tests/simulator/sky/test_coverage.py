"""The observed part of the sky, and the mean square of the sky there."""

import healpy
import numpy as np
import pytest

from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.coverage import SeenPixels, covered_profile
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile

N = np.stack(healpy.pix2vec(32, np.arange(12 * 32**2)), axis=1)


@pytest.mark.parametrize("axes", ["C", "G", "E"])
def test_directions_are_turned_to_the_axes_of_the_map(axes):
    here, turned = unit_vector((10.0, 50.0)), healpy.Rotator(coord=["C", axes])
    towards = turned(here)
    seen = SeenPixels(N @ towards > 0.9, axes)
    assert seen.at(np.stack([here, -here])).tolist() == [True, False]


def test_fraction_is_that_of_the_solid_angle():
    # A cap of cos θ > 0.5 is a quarter of the sphere; a ring of pixels on its edge is 1/64 of it at most.
    assert SeenPixels(N[:, 2] > 0.5, "C").fraction == pytest.approx(0.25, abs=1 / 64)


@pytest.mark.parametrize("lmin", [1, 2])
def test_a_whole_sky_has_the_profile_without_coverage(random_alm, lmin):
    lmax, field = 8, unit_vector((10.0, 50.0))
    alm, bins = random_alm(lmax, 3), PitchAngleBins.from_lmax(lmax, 5)
    seen = SeenPixels(np.full(12, True), "C")
    profile, coverage = covered_profile(alm, bins, lmin, seen, field)
    np.testing.assert_allclose(profile, pitch_angle_profile(alm, bins, lmin), rtol=1e-12)
    np.testing.assert_allclose(coverage, 1.0, rtol=1e-12)


def test_bins_that_were_not_seen_are_nan():
    """Only directions within 60° of b were seen: μ = −n·b < −0.5 is the first quarter of the bins."""
    lmax, field = 4, unit_vector((10.0, 50.0))
    alm = np.zeros(15, dtype=complex)
    alm[1] = 1.0  # a_10: I² = 3/(4π) μ²
    bins = PitchAngleBins.from_lmax(lmax, 4)
    profile, coverage = covered_profile(alm, bins, 1, SeenPixels(N @ field > 0.5, "C"), field)
    # Pixels on the edge are at most 2 % of a bin at nside 32.
    np.testing.assert_allclose(coverage, [1, 0, 0, 0], atol=0.02)
    assert profile[0] == pytest.approx(3 / (4 * np.pi) * (1 - 0.125) / 1.5, rel=0.03)
    assert np.all(np.isnan(profile[2:]))
