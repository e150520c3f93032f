"""Coupled C_ℓ and their noise bias."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator.observation.spectrum import coupled_power
from eddysky.simulator.observation.weight import apodised

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
