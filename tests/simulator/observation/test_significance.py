"""Significance of Li and Ma: published values, and isotropic skies."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.observation.counts import draw_counts
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.significance import li_ma, significance_map
from eddysky.simulator.observation.survey import Survey


@pytest.mark.parametrize(
    ("on", "off", "alpha", "published"),
    [
        # Cousins, Linnemann & Tucker (2008, NIM A 595, 480), Table 1, profile likelihood; alpha = 1/tau.
        (4, 5, 1 / 5.0, 1.95),
        (9, 17.83, 1 / 4.69, 1.99),
        (17, 40.11, 1 / 10.56, 4.57),
        (50, 55, 1 / 2.0, 3.02),
        (67, 15, 1 / 0.5, 3.04),
        (200, 10, 1 / 0.1, 2.38),
        (498426, 493434, 1.0, 5.01),
        (2119449, 23650096, 1 / 11.21, 6.40),
        # The example of the documentation of Gammapy, and its tests.
        (18, 97, 0.1, 2.2421704),
        (10, 20, 0.1, 3.6850322),
        (4, 9, 0.5, -0.1974443),
    ],
)
def test_published_values(on, off, alpha, published):
    digits = len(str(published).partition(".")[2])
    # Published with this many digits; one of Gammapy's tests is off by 3e-8 itself.
    assert float(li_ma(on, off, alpha)) == pytest.approx(published, abs=0.51 * 10.0**-digits)


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
