"""Minima and profile intervals of functions with known results."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eddysky.validation.fitting.minimum import LEVELS, NoMinimumError, Search, minimise

QUANTILES = [math.sqrt(stats.chi2.ppf(level, 1)) for level in LEVELS]
# Ends of intervals are found to 1e-3 of a step, the minimum to where −2 ln L is 2e-4 higher.
CLOSE = 0.02


def test_a_correlated_parabola():
    covariance = np.array([[4.0, 1.8], [1.8, 1.0]])
    inverse = np.linalg.inv(covariance)

    def cost(values):
        away = values - [10.0, 20.0]
        return away @ inverse @ away

    found = minimise(cost, [Search("x", 7.0, -math.inf, math.inf), Search("y", 9.0, 0, math.inf)])
    np.testing.assert_allclose(found.values, [10, 20], atol=CLOSE)
    np.testing.assert_allclose(found.correlation, [[1, 0.9], [0.9, 1]], atol=1e-3)
    for ends, quantile in zip(found.intervals, QUANTILES, strict=True):
        half = quantile * np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(ends[:, 0], found.values - half, atol=CLOSE)
        np.testing.assert_allclose(ends[:, 1], found.values + half, atol=CLOSE)


def test_an_asymmetric_profile_of_a_factor():
    """n values of a χ² with two degrees of freedom: −2 ln L = 2n (ln x + m/x)."""
    found = minimise(
        lambda v: 20 * (math.log(v[0]) + 3 / v[0]), [Search("x", 1.0, 0, math.inf, True)]
    )
    assert found.values[0] == pytest.approx(3, rel=1e-2)
    for (low, high), quantile in zip(found.intervals[:, 0], QUANTILES, strict=True):
        for end in (low, high):
            rise = 20 * (math.log(end / 3) + 3 / end - 1)
            assert rise == pytest.approx(quantile**2, rel=1e-2)
        assert high - 3 > 3 - low


@pytest.mark.parametrize(("centre", "expected"), [(0.0, 0.0), (-1.0, 0.0), (0.7, 0.7)])
def test_an_end_of_the_range_ends_the_interval(centre, expected):
    found = minimise(lambda v: (v[0] - centre) ** 2, [Search("x", 1.0, 0, math.inf)])
    assert found.values[0] == pytest.approx(expected, abs=CLOSE)
    assert found.intervals[0, 0, 0] == 0
    # The profile rises from the minimum inside the range.
    rise = (found.intervals[0, 0, 1] - centre) ** 2 - (expected - centre) ** 2
    assert rise == pytest.approx(QUANTILES[0] ** 2, abs=2 * CLOSE)


def test_a_range_with_two_ends():
    found = minimise(lambda v: ((v[0] - 1.9) / 0.2) ** 2, [Search("x", 1.2, 1, 2)])
    assert found.values[0] == pytest.approx(1.9, abs=CLOSE * 0.2)
    assert found.intervals[1, 0, 1] == 2
    assert found.intervals[0, 0, 0] == pytest.approx(1.7, abs=CLOSE * 0.2)


def test_no_minimum():
    with pytest.raises(NoMinimumError):
        minimise(lambda v: math.nan, [Search("x", 1.0, -math.inf, math.inf)])


def test_a_cost_that_is_flat_in_double_precision_is_given_up():
    """As of a measured value with a lost decimal point: its intervals would be looked for without end."""
    calls = 0

    def cost(values):
        nonlocal calls
        calls += 1
        return 1e36 + (values[0] - 0.7) ** 2 + 1e30 * (values[1] - 2) ** 2

    with pytest.raises(NoMinimumError):
        minimise(cost, [Search(name, 1.0, -math.inf, math.inf) for name in "xy"])
    assert calls < 100_000


@pytest.mark.parametrize("width", [1e-20, 1e-14])
def test_a_minimum_lost_in_rounding_has_no_intervals(width):
    """Also none that reach to the ends of the range."""
    with pytest.raises(NoMinimumError):
        minimise(lambda v: ((v[0] - 0.7) / width) ** 2, [Search("x", 0.7, 0.0, math.inf)])


def test_no_parameters():
    found = minimise(lambda v: 1.0, [])
    assert found.values.shape == (0,)
    assert found.intervals.shape == (2, 0, 2)
