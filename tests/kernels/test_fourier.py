"""Mode sums against a direct NumPy sum, and the machine code of their inner loop."""

from __future__ import annotations

import math
import re

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest

from eddysky.kernels.compilation import FullWidthCompiler
from eddysky.kernels.fourier import even_odd_sums, gradient_sums, velocity_sums, wave_sums

EPS = np.finfo(float).eps
# Errors of the polynomial sine and cosine stay below 3.4e-9; each is multiplied by an amplitude.
PER_AMPLITUDE = 1e-8


def draw(modes, points=23, size=30.0):
    rng = np.random.default_rng(modes + 100)
    table = [np.ascontiguousarray(rng.normal(size=(3, modes))) for _ in range(3)]
    return rng.uniform(-size, size, (points, 3)), *table


def direct(points, turns, cosines, sines):
    phase = 2 * np.pi * (points @ turns)
    return np.cos(phase) @ cosines.T, np.sin(phase) @ sines.T


def velocity(points, turns, cosines, sines):
    result = np.full_like(points, np.nan)
    velocity_sums(points, turns, cosines, sines, result)
    return result


def even_odd(points, turns, cosines, sines):
    even, odd = np.full_like(points, np.nan), np.full_like(points, np.nan)
    even_odd_sums(points, turns, cosines, sines, even, odd)
    return even, odd


@pytest.mark.parametrize("modes", [0, 1, 2, 3, 7, 31, 32, 33, 101, 256, 1021])
class TestSums:
    def test_velocity_against_direct_sum(self, modes):
        points, turns, cosines, sines = draw(modes)
        even, odd = direct(points, turns, cosines, sines)
        bound = PER_AMPLITUDE * np.sum(np.abs(cosines) + np.abs(sines), axis=1)
        error = np.abs(velocity(points, turns, cosines, sines) - even - odd)
        assert np.all(error <= bound)

    def test_even_and_odd_against_direct_sum(self, modes):
        points, turns, cosines, sines = draw(modes)
        even, odd = even_odd(points, turns, cosines, sines)
        even_direct, odd_direct = direct(points, turns, cosines, sines)
        assert np.all(np.abs(even - even_direct) <= PER_AMPLITUDE * np.sum(np.abs(cosines), axis=1))
        assert np.all(np.abs(odd - odd_direct) <= PER_AMPLITUDE * np.sum(np.abs(sines), axis=1))

    def test_even_and_odd_against_velocity_at_both_ends(self, modes):
        points, turns, cosines, sines = draw(modes)
        even, odd = even_odd(points, turns, cosines, sines)
        # Each sum of M terms is rounded M times.
        bound = 4 * (modes + 1) * EPS * np.sum(np.abs(cosines) + np.abs(sines), axis=1)
        for sign in (1, -1):
            there = velocity(sign * points, turns, cosines, sines)
            assert np.all(np.abs(even + sign * odd - there) <= bound)


def test_the_bits_of_a_point_do_not_depend_on_the_others():
    points, turns, cosines, sines = draw(33, points=5)
    many = np.concatenate([draw(7, points=130)[0], points, points[:3]])
    for computed in (velocity, even_odd):
        alone = np.array(computed(points, turns, cosines, sines))
        among = np.array(computed(many, turns, cosines, sines))
        assert np.array_equal(among[..., 130:135, :], alone)
        assert np.array_equal(among[..., 135:, :], alone[..., :3, :])


def test_single_wave_by_hand():
    # u = x̂ a cos(2πy/4) + ẑ b sin(2πy/4), at y = 1/2 and y = 1.
    turns, cosines, sines = (
        np.array([[0.0], [0.25], [0.0]]),
        np.array([[3.0], [0.0], [0.0]]),
        np.array([[0.0], [0.0], [5.0]]),
    )
    points = np.array([[7.0, 0.5, -2.0], [0.0, 1.0, 9.0]])
    expected = np.array([[3 / math.sqrt(2), 0, 5 / math.sqrt(2)], [0, 0, 5]])
    error = np.abs(velocity(points, turns, cosines, sines) - expected)
    assert np.max(error) <= PER_AMPLITUDE * 8


def test_no_modes_give_no_flow_and_no_points_no_rows():
    points, turns, cosines, sines = draw(0)
    assert not np.any(velocity(points, turns, cosines, sines))
    assert not np.any(even_odd(points, turns, cosines, sines))
    assert velocity(points[:0], turns, cosines, sines).shape == (0, 3)


TABLE, COLUMN = numba.float64[:, ::1], numba.float64[::1]


def assembly(dispatcher, arrays):
    """Machine code of a kernel under its own settings, compiled afresh: cached code cannot be listed."""
    fresh = numba.jit(pipeline_class=FullWidthCompiler, **dispatcher.targetoptions)(
        dispatcher.py_func
    )
    fresh.compile(arrays)
    (text,) = fresh.inspect_asm().values()
    return text


# Symbols of the C library and of vector libraries, but not words like sine_cosine_turns.
LIBRARY_TRIGONOMETRY = re.compile(
    r"(?<![\w.])(?:sin|cos|sincos|sinf|cosf|__svml_(?:sin|cos)\w*|_ZGV\w+_(?:sin|cos)\w*)(?!\w)"
)


def test_the_search_for_library_calls_finds_one():
    # Without this, a pattern that matches nothing would pass for clean machine code.
    @numba.njit
    def with_library(x):
        return math.cos(x)

    with_library.compile((numba.float64,))
    (text,) = with_library.inspect_asm().values()
    assert LIBRARY_TRIGONOMETRY.search(text)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize(
    ("kernel", "arrays", "needed"),
    [
        # 11 operations for sine and cosine, 3 for the phase and 6 for the sums; fused ones count for two.
        (velocity_sums, (TABLE,) * 5, 20),
        (even_odd_sums, (TABLE,) * 6, 20),
        # 14 for the phase, sine and cosine, 6 for the derivatives and 9 for the sums.
        (gradient_sums, (TABLE,) * 5, 29),
        # 8 for the cosine, 3 for the phase and 3 for the sums.
        (wave_sums, (TABLE, TABLE, COLUMN, TABLE, TABLE), 14),
    ],
)
def test_inner_loop_machine_code(kernel, arrays, needed):
    text = assembly(kernel, arrays)
    assert not LIBRARY_TRIGONOMETRY.search(text)
    features = llvm.get_host_cpu_features()
    if not features.get("avx", False):
        pytest.skip("no AVX on this machine")
    width = "z" if features.get("avx512f", False) else "y"
    packed = re.findall(rf"\bv(fn?m(?:add|sub)\d+|mul|add|sub)pd\b.*%{width}mm", text)
    operations = sum(2 if "f" in name else 1 for name in packed)
    assert operations >= needed


@pytest.mark.parametrize("modes", [0, 1, 31, 32, 33, 500])
def test_waves_against_a_direct_sum(modes):
    rng = np.random.default_rng(modes)
    points = rng.normal(scale=30.0, size=(23, 3))
    turns, amplitudes = rng.normal(size=(2, 3, modes))
    phases = rng.random(modes)
    computed = np.empty_like(points)
    wave_sums(points, turns, phases, amplitudes, computed)
    expected = np.cos(2 * np.pi * (points @ turns + phases)) @ amplitudes.T
    # The error of the cosine, 1.2e-10, on every amplitude; phases of some 100 turns round to 1e-13.
    assert np.all(np.abs(computed - expected) <= 1.3e-10 * np.sum(np.abs(amplitudes), axis=1))
