"""What a survey adds to a sky before it is counted, and what the division by rings takes away."""

from __future__ import annotations

import dataclasses

import healpy
import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.counts import draw_counts, sky_to_observe
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.intensity import relative_intensity
from eddysky.simulator.observation.survey import Survey

NSIDE, LMAX = 16, 8
CONFIG = Config().replace({"sky.nside": 16, "sky.lmax": LMAX})
SURVEY = Survey("full", (1e9,), NSIDE)
NONE = np.zeros(healpy.Alm.getsize(LMAX), dtype=complex)


def test_more_particles_come_from_ahead():
    """δI/I = (α + 2)(V/c) cos χ, with α = 2.7; protons of 10 TeV move at c."""
    motion = dataclasses.replace(SURVEY, compton_getting=(30.0, 270.0, 30.0))
    sky = healpy.alm2map(sky_to_observe(NONE, CONFIG, motion), NSIDE)
    directions = np.transpose(healpy.pix2vec(NSIDE, np.arange(len(sky))))
    cosine = directions @ healpy.ang2vec(270, 30, lonlat=True)
    np.testing.assert_allclose(sky, 4.7 * 30 / 299792.458 * cosine, atol=1e-11)


def test_the_point_spread_is_the_beam_of_a_gaussian(random_alm):
    alm = random_alm(LMAX, 2)
    seen = sky_to_observe(alm, CONFIG, dataclasses.replace(SURVEY, point_spread=12.0))
    expected = healpy.smoothalm(alm, sigma=np.radians(12.0), inplace=False)
    np.testing.assert_allclose(seen, expected, rtol=1e-12, atol=1e-14)


def test_no_counts_of_a_negative_sky():
    with pytest.raises(InputError, match="realisation 3: the relative intensity reaches -1"):
        draw_counts(np.array([1.0, -0.1]), 1, 3)


def test_all_m_0_multipoles_are_removed(random_alm):
    """Without noise, in a field of whole rings: what is left is the sky minus its mean on each ring."""
    sky = healpy.alm2map(1e-4 * random_alm(LMAX, 4), NSIDE)
    exposure = exposure_map(Survey("hawc", (1e16,), NSIDE))
    counts = np.rint(exposure * (1 + sky)).astype(np.int64)
    found, variance = relative_intensity(counts, exposure, NSIDE, keep_zonal=False)
    theta = np.round(healpy.pix2ang(NSIDE, np.arange(len(sky)))[0], 9)
    for ring in np.unique(theta[exposure > 0]):
        here = theta == ring
        expected = (1 + sky[here]) / (1 + np.mean(sky[here])) - 1
        np.testing.assert_allclose(found[here], expected, atol=1e-10)
    assert np.isnan(found[exposure == 0]).all()
    seen = exposure > 0
    np.testing.assert_allclose(variance[seen] * exposure[seen], 1, atol=2e-3)
    kept, _ = relative_intensity(counts, exposure, NSIDE, keep_zonal=True)
    mean = np.sum(counts) / np.sum(exposure)
    np.testing.assert_allclose(kept[seen], (1 + sky[seen]) / mean - 1, atol=1e-10)
