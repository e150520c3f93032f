"""Spectra from drawn skies against exact ones, where these are known."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from scipy import stats

from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.observation.weight import weight_map
from eddysky.validation.forecasting.coupled_spectra import CoupledSpectra
from eddysky.validation.forecasting.drawn_spectra import DRAWS, DrawnSpectra
from eddysky.validation.forecasting.skies import IsotropicSky, ZonalSky
from eddysky.validation.theory.mode_coupling import ZonalCoupling

LMAX = 12
FIELD = np.array([0.48, -0.6, 0.64])
C_ELL = np.append(0, 1e-6 / np.arange(1.0, LMAX + 1) ** 2)
ROOT = np.sqrt(C_ELL * (2 * np.arange(LMAX + 1) + 1))
SKIES = {
    "isotropic": IsotropicSky(C_ELL),
    "zonal": ZonalSky(np.outer(ROOT, ROOT) * (0.4 + 0.6 * np.eye(LMAX + 1))),
}


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("kind", list(SKIES))
def test_drawn_spectra_are_the_exact_ones(kind, keep):
    survey = Survey("hawc", (1e8,), 8, keep_zonal=keep)
    exposure = exposure_map(survey)
    weight = weight_map(survey, exposure)
    exact = CoupledSpectra(ZonalCoupling.from_maps(weight, exposure, LMAX, keep), FIELD)
    drawn = DrawnSpectra(exposure, weight, LMAX, keep, FIELD)
    sky, rows = SKIES[kind], slice(1, None)
    # Rings of few pixels mix m and m - n, which the exact coupling leaves out.
    np.testing.assert_allclose(drawn.noise[rows], exact.noise[rows], rtol=5e-3)
    np.testing.assert_allclose(drawn.power(sky)[rows], exact.power(sky)[rows], rtol=5e-3)
    for found, expected in zip(
        drawn.covariance_parts(sky), exact.covariance_parts(sky), strict=True
    ):
        size = np.sqrt(np.diag(expected)[rows])
        error = (found - expected)[rows, rows] / np.outer(size, size)
        # A drawn correlation has a standard error of sqrt(2/N), several times that for squares of one normal number:
        # zonal skies of one sky have a kurtosis of 12. Five standard errors: false alarms 1 in 10^4.
        kurtosis = 12 if kind == "zonal" else 4
        assert np.abs(error).max() < 5 * np.sqrt((2 + kurtosis) / DRAWS)


def test_a_zonal_sky_is_seen_about_its_field():
    """√(7/4π) P_3(n·b) through a mask of half of all right ascensions."""
    directions = np.stack(healpy.pix2vec(16, np.arange(12 * 16**2)), axis=1)
    seen = np.where(directions[:, 0] > 0, directions[:, 0], 0.0)
    drawn = DrawnSpectra(1e3 * seen, seen, LMAX, False, FIELD)
    sky = np.sqrt(7 / (4 * np.pi)) * np.polynomial.legendre.legval(directions @ FIELD, [0, 0, 0, 1])
    exact = drawn._seen(sky)
    np.testing.assert_allclose(drawn.responses[3], exact, atol=1e-12 * np.abs(exact).max())


def test_the_inverse_of_a_drawn_covariance_is_unbiased():
    count = 40
    draws = stats.wishart(DRAWS - 1, np.eye(count) / (DRAWS - 1), seed=1).rvs(100)
    traces = np.trace(np.linalg.inv(draws), axis1=1, axis2=2) / count
    exact = DrawnSpectra(np.ones(12), np.ones(12), 2, True, FIELD).inflation(count)
    # The inverse of `inflation` × covariance is right in the mean: 4 standard errors, once in 16 000.
    assert abs(traces.mean() - exact) < 4 * traces.std() / np.sqrt(100)
    assert exact > 1.03
