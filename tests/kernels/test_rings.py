"""Mode sums on pairs of rings against the sum at single points."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.kernels.fourier import velocity_sums
from eddysky.kernels.rings import LONGEST, ring_sums

# Errors of both polynomials, 3.4e-9 each, and of the phases of z.
PER_AMPLITUDE = 1e-8


def rings(z, counts, size=30.0):
    """Points (N, 3) of rings at these z and their mirror images, and the arguments that describe them."""
    halves, everywhere = [], []
    for height, count in zip(z, counts, strict=True):
        phi = 0.3 + np.pi * np.arange(count) / count
        radius = size * np.sqrt(1 - height**2)
        x, y = radius * np.cos(phi), radius * np.sin(phi)
        half = np.stack([x, y, np.full(count, size * height)], axis=1)
        halves.append(half)
        everywhere.append(np.concatenate([half, half * [-1, -1, 1]]))
    southern = [] if z[-1] == 0 else [everywhere[-1] * [1, 1, -1]]
    southern += [ring * [1, 1, -1] for ring in everywhere[-2::-1]]
    points = np.concatenate([*everywhere, *southern])
    counts = np.array(counts)
    sizes = 2 * np.concatenate([counts, counts[::-1][len(z) - len(southern) :]])
    start = np.cumsum(sizes) - sizes
    north, south = start[: len(z)], start[::-1][: len(z)].copy()
    return points, (np.concatenate(halves), counts, north, south)


@pytest.mark.parametrize("modes", [0, 1, 2, 33, 64])
@pytest.mark.parametrize(
    ("z", "counts"),
    [([0.9, 0.4], [3, 17]), ([0.99, 0.5, 0.0], [1, 16, 40]), ([0.1], [LONGEST + 5])],
)
def test_against_the_sum_at_each_point(z, counts, modes):
    rng = np.random.default_rng(modes)
    table = [np.ascontiguousarray(rng.normal(size=(3, modes))) for _ in range(3)]
    points, described = rings(z, counts)
    found, expected = np.full_like(points, np.nan), np.empty_like(points)
    ring_sums(*described, *table, found)
    velocity_sums(points, *table, expected)
    bound = PER_AMPLITUDE * np.sum(np.abs(table[1]) + np.abs(table[2]), axis=1)
    assert np.all(np.abs(found - expected) <= bound)


def test_bits_do_not_depend_on_the_other_rings():
    rng = np.random.default_rng(5)
    table = [np.ascontiguousarray(rng.normal(size=(3, 31))) for _ in range(3)]
    points, (half, counts, north, south) = rings([0.8, 0.3], [5, 30])
    together, apart = np.empty_like(points), np.empty_like(points)
    ring_sums(half, counts, north, south, *table, together)
    for first, last, rows in ((0, 1, slice(0, 5)), (1, 2, slice(5, 35))):
        part = slice(first, last)
        ring_sums(half[rows], counts[part], north[part], south[part], *table, apart)
    assert np.array_equal(together, apart)
