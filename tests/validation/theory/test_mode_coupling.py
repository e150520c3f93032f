"""Mode-coupling matrices against quadrature, sums over pixels and Gaussian skies."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.validation.theory.mode_coupling import (
    ZonalCoupling,
    coupling_matrix,
    coupling_matrix_of_spectrum,
    weight_power,
)

NSIDE, LMAX = 16, 24
PIXELS = 12 * NSIDE**2
Z = healpy.pix2vec(NSIDE, np.arange(PIXELS))[2]
RING = healpy.pix2ring(NSIDE, np.arange(PIXELS)) - 1
# A field of view with a smooth edge, and counts that grow towards its middle.
WEIGHT = np.clip((0.2 - Z) / 0.5, 0.0, 1.0)
EXPOSURE = np.where(WEIGHT > 0, 1e6 * (1.5 - Z), 0.0)
ELL = np.arange(LMAX + 1)


@pytest.mark.parametrize("lmax_sky", [None, 15, 40])
def test_matrix_of_a_spectrum_is_that_of_quadrature(lmax_sky):
    sky = LMAX if lmax_sky is None else lmax_sky
    power = np.random.default_rng(1).random(LMAX + sky + 1)
    nodes, weights = np.polynomial.legendre.leggauss(LMAX + sky + 1)
    legendre = np.polynomial.legendre.legvander(nodes, LMAX + sky)
    correlation = legendre @ ((2 * np.arange(LMAX + sky + 1) + 1) * power) / (4 * np.pi)
    size = 2 * np.arange(sky + 1) + 1
    exact = (legendre[:, : LMAX + 1].T * (weights * correlation)) @ legendre[:, : sky + 1] / 2
    matrix = coupling_matrix_of_spectrum(power, LMAX, lmax_sky)
    np.testing.assert_allclose(matrix, exact * size, rtol=0, atol=1e-10 * np.max(matrix))


def test_spectrum_of_a_weight_is_healpys():
    exact = healpy.alm2cl(healpy.map2alm(WEIGHT, lmax=LMAX, iter=0))
    np.testing.assert_allclose(weight_power(WEIGHT, LMAX), exact, rtol=1e-10, atol=1e-16)


def test_couplings_of_orders_add_up_to_the_matrix_of_the_weight():
    # A weight of few multipoles, for which the sums over pixels are integrals to 1e-3.
    weight = 0.5 + 0.3 * Z - 0.2 * Z**2
    whole = ZonalCoupling.from_maps(weight, None, 16, keep_zonal=True)
    matrix = coupling_matrix(weight, 16)
    # All of the sky is seen: its mean, ℓ' = 0, is removed.
    np.testing.assert_allclose(whole.matrix[1:, 1:], matrix[1:, 1:], rtol=2e-3, atol=2e-3)
    assert np.max(np.abs(whole.matrix[:, 0])) < 1e-10


def pixel_couplings(m, keep_zonal):
    """ã_ℓm for each a_ℓ'm = 1 by synthesis, removal and sums over pixels, shape (ℓ', ℓ)."""
    rows = []
    for ell in range(m, LMAX + 1):
        alm = np.zeros(healpy.Alm.getsize(LMAX), dtype=complex)
        alm[healpy.Alm.getidx(LMAX, ell, m)] = 1.0
        sky = healpy.alm2map(alm, NSIDE)
        seen = np.where(EXPOSURE > 0, sky, 0.0)
        if keep_zonal:
            seen = seen - np.sum(EXPOSURE * seen) / EXPOSURE.sum()
        else:
            ring = np.bincount(RING, EXPOSURE * seen) / np.maximum(
                np.bincount(RING, EXPOSURE), 1e-9
            )
            seen = seen - ring[RING]
        coupled = healpy.map2alm(WEIGHT * seen, lmax=LMAX, iter=0)
        rows.append([coupled[healpy.Alm.getidx(LMAX, each, m)].real for each in range(m, LMAX + 1)])
    return np.array(rows)


@pytest.mark.parametrize(
    ("m", "keep_zonal"), [(0, True), (1, True), (1, False), (7, False), (20, False)]
)
def test_couplings_are_sums_over_pixels(m, keep_zonal):
    coupling = ZonalCoupling.from_maps(WEIGHT, EXPOSURE, LMAX, keep_zonal)
    found = coupling.couplings[coupling.orders.tolist().index(m), m:, m:].T
    # Rings near the pole, of few pixels, mix a little of m ± n_r.
    np.testing.assert_allclose(found, pixel_couplings(m, keep_zonal), atol=3e-5)


def test_noise_bias_is_that_of_the_counts():
    from eddysky.simulator.observation.spectrum import coupled_power

    variance = np.where(EXPOSURE > 0, 1 / np.maximum(EXPOSURE, 1.0), np.nan)
    seen = np.where(EXPOSURE > 0, 0.0, np.nan)
    for keep_zonal in (False, True):
        coupling = ZonalCoupling.from_maps(WEIGHT, EXPOSURE, LMAX, keep_zonal)
        _, noise = coupled_power(seen, WEIGHT, variance, LMAX, keep_zonal)
        np.testing.assert_allclose(coupling.noise_bias[1:], noise[1:], rtol=1e-6)


def test_the_whole_sky_is_not_coupled():
    one = np.ones(PIXELS)
    coupling = ZonalCoupling.from_maps(one, 1e6 * one, LMAX, keep_zonal=True)
    np.testing.assert_allclose(coupling.matrix[1:17, 1:17], np.eye(16), atol=2e-3)
    np.testing.assert_allclose(coupling.noise_bias[1:], 4 * np.pi / (1e6 * PIXELS), rtol=2e-3)
    without = ZonalCoupling.from_maps(one, 1e6 * one, LMAX, keep_zonal=False)
    lost = np.diag(without.matrix)[1:17]
    np.testing.assert_allclose(lost, (1 - 1 / (2 * ELL + 1))[1:17], atol=2e-3)


def test_maps_that_are_none_of_declination_are_refused():
    turned = WEIGHT.copy()
    turned[np.flatnonzero(WEIGHT)[5]] = 0.0
    with pytest.raises(InputError, match="declination alone"):
        ZonalCoupling.from_maps(turned, EXPOSURE, LMAX, keep_zonal=False)
    with pytest.raises(InputError, match="no exposure"):
        ZonalCoupling.from_maps(WEIGHT, 0 * EXPOSURE, LMAX, keep_zonal=False)
    with pytest.raises(InputError, match="12 nside"):
        ZonalCoupling.from_maps(WEIGHT[:-1], EXPOSURE[:-1], LMAX, keep_zonal=False)
