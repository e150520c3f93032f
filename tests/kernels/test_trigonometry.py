"""Polynomial sine and cosine against exact arithmetic and the C library."""

from __future__ import annotations

import re

import mpmath as mp
import numpy as np
import pytest

from eddysky.kernels.trigonometry import cosine_turns, sine_cosine_turns

# The bounds that users read are the bounds that are tested.
SINE_BOUND, COSINE_BOUND = (
    float(text) for text in re.findall(r"\d\.\de-\d+", sine_cosine_turns.__doc__)[:2]
)
EPS = np.finfo(float).eps


def evaluate(x, function=sine_cosine_turns):
    return np.array([function(value) for value in x]).T


def assert_within_bounds(x, sine, cosine):
    computed_sine, computed_cosine = evaluate(x)
    assert np.max(np.abs(computed_sine - sine)) < SINE_BOUND
    assert np.max(np.abs(computed_cosine - cosine)) < COSINE_BOUND


def test_documented_bounds_are_the_ones_meant():
    assert (SINE_BOUND, COSINE_BOUND) == (2.3e-10, 3.4e-9)


def test_one_turn_densely():
    x = np.linspace(-0.5, 0.5, 100_001)
    assert_within_bounds(x, np.sin(2 * np.pi * x), np.cos(2 * np.pi * x))


def test_bounds_are_not_loose():
    # Minimax fits reach their largest error: bounds twice too wide would hide a worse polynomial.
    x = np.linspace(-0.5, 0.5, 100_001)
    sine, cosine = evaluate(x)
    assert np.max(np.abs(sine - np.sin(2 * np.pi * x))) > 0.5 * SINE_BOUND
    assert np.max(np.abs(cosine - np.cos(2 * np.pi * x))) > 0.5 * COSINE_BOUND


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6, 1e9, 1e12, 4e15])
def test_large_arguments_of_both_signs(size):
    # mpmath takes the double as it is, so that only the reduction and the polynomials are tested.
    x = np.random.default_rng(1).uniform(-size, size, 500)
    sine = np.array([float(mp.sinpi(2 * mp.mpf(value))) for value in x])
    cosine = np.array([float(mp.cospi(2 * mp.mpf(value))) for value in x])
    assert_within_bounds(x, sine, cosine)


@pytest.mark.parametrize("turn", [0, 1, 3, 1000, 2**40])
def test_quarter_turns(turn):
    quarters = np.arange(-4, 5)
    x = np.concatenate([turn + quarters / 4, -turn - quarters / 4])
    sine = np.concatenate([[0, 1, 0, -1, 0, 1, 0, -1, 0], [0, -1, 0, 1, 0, -1, 0, 1, 0]])
    cosine = np.tile([1, 0, -1, 0, 1, 0, -1, 0, 1], 2)
    assert_within_bounds(x, sine, cosine)


def test_neighbours_of_the_seams():
    # The reduction changes branch at half turns, the fold at quarter turns.
    seams = np.arange(-8, 9) / 4
    x = np.concatenate([np.nextafter(seams, -np.inf), seams, np.nextafter(seams, np.inf)])
    assert_within_bounds(x, np.sin(2 * np.pi * x), np.cos(2 * np.pi * x))


def test_sine_is_odd_and_cosine_even_to_the_bit():
    x = np.random.default_rng(2).uniform(0, 50, 2000)
    sine, cosine = evaluate(x)
    mirrored_sine, mirrored_cosine = evaluate(-x)
    assert np.array_equal(mirrored_sine, -sine)
    assert np.array_equal(mirrored_cosine, cosine)


def test_compiled_and_interpreted_agree():
    x = np.random.default_rng(3).uniform(-1e4, 1e4, 5000)
    compiled = evaluate(x)
    interpreted = evaluate(x, sine_cosine_turns.py_func)
    # Horner's rule: intermediate sums below 60 times t <= 1/16 at each step, so fused or reordered
    # operations differ by a few units of rounding.
    assert np.max(np.abs(compiled - interpreted)) <= 8 * EPS


@pytest.mark.parametrize("function", [cosine_turns, cosine_turns.py_func])
def test_cosine_alone(function):
    """Within 1.2e-10, its documented bound, over many turns, and not much better than that anywhere."""
    x = np.concatenate([np.linspace(-0.5, 0.5, 20_001), np.linspace(-37.3, 41.9, 5000)])
    error = np.abs([function(value) for value in x] - np.cos(2 * np.pi * x))
    assert "1.2e-10" in cosine_turns.__doc__
    # The reference itself rounds 2πx, of at most 260.
    assert np.max(error) < 1.2e-10 + 260 * EPS
    assert np.max(error) > 0.9e-10
