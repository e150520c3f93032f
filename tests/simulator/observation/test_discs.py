"""Sums over discs against lists of their pixels, and against the beam of a top hat."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from scipy.special import eval_legendre

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.discs import (
    background_of_discs,
    mean_over_discs,
    sums_over_discs,
)


def discs(nside, radius):
    """Pixels of the disc around each pixel, one by one."""
    for centre in range(12 * nside**2):
        yield healpy.query_disc(nside, healpy.pix2vec(nside, centre), np.radians(radius) + 1e-5)


@pytest.mark.parametrize(
    ("nside", "radius"), [(1, 0.0), (8, 0.0), (8, 15.0), (4, 90.0), (4, 180.0)]
)
def test_sums_are_those_of_the_pixels_within(nside, radius):
    values = np.random.default_rng(1).normal(size=12 * nside**2)
    expected = [np.sum(values[pixels]) for pixels in discs(nside, radius)]
    np.testing.assert_allclose(sums_over_discs(values, radius), expected, atol=1e-12)


def test_the_background_is_that_of_the_rings_beside_the_disc():
    nside, radius, rng = 8, 20.0, np.random.default_rng(2)
    counts, exposure = rng.poisson(50.0, 768), rng.uniform(0, 50, 768)
    exposure[:300] = 0.0
    counts[:300] = 0
    rings = np.round(healpy.pix2ang(nside, np.arange(768))[0], 9)
    found = background_of_discs(counts, exposure, radius, False)
    for centre, pixels in list(enumerate(discs(nside, radius)))[::50]:
        on = expected = variance = 0.0
        for ring in np.unique(rings[pixels]):
            here = rings == ring
            inside = pixels[rings[pixels] == ring]
            share = np.sum(exposure[inside]) / max(
                np.sum(exposure[here]) - np.sum(exposure[inside]), 1e-300
            )
            if 0 < share < 1e10:
                off = np.sum(counts[here]) - np.sum(counts[inside])
                on += np.sum(counts[inside])
                expected += share * off
                variance += share**2 * off
        row = [values[centre] for values in found]
        np.testing.assert_allclose(row, [on, expected, variance], rtol=1e-10)


@pytest.mark.parametrize("ell", [1, 4, 12])
def test_means_have_the_beam_of_a_top_hat(ell):
    """Of one multipole: the rim of the disc is one of pixels, so that their size over R, squared, is left."""
    nside, radius = 128, 10.0
    alm = np.zeros(healpy.Alm.getsize(ell), dtype=complex)
    alm[healpy.Alm.getidx(ell, ell, ell // 2)] = 1.0
    sky = healpy.alm2map(alm, nside, lmax=ell)
    mean = mean_over_discs(sky, radius)
    rim = (healpy.nside2resol(nside) / np.radians(radius)) ** 2
    ratio = np.dot(mean, sky) / np.dot(sky, sky)
    c = np.cos(np.radians(radius))
    below, above = eval_legendre(ell - 1, c), eval_legendre(ell + 1, c)
    assert ratio == pytest.approx((below - above) / ((2 * ell + 1) * (1 - c)), abs=rim)


def test_means_are_those_of_what_was_seen():
    nside, radius = 8, 15.0
    values = np.random.default_rng(4).normal(size=12 * nside**2)
    values[300:500] = np.nan
    expected = [
        np.nan if np.isnan(value) else np.nanmean(values[pixels])
        for value, pixels in zip(values, discs(nside, radius), strict=True)
    ]
    np.testing.assert_allclose(mean_over_discs(values, radius), expected, atol=1e-12)


def test_a_radius_is_an_angle():
    with pytest.raises(InputError, match="smooth = 200"):
        sums_over_discs(np.ones(12), 200.0)
