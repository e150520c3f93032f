"""Top-hat smoothing against its exact harmonics, and against means over discs on a part of the sky."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import eval_legendre

from eddysky import InputError
from eddysky.simulator.sky.smoothing import smoothed, top_hat_beam

NSIDE, LMAX = 32, 32


@pytest.mark.parametrize("degrees", [0.1, 5.0, 20.0, 90.0, 180.0])
def test_the_beam_is_the_mean_of_legendre_polynomials(degrees):
    radius = np.radians(degrees)
    beam = top_hat_beam(radius, 60)
    for ell in (0, 1, 2, 13, 60):
        total, _ = quad(lambda x, ell=ell: eval_legendre(ell, x), np.cos(radius), 1, epsabs=1e-13)
        # Of the difference of two Legendre polynomials at small radii.
        assert beam[ell] == pytest.approx(total / (1 - np.cos(radius)), abs=1e-9)


def test_a_whole_sky_is_multiplied_by_the_beam(random_alm):
    alm = random_alm(LMAX, 3)
    radius = np.radians(10)
    expected = healpy.alm2map(healpy.almxfl(alm, top_hat_beam(radius, LMAX)), NSIDE)
    found = smoothed(healpy.alm2map(alm, NSIDE), radius)
    # What three iterations of healpy's analysis leave at ℓ ≤ nside.
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.std(expected))


def test_a_partial_sky_is_averaged_over_what_was_seen(random_alm):
    sky = healpy.alm2map(random_alm(8, 3), NSIDE)
    z = healpy.pix2vec(NSIDE, np.arange(len(sky)))[2]
    seen, radius = z > 0.3, np.radians(15)
    found = smoothed(np.where(seen, sky, np.nan), radius)
    np.testing.assert_array_equal(np.isfinite(found), seen)
    pixels = np.random.default_rng(1).choice(np.flatnonzero(seen), 40, replace=False)
    for pixel in pixels:
        disc = healpy.query_disc(NSIDE, healpy.pix2vec(NSIDE, pixel), radius)
        # Discs of some 200 pixels differ by those at their edge.
        assert found[pixel] == pytest.approx(sky[disc][seen[disc]].mean(), abs=0.1 * np.std(sky))
    # Without its mean over the seen part a constant would fade at the edge.
    np.testing.assert_allclose(smoothed(np.where(seen, 1.0, np.nan), radius)[seen], 1, atol=1e-12)


@pytest.mark.parametrize("degrees", [0.0, 0.5, 181.0, -3.0, np.nan])
def test_radii_that_cannot_be(degrees):
    with pytest.raises(InputError, match=r"smoothing radius = .* deg: must be from 1\.8 deg"):
        smoothed(np.zeros(12 * NSIDE**2), np.radians(degrees))
