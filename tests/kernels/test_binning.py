"""Sums per pixel: exact, in the order of the particles, whatever the chunks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from eddysky.kernels.binning import accumulate

PIXELS, COUNT = 48, 10_007
EPS = np.finfo(float).eps


def draw():
    rng = np.random.default_rng(6)
    # Values over many decades: any other order of summation shows in the last bits.
    return rng.integers(0, PIXELS - 3, COUNT), rng.normal(size=COUNT) * 10 ** rng.uniform(
        -8, 8, COUNT
    )


def binned(pixels, values, edges=(0, COUNT)):
    count, total, square = np.zeros(PIXELS, np.int64), np.zeros(PIXELS), np.zeros(PIXELS)
    for start, stop in itertools.pairwise(edges):
        accumulate(pixels[start:stop], values[start:stop], count, total, square)
    return count, total, square


def test_whole_numbers_are_summed_exactly():
    pixels, _ = draw()
    values = np.random.default_rng(1).integers(-1000, 1000, COUNT).astype(float)
    count, total, square = binned(pixels, values)
    assert np.array_equal(count, np.bincount(pixels, minlength=PIXELS))
    for pixel in range(PIXELS):
        own = [int(value) for value in values[pixels == pixel]]
        assert total[pixel] == sum(own)
        assert square[pixel] == sum(value * value for value in own)


def test_pixels_without_particles_stay_zero():
    count, total, square = binned(*draw())
    assert not count[-3:].any()
    assert not total[-3:].any()
    assert not square[-3:].any()


def test_sums_are_in_the_order_of_the_particles():
    pixels, values = draw()
    _, total, square = binned(pixels, values)
    in_order = np.zeros(PIXELS)
    for pixel, value in zip(pixels, values, strict=True):
        in_order[pixel] += value
    assert np.array_equal(total, in_order)
    # A fused multiply-add may leave out one rounding per particle.
    squares = np.bincount(pixels, values**2, minlength=PIXELS)
    assert np.all(np.abs(square - squares) <= COUNT * EPS * squares)


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, 9999])
def test_same_bits_whatever_the_chunks(chunk):
    pixels, values = draw()
    edges = [*range(0, COUNT, chunk), COUNT]
    for whole, chunked in zip(binned(pixels, values), binned(pixels, values, edges), strict=True):
        assert np.array_equal(whole, chunked)


def test_no_particles_change_nothing():
    pixels, values = draw()
    sums = binned(pixels, values)
    copies = [array.copy() for array in sums]
    accumulate(pixels[:0], values[:0], *sums)
    for array, copy in zip(sums, copies, strict=True):
        assert np.array_equal(array, copy)
