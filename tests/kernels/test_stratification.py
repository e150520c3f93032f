"""Stratified arrivals: equal cells that fill the whole, one particle in each, the same for any chunks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eddysky.kernels.stratification import cell, sample_stratified_arrivals


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 1000, 12_345])
@pytest.mark.parametrize("path_weight", [0.0, 0.5])
def test_cells_are_equal_and_fill_the_whole(count, path_weight):
    ends = np.array([cell(i, count, path_weight) for i in range(count)])
    sides = ends[:, 1::2] - ends[:, ::2]
    assert np.all(sides > 0)
    assert ends.min() == 0.0
    assert ends.max() == 1.0
    # Rounding of a cut for each of the two logarithms of the number of cells.
    assert np.allclose(sides.prod(axis=1), 1 / count, rtol=1e-12)
    if path_weight == 0:
        assert np.array_equal(ends[:, 4:], np.tile([0.0, 1.0], (count, 1)))
    # Every point lies in one cell: equal cells that overlapped would leave points without one.
    points = np.random.default_rng(count).random((200, 3))
    inside = np.all((points[:, None] >= ends[:, ::2]) & (points[:, None] < ends[:, 1::2]), axis=2)
    assert np.all(inside.sum(axis=1) == 1)


def launched(particles, first=0, count=None, seed=5, realization=2, path_weight=0.5):
    count = particles if count is None else count
    directions, quantiles = np.empty((count, 3)), np.empty(count)
    sample_stratified_arrivals(
        directions,
        np.empty((count, 2)),
        quantiles,
        particles,
        path_weight,
        seed,
        realization,
        first,
    )
    return directions, quantiles


def test_chunks_make_the_whole():
    whole = launched(1001)
    parts = [launched(1001, first, min(300, 1001 - first)) for first in range(0, 1001, 300)]
    for values, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        assert np.array_equal(values, np.concatenate(pieces))


def test_each_half_has_one_particle_in_each_cell():
    directions, quantiles = launched(1001)
    z = (directions[:, 2] + 1) / 2
    turn = np.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi) % 1
    for half, size in ((0, 501), (1, 500)):
        ends = np.array([cell(i, size, 0.5) for i in range(size)])
        for column, values in enumerate((z, turn, quantiles)):
            own = values[half::2]
            assert np.all(own > ends[:, 2 * column] - 1e-12)
            assert np.all(own < ends[:, 2 * column + 1] + 1e-12)


def test_particles_are_uniform_and_halves_independent():
    """Over many realisations one particle fills its cell uniformly; false alarm 1e-4 for each of 5 tests."""
    runs = [launched(64, realization=r) for r in range(2000)]
    z = np.array([(d[:, 2] + 1) / 2 for d, _ in runs])
    path = np.array([q for _, q in runs])
    ends = cell(5, 32, 0.5)
    for values, low, high in ((z[:, 10], *ends[:2]), (path[:, 10], *ends[4:])):
        assert stats.kstest((values - low) / (high - low), "uniform").pvalue > 1e-4
    assert stats.pearsonr(z[:, 10], z[:, 11]).pvalue > 1e-4
    assert stats.pearsonr(path[:, 10], path[:, 11]).pvalue > 1e-4
    assert stats.pearsonr(z[:, 10], path[:, 10]).pvalue > 1e-4
