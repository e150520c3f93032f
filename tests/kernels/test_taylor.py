"""Taylor sums against the series written out, power by power."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.kernels.taylor import taylor_sums

EPS = np.finfo(float).eps


def draw(modes, size):
    rng = np.random.default_rng(modes + 7)
    table = [np.ascontiguousarray(rng.normal(size=(3, modes))) for _ in range(3)]
    return rng.uniform(-size, size, (11, 3)), *table


def sums(points, *arguments):
    even, odd = np.full_like(points, np.nan), np.full_like(points, np.nan)
    taylor_sums(points, *arguments, even, odd)
    return even, odd


def direct(points, wavevectors, cosines, sines, order):
    """Σ_j x^j/j! Re(i^j), Im(i^j), and the sums of the terms' sizes that bound the rounding."""
    x = points @ wavevectors
    even, odd = np.zeros_like(points), np.zeros_like(points)
    sizes = np.zeros_like(points), np.zeros_like(points)
    for j in range(order + 1):
        term = x**j / math.factorial(j)
        sign = (1, 1, -1, -1)[j % 4]
        part, amplitudes = (odd, sines) if j % 2 else (even, cosines)
        part += sign * term @ amplitudes.T
        sizes[j % 2][:] += np.abs(term) @ np.abs(amplitudes.T)
    return even, odd, *sizes


@pytest.mark.parametrize("modes", [0, 1, 5, 32, 97])
@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 7, 20])
def test_against_the_series(modes, order):
    points, *table = draw(modes, 3.0)
    even, odd = sums(points, *table, order)
    even_direct, odd_direct, even_size, odd_size = direct(points, *table, order)
    # As many roundings as powers and modes; three products make one argument, cancelling among themselves.
    rounding = (40 * (order + 1) + modes + 10) * EPS
    assert np.all(np.abs(even - even_direct) <= rounding * even_size)
    assert np.all(np.abs(odd - odd_direct) <= rounding * odd_size)


def test_lowest_orders_by_hand():
    """One wave along x with k = 2, a = ŷ, b = ẑ, at x = 1/4: its argument is 1/2."""
    wave = [np.eye(3)[:, [i]] * size for i, size in enumerate((2.0, 1.0, 1.0))]
    point = np.array([[0.25, 5.0, -7.0]])
    cosine = [1, 1, 7 / 8, 7 / 8, 7 / 8 + 1 / 384]
    sine = [0, 1 / 2, 1 / 2, 1 / 2 - 1 / 48, 1 / 2 - 1 / 48]
    for order in range(5):
        even, odd = sums(point, *wave, order)
        np.testing.assert_allclose(even, [[0, cosine[order], 0]], rtol=4 * EPS)
        np.testing.assert_allclose(odd, [[0, 0, sine[order]]], rtol=4 * EPS)


def test_error_falls_with_the_order_above():
    """Of cos and sin themselves x^(n+1)/(n+1)! is missing: a tenth of the distance, 10^(n+1) less."""
    rng = np.random.default_rng(3)
    direction = rng.normal(size=(1, 3))
    table = [rng.normal(size=(3, 9)) for _ in range(3)]

    def missing(distance, order):
        x = distance * direction @ table[0]
        full = np.cos(x) @ table[1].T + np.sin(x) @ table[2].T
        return np.linalg.norm(full - np.add(*sums(distance * direction, *table, order)))

    for order in (0, 1, 2, 3, 5):
        ratio = missing(0.1, order) / missing(0.01, order)
        assert math.log10(ratio) == pytest.approx(order + 1, abs=0.2)
