"""Free paths and directions against the distributions they are to follow.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eddysky.kernels.paths import erlang_path, isotropic_direction

MEAN = 7.5
COUNT = 40_000
ORDERS = [1, 2, 3, 8, 25]
EPS = np.finfo(float).eps


def paths(order, count=COUNT, step=0, seed=3, realization=1):
    return np.array([erlang_path(MEAN, order, seed, realization, i, step) for i in range(count)])


@pytest.mark.parametrize("order", ORDERS)
def test_mean_and_variance(order):
    sample = paths(order)
    limit = stats.norm.isf(1e-4 / 2)  # 10 comparisons at 1e-4: false alarm 1e-3
    mean_error = MEAN / np.sqrt(order * COUNT)
    assert abs(np.mean(sample) - MEAN) < limit * mean_error
    variance = MEAN**2 / order
    # The variance of a sample variance is σ⁴ (κ − 1)/N, where κ = 3 + 6/q for a gamma law of order q.
    variance_error = variance * np.sqrt((2 + 6 / order) / COUNT)
    assert abs(np.var(sample) - variance) < limit * variance_error


def test_exponential_distribution():
    assert stats.kstest(paths(1), stats.expon(scale=MEAN).cdf).pvalue > 1e-4  # false alarm 1e-4


@pytest.mark.parametrize("order", ORDERS)
def test_erlang_distribution(order):
    law = stats.gamma(order, scale=MEAN / order)
    assert stats.kstest(paths(order), law.cdf).pvalue > 1e-4  # five at 1e-4: false alarm 5e-4


def test_large_order_approaches_the_fixed_path():
    sample = paths(10_000, count=20)
    # Standard deviation λ/√q; 20 paths, each outside with probability 1e-5/20: false alarm 1e-5.
    assert np.max(np.abs(sample - MEAN)) < stats.norm.isf(1e-5 / 40) * MEAN / 100


@pytest.mark.parametrize("order", [1, 2, 3])
def test_successive_paths_are_independent(order):
    # A draw that served two steps would correlate them by about 1/q.
    first, second, third = (paths(order, step=step) for step in (0, 1, 2))
    limit = stats.norm.isf(1e-5 / 2) / np.sqrt(COUNT)  # 6 at 1e-5: false alarm 6e-5
    assert abs(np.corrcoef(first, second)[0, 1]) < limit
    assert abs(np.corrcoef(first, third)[0, 1]) < limit


def test_paths_scale_with_their_mean():
    for order in (1, 4):
        single, double = (erlang_path(mean, order, 1, 2, 3, 4) for mean in (1.0, 2.0))
        assert double == 2 * single


def directions(count=COUNT):
    deviates = np.random.default_rng(8).random((count, 2))
    return np.array([isotropic_direction(a, b) for a, b in deviates])


def test_directions_have_unit_length():
    lengths = np.linalg.norm(directions(5000), axis=1)
    assert np.max(np.abs(lengths - 1)) <= 8 * EPS  # a dozen roundings, each of half a unit at most


@pytest.mark.parametrize("first", [2.0**-53, 0.5, 1 - 2.0**-53])
@pytest.mark.parametrize("second", [2.0**-53, 0.5, 1 - 2.0**-53])
def test_directions_at_the_ends_of_the_interval(first, second):
    assert abs(np.linalg.norm(isotropic_direction(first, second)) - 1) <= 8 * EPS


def test_moments_of_directions():
    n = directions()
    limit = stats.norm.isf(1e-5 / 2)  # 12 comparisons at 1e-5: false alarm 1.2e-4
    assert np.all(np.abs(np.mean(n, axis=0)) < limit * np.sqrt(1 / (3 * COUNT)))
    second = n.T @ n / COUNT
    # ⟨n_i⁴⟩ = 1/5 and ⟨n_i² n_j²⟩ = 1/15 give the variances of the second moments.
    error = np.full((3, 3), np.sqrt(1 / 15 / COUNT))
    np.fill_diagonal(error, np.sqrt((1 / 5 - 1 / 9) / COUNT))
    assert np.all(np.abs(second - np.eye(3) / 3) < limit * error)


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (-2, 3, 0.5)])
def test_projection_on_any_axis_is_uniform(axis):
    # Archimedes: n·a is uniform on [−1, 1] for every axis a, and only isotropy gives that.
    projection = directions() @ (np.array(axis) / np.linalg.norm(axis))
    level = 1e-4  # five axes: false alarm 5e-4
    assert stats.kstest(projection, stats.uniform(-1, 2).cdf).pvalue > level
