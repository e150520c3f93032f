"""Coupling of fields of view that depend on right ascension, against sums over pixels."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.simulator.observation.spectrum import coupled_power
from eddysky.validation.theory.mask_coupling import MaskCoupling
from eddysky.validation.theory.mode_coupling import ZonalCoupling

NSIDE, LMAX = 8, 9
PIXELS = 12 * NSIDE**2
X, Y, Z = healpy.pix2vec(NSIDE, np.arange(PIXELS))
RING = healpy.pix2ring(NSIDE, np.arange(PIXELS)) - 1
# The north polar cap, whose rings have few pixels, and half of the rest.
WEIGHT = np.where((Z > 0.8) | (X > 0.1), 0.4 + 0.3 * Y + 0.2 * Z, 0.0)
EXPOSURE = np.where(WEIGHT > 0, 1000 * (1.5 - Z + 0.3 * X), 0.0)


def analysed(sky, keep_zonal):
    """ã_ℓm of a sky whose means are removed, by plain sums."""
    seen = np.where(EXPOSURE > 0, sky, 0.0)
    if keep_zonal:
        seen = seen - np.sum(EXPOSURE * seen) / EXPOSURE.sum()
    else:
        means = np.bincount(RING, EXPOSURE * seen) / np.maximum(np.bincount(RING, EXPOSURE), 1e-9)
        seen = seen - means[RING]
    coupled = healpy.map2alm(WEIGHT * seen, lmax=LMAX, iter=0)
    if not keep_zonal:
        coupled[: LMAX + 1] = 0.0
    return coupled


@pytest.mark.parametrize("keep_zonal", [False, True])
def test_matrix_is_that_of_sums_over_pixels(keep_zonal):
    matrix = np.zeros((LMAX + 1, LMAX + 1))
    for ell in range(LMAX + 1):
        for m in range(ell + 1):
            for one in (1.0, 1j) if m else (1.0,):
                alm = np.zeros(healpy.Alm.getsize(LMAX), dtype=complex)
                # One of 2ℓ+1 real coefficients of unit variance.
                alm[healpy.Alm.getidx(LMAX, ell, m)] = one / np.sqrt(2 if m else 1)
                matrix[:, ell] += healpy.alm2cl(analysed(healpy.alm2map(alm, NSIDE), keep_zonal))
    found = MaskCoupling.from_maps(WEIGHT, EXPOSURE, LMAX, keep_zonal)
    np.testing.assert_allclose(found.matrix, matrix, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("keep_zonal", [False, True])
def test_noise_bias_is_that_of_the_counts(keep_zonal):
    seen = np.where(EXPOSURE > 0, 0.0, np.nan)
    variance = 1 / np.where(EXPOSURE > 0, EXPOSURE, np.nan)
    _, noise = coupled_power(seen, WEIGHT, variance, LMAX, keep_zonal)
    found = MaskCoupling.from_maps(WEIGHT, EXPOSURE, LMAX, keep_zonal)
    np.testing.assert_allclose(found.noise_bias, noise, rtol=1e-10, atol=1e-18)


@pytest.mark.parametrize("keep_zonal", [False, True])
def test_weights_of_declination_alone_are_a_case(keep_zonal):
    weight = np.clip(Z + 0.3, 0.0, 1.0)
    exposure = np.where(weight > 0, 1000 * (1.5 - Z), 0.0)
    found = MaskCoupling.from_maps(weight, exposure, LMAX, keep_zonal, lmax_sky=12)
    exact = ZonalCoupling.from_maps(weight, exposure, LMAX, keep_zonal, lmax_sky=12)
    # It leaves out that rings near the poles mix different m.
    np.testing.assert_allclose(found.matrix, exact.matrix, atol=2e-3)
    np.testing.assert_allclose(found.noise_bias[1:], exact.noise_bias[1:], rtol=2e-3)


def test_maps_that_cannot_be_used_are_refused():
    with pytest.raises(InputError, match="no exposure"):
        MaskCoupling.from_maps(WEIGHT, 0 * EXPOSURE, LMAX, keep_zonal=False)
    with pytest.raises(InputError, match="lmax = 4000: too large"):
        MaskCoupling.from_maps(WEIGHT, EXPOSURE, 4000, keep_zonal=False)
