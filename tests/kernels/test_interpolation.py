"""Lagrange interpolation on periodic grids: exact for polynomials, and of the stated order for waves."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.kernels.interpolation import interpolate, lagrange_weights

RNG = np.random.default_rng(3)


def interpolated(components, points, order, origin=(0.0, 0.0, 0.0), spacing=(1.0, 1.0, 1.0)):
    result = np.empty_like(points)
    interpolate(points, *components, np.array(origin), np.array(spacing), order, result)
    return result


@pytest.mark.parametrize("order", [2, 4])
def test_weights_give_polynomials_of_lower_degree_exactly(order):
    nodes = np.array([0.0, 1.0, 0.0, 0.0]) if order == 2 else np.array([-1.0, 0.0, 1.0, 2.0])
    for t in (0.0, 0.2, 0.7, 1.0):
        weights = np.array(lagrange_weights(t, order))
        for degree in range(order):
            # Four products of numbers up to 8, with a few roundings each.
            assert abs(weights @ nodes**degree - t**degree) < 64 * np.finfo(float).eps


@pytest.mark.parametrize("order", [2, 4])
def test_grid_points_are_met(order):
    grid = RNG.normal(size=(3, 5, 6, 7))
    index = np.array([[0, 0, 0], [4, 5, 6], [2, 3, 1]])
    points = index * [0.5, 2.0, 1.0] - [1.0, 2.0, 3.0]
    found = interpolated(grid, points, order, (-1.0, -2.0, -3.0), (0.5, 2.0, 1.0))
    np.testing.assert_array_equal(found, grid[:, *index.T].T)


@pytest.mark.parametrize("order", [2, 4])
def test_the_grid_repeats_itself(order):
    grid = RNG.normal(size=(3, 4, 8, 16))
    # Eighths are exact in floating point, so shifts by whole periods are too.
    points = RNG.integers(-64, 64, size=(50, 3)) / 8
    shifted = points + RNG.integers(-5, 5, size=(50, 3)) * [4, 8, 16]
    np.testing.assert_array_equal(
        interpolated(grid, points, order), interpolated(grid, shifted, order)
    )


@pytest.mark.parametrize("order", [2, 4])
def test_error_falls_with_the_stated_order(order):
    points = RNG.uniform(-3, 3, size=(2000, 3))
    wavevectors = np.array([[1, 2, 0], [0, 1, -2], [2, 1, 1]])
    errors = []
    for n in (16, 32, 64):
        axis = 2 * np.pi / n * np.arange(n)
        place = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
        grid = np.moveaxis(np.cos(place @ wavevectors.T), -1, 0).copy()
        step = (2 * np.pi / n,) * 3
        found = interpolated(grid, points, order, spacing=step)
        errors.append(np.sqrt(np.mean((found - np.cos(points @ wavevectors.T)) ** 2)))
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    # The next term of the error is smaller by (k h)²/4, at most 0.15 on the coarsest grid.
    np.testing.assert_allclose(orders, order, atol=0.25)
