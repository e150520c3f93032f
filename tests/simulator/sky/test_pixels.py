"""Maps of random particles: averages and their standard errors."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator.sky.pixels import PixelSums, map_lmax, pixel_means

EPS = np.finfo(float).eps


def particles(count, nside=4, seed=5, empty=7):
    """Particles everywhere but on pixel `empty`, one on the next pixel."""
    rng = np.random.default_rng(seed)
    n = rng.normal(size=(count, 3))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    pixels = healpy.vec2pix(nside, *n.T)
    keep = (pixels != empty) & (pixels != empty + 1)
    lonely = np.array(healpy.pix2vec(nside, empty + 1))[None]
    return np.concatenate([n[keep], lonely]), rng.normal(size=keep.sum() + 1) + 3.0


def angles_of(n):
    return np.stack(healpy.vec2ang(n), axis=1)


def test_averages_and_errors_pixel_by_pixel():
    n, values = particles(5000)
    sums = PixelSums.empty(4)
    sums.add(angles_of(n)[:1234], values[:1234])
    sums.add(angles_of(n)[1234:], values[1234:])
    sky = sums.sky(mean=2.5)
    pixels = healpy.vec2pix(4, *n.T)
    assert sky.intensity.shape == sky.hits.shape == sky.variance.shape == (192,)
    for pixel in range(192):
        own = values[pixels == pixel]
        assert sky.hits[pixel] == len(own)
        if len(own) == 0:
            assert np.isnan(sky.intensity[pixel])
        else:
            assert abs(sky.intensity[pixel] - (np.mean(own) - 2.5)) <= len(own) * 8 * EPS
        if len(own) < 2:
            assert np.isnan(sky.variance[pixel])
        else:
            expected = np.var(own, ddof=1) / len(own)
            # ⟨x²⟩ − ⟨x⟩² loses the digits that ⟨x⟩² = 9 has more than the spread.
            bound = len(own) * 32 * EPS * 20 / len(own)
            assert abs(sky.variance[pixel] - expected) <= bound


def test_equal_values_have_no_spread():
    n, values = particles(2000)
    sums = PixelSums.empty(4)
    sums.add(angles_of(n), np.full_like(values, 0.1))
    sky = sums.sky(mean=0.0)
    some = sky.hits > 1
    # Never negative, and zero up to the rounding of two averages.
    assert np.all(sky.variance[some] >= 0)
    assert np.all(sky.variance[some] <= 4 * EPS * 0.01)


@pytest.mark.parametrize("nside", [1, 2, 32])
def test_pixels_are_those_of_healpy(nside):
    n = np.stack(healpy.pix2vec(nside, np.arange(12 * nside**2)), axis=1)
    sums = PixelSums.empty(nside)
    sums.add(angles_of(n), np.arange(12.0 * nside**2))
    sky = sums.sky(mean=0.0)
    assert np.array_equal(sky.intensity, np.arange(12.0 * nside**2))
    assert np.all(sky.hits == 1)


def test_pixel_means_are_averages_over_the_pixels():
    nside, lmax = 8, map_lmax(8)
    rng = np.random.default_rng(6)
    alm = rng.standard_normal((lmax + 1) * (lmax + 2) // 2) + 0j
    alm *= 1.0 / (1 + np.arange(len(alm)))
    found = pixel_means(alm, nside)
    without_mean = alm.copy()
    without_mean[0] = 0.0
    # Sixteen times more points than the function uses, and power up to the highest multipole.
    fine = healpy.alm2map(without_mean, 32 * nside, lmax=lmax)
    np.testing.assert_allclose(
        found, healpy.ud_grade(fine, nside), rtol=0, atol=3e-4 * np.std(found)
    )


@pytest.mark.parametrize(
    ("nside", "lmax"), [(1, 4), (64, 256), (256, 512), (512, 1024), (2048, 3500)]
)
def test_multipoles_of_maps(nside, lmax):
    assert map_lmax(nside) == lmax


def test_finest_maps_show_pixel_centres():
    lmax = map_lmax(1024)
    alm = np.zeros((lmax + 1) * (lmax + 2) // 2, dtype=complex)
    alm[1] = 1.0
    z = healpy.pix2vec(1024, np.arange(12 * 1024**2))[2]
    np.testing.assert_allclose(pixel_means(alm, 1024), np.sqrt(3 / (4 * np.pi)) * z, atol=1e-12)
