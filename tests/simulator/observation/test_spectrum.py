"""Coupled C_ℓ, their noise bias and apodised weights."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.simulator.observation.spectrum import apodised, coupled_power

NSIDE, LMAX = 16, 24
PIXELS = 12 * NSIDE**2
VEC = np.stack(healpy.pix2vec(NSIDE, np.arange(PIXELS)))
DECLINATION = np.degrees(np.arcsin(VEC[2]))
RING = healpy.pix2ring(NSIDE, np.arange(PIXELS)) - 1
SOUTH = DECLINATION < -25
PATCH = SOUTH & (VEC[0] > -0.3)


def ring_means(values, exposure):
    """Weighted mean of each ring, at each pixel."""
    total = np.bincount(RING, exposure * values)
    return (total / np.maximum(np.bincount(RING, exposure), 1e-300))[RING]


def direct(values, weight, keep_zonal):
    """C_ℓ by healpy's plain sum over pixels."""
    alm = healpy.map2alm(weight * values, lmax=LMAX, iter=0)
    if not keep_zonal:
        alm[: LMAX + 1] = 0
    return healpy.alm2cl(alm)


@pytest.mark.parametrize("keep_zonal", [False, True])
def test_coupled_power_is_that_of_the_weighted_map(keep_zonal):
    values = np.random.default_rng(1).standard_normal(PIXELS)
    weight = apodised(PATCH, 10.0)
    hidden = np.where(PATCH, values, np.nan)
    power, _ = coupled_power(hidden, weight, np.ones(PIXELS), LMAX, keep_zonal)
    np.testing.assert_allclose(power, direct(values, weight, keep_zonal), rtol=1e-10)


@pytest.mark.parametrize("seen", [SOUTH, PATCH, np.ones(PIXELS, dtype=bool)])
@pytest.mark.parametrize("keep_zonal", [False, True])
def test_noise_bias_is_that_of_counts_whose_mean_is_removed(seen, keep_zonal):
    rng = np.random.default_rng(2)
    exposure = np.where(seen, 50 * (1.5 + VEC[2] + 0.4 * VEC[1]), 0.0)
    variance = np.where(seen, 1 / np.where(seen, exposure, 1.0), np.nan)
    weight = apodised(seen, 20.0)
    skies = []
    for _ in range(200):
        noise = rng.standard_normal(PIXELS) * np.sqrt(np.nan_to_num(variance))
        gone = np.sum(exposure * noise) / exposure.sum()
        noise -= gone if keep_zonal else ring_means(noise, exposure)
        hidden = np.where(seen, noise, np.nan)
        power, expected = coupled_power(hidden, weight, variance, LMAX, keep_zonal)
        skies.append(power)
    skies, ell = np.array(skies), slice(0 if keep_zonal else 1, None)
    pull = (skies.mean(0) - expected)[ell] / (skies.std(0, ddof=1)[ell] / np.sqrt(len(skies)))
    # 25 normal pulls: 1e-4 for a larger one is 4.9 standard errors, with the skewness of C_0 and C_1.
    assert np.max(np.abs(pull)) < 4.9


def test_a_field_of_view_may_turn_with_the_sky():
    width = 20.0
    weight = apodised(PATCH, width)
    inside = weight[PATCH]
    assert np.all(weight[~PATCH] == 0)
    assert np.all(inside > 0)
    assert inside.max() == 1
    deep = (-25 - width - 5 > DECLINATION) & (VEC[0] > 0.4)
    assert deep.any()
    assert np.all(weight[deep] == 1)


def test_a_zonal_field_of_view_has_a_weight_of_declination_alone():
    weight = apodised(SOUTH, 10.0)
    for ring in np.unique(RING):
        assert np.ptp(weight[ring == RING]) == 0
    half = np.argmin(np.abs(DECLINATION + 25 + 5))
    assert weight[half] == pytest.approx(0.5, abs=0.3)
    assert np.all(np.diff(weight[SOUTH]) >= 0)


def test_apodisation_does_not_change_a_whole_sky_or_one_without_it():
    np.testing.assert_array_equal(apodised(np.ones(PIXELS, dtype=bool), 10.0), 1)
    np.testing.assert_array_equal(apodised(SOUTH, 0.0), SOUTH)


@pytest.mark.parametrize("width", [-1.0, 181.0, float("nan")])
def test_widths_out_of_range_are_refused(width):
    with pytest.raises(InputError, match="apodisation"):
        apodised(SOUTH, width)


def test_an_empty_field_of_view_is_refused():
    with pytest.raises(InputError, match="field of view"):
        apodised(np.zeros(PIXELS, dtype=bool), 5.0)
