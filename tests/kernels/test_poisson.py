"""Poisson counts against the distribution itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eddysky.kernels.poisson import log_probability, poisson_counts

SEED, PURPOSE, N = 5, 100, 40_000


@pytest.mark.parametrize("mean", [0.3, 3.0, 9.99, 10.0, 12.0, 50.0, 1e3, 1e5, 1e9])
def test_counts_have_the_distribution(mean):
    """χ² of 30 bins, p > 1e-4: nine tests have a false-alarm probability of 1e-3."""
    counts = np.empty(N, dtype=np.int64)
    poisson_counts(np.full(N, mean), SEED, PURPOSE, 1, counts)
    edges = np.unique(stats.poisson.ppf(np.linspace(0.02, 0.98, 30), mean))
    expected = N * np.diff(np.concatenate([[0], stats.poisson.cdf(edges, mean), [1]]))
    found = np.bincount(np.searchsorted(edges, counts), minlength=len(expected))
    assert stats.chi2.sf(np.sum((found - expected) ** 2 / expected), len(expected) - 1) > 1e-4


def test_large_means_and_none():
    """Mean and scatter at 10¹⁵ within five standard errors, false-alarm probability 1e-6."""
    counts = np.empty(N, dtype=np.int64)
    poisson_counts(np.full(N, 1e15), SEED, PURPOSE, 1, counts)
    pull = (counts - 1e15) / np.sqrt(1e15)
    assert abs(np.mean(pull)) < 5 / np.sqrt(N)
    assert abs(np.var(pull) - 1) < 5 * np.sqrt(2 / N)
    poisson_counts(np.array([0.0, -1.0]), SEED, PURPOSE, 1, counts[:2])
    assert counts[:2].tolist() == [0, 0]


def test_each_index_has_its_own_numbers():
    """Counts do not depend on the pixels before, and differ with seed, purpose and realisation."""
    means = np.linspace(1, 40, 400)
    one, other = np.empty(400, dtype=np.int64), np.empty(400, dtype=np.int64)
    poisson_counts(means, SEED, PURPOSE, 1, one)
    poisson_counts(np.where(np.arange(400) < 200, 1e6, means), SEED, PURPOSE, 1, other)
    np.testing.assert_array_equal(one[200:], other[200:])
    for key in ((SEED + 1, PURPOSE, 1), (SEED, PURPOSE + 1, 1), (SEED, PURPOSE, 2)):
        poisson_counts(means, *key, other)
        assert np.any(one != other)


@pytest.mark.parametrize("mean", [10.0, 29.0, 31.0, 1e4, 1e8])
def test_probabilities(mean):
    for count in np.floor(mean + np.sqrt(mean) * np.array([-3, -1, 0, 2, 5])):
        expected = stats.poisson.logpmf(count, mean)
        # scipy's own cancellation.
        assert log_probability(count, mean) == pytest.approx(expected, abs=1e-12 * mean * 30)
