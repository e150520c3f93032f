"""Significance of Li and Ma: published values, and isotropic skies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

from eddysky.simulator.observation.counts import draw_counts
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.significance import li_ma, significance_map
from eddysky.simulator.observation.survey import Survey


@pytest.mark.parametrize(
    ("on", "off", "alpha", "published"),
    [
        # The example of the documentation of Gammapy, and its first tests.
        (18, 97, 0.1, 2.2421704424844875),
        (4, 9, 0.5, -0.19744427645023557),
        # That test holds to the seven digits that it compares.
        (10, 20, 0.1, pytest.approx(3.6850322025, abs=1e-7)),
        # Its significance for a known background of 1100, the limit of a small α.
        (1300, 1100e8, 1e-8, pytest.approx(5.8600870406703329, rel=1e-7)),
    ],
)
def test_published_values(on, off, alpha, published):
    expected = pytest.approx(published, rel=1e-13) if isinstance(published, float) else published
    assert float(li_ma(on, off, alpha)) == expected


@pytest.mark.parametrize(
    ("on", "off", "alpha"),
    [(4, 5, 0.2), (17, 40, 0.095), (200, 10, 10.0), (60, 100, 1.0), (498426, 493434, 1.0)],
)
def test_it_is_the_ratio_of_likelihoods(on, off, alpha):
    """S² = 2 ln(L₁/L₀), L₀ maximised numerically over the background, L₁ that of both means free."""

    def log_likelihood(background):
        return poisson.logpmf(on, alpha * background) + poisson.logpmf(off, background)

    total = on + off
    null = minimize_scalar(
        lambda b: -log_likelihood(b), bounds=(total / 100 / (1 + alpha), 2 * total), method="bounded",
        options={"xatol": 1e-9 * total},
    )  # fmt: skip
    free = poisson.logpmf(on, on) + poisson.logpmf(off, off)
    expected = np.sign(on - alpha * off) * np.sqrt(2 * (free + null.fun))
    assert float(li_ma(on, off, alpha)) == pytest.approx(expected, rel=1e-6)


def test_limits():
    assert float(li_ma(0, 0, 0.1)) == 0
    assert float(li_ma(0, 10, 0.1)) == pytest.approx(-np.sqrt(20 * np.log(1.1)), rel=1e-14)
    assert float(li_ma(10, 0, 0.1)) == pytest.approx(np.sqrt(20 * np.log(11)), rel=1e-14)
    # A tiny excess over a huge background: (on − α off)/√(on + α² off), to the next order.
    assert float(li_ma(1e14 + 1e7, 1e15, 0.1)) == pytest.approx(1 / np.sqrt(1.1), rel=1e-6)


@pytest.mark.parametrize("keep_zonal", [False, True])
@pytest.mark.parametrize("field", ["icecube", "full"])
@pytest.mark.parametrize("radius", [0.0, 8.0])
def test_isotropic_skies_have_a_significance_of_one(field, keep_zonal, radius):
    """Mean square over 40 skies within four standard errors of 1, from their scatter.

    Eight comparisons have a false-alarm probability of 5e-4.
    """
    survey = Survey(field, (1e7,), 8)
    exposure = exposure_map(survey)
    skies = [
        significance_map(draw_counts(exposure, 7, index), exposure, radius, keep_zonal)
        for index in range(40)
    ]
    means = [np.nanmean(sky**2) for sky in skies]
    assert abs(np.mean(means) - 1) < 4 * np.std(means, ddof=1) / np.sqrt(len(means))
    assert abs(np.nanmean(skies)) < 0.1


def test_one_ring_is_that_of_the_formula():
    """The disc of a pixel and the rest of its ring are on and off regions whose exposures are in the ratio α."""
    survey = Survey("dec:-60,60", (1e6,), 4)
    exposure = exposure_map(survey)
    counts = draw_counts(exposure, 1, 0)
    found = significance_map(counts, exposure, 0.0, False)
    ring = slice(88, 104)
    expected = li_ma(counts[ring], np.sum(counts[ring]) - counts[ring], 1 / 15)
    np.testing.assert_allclose(found[ring], expected, rtol=1e-10)
    assert np.isnan(found[0])
