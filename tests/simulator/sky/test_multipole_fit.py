"""Low multipoles fitted to a part of the sky."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky import InputError
from eddysky.simulator.sky.multipole_fit import MOST_FITTED, fitted_multipoles

NSIDE = 16
Z = healpy.pix2vec(NSIDE, np.arange(12 * NSIDE**2))[2]


@pytest.mark.parametrize("lmax", [0, 1, 3, MOST_FITTED])
@pytest.mark.parametrize("seen", [Z > -2, Z > 0])
def test_multipoles_of_the_sky_are_found(random_alm, lmax, seen):
    """From half of the sky, too, to rounding times the condition of the fit."""
    sky = healpy.alm2map(random_alm(lmax, 3), NSIDE)
    found = fitted_multipoles(np.where(seen, sky, np.nan), lmax)
    tolerance = 1e-12 if seen.all() or lmax <= 3 else 1e-6
    np.testing.assert_allclose(found, sky, atol=tolerance * np.max(np.abs(sky)))


def test_what_is_left_is_orthogonal_to_the_fit():
    values = np.where(Z > 0.2, np.random.default_rng(2).normal(size=len(Z)), np.nan)
    left = values - fitted_multipoles(values, 2)
    x, y, z = healpy.pix2vec(NSIDE, np.arange(len(Z)))
    for term in (np.ones(len(Z)), x, y, z, x * y, x * z, y * z, x**2, z**2):
        assert abs(np.nansum(left * term)) < 1e-9


@pytest.mark.parametrize(
    ("lmax", "words"), [(-1, "must be from 0 to 10"), (11, "must be from 0 to 10"), (3, "16 coeff")]
)
def test_refused(lmax, words):
    with pytest.raises(InputError, match=words):
        fitted_multipoles(np.where(np.arange(len(Z)) < 15, 1.0, np.nan), lmax)
