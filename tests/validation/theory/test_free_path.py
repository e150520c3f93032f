"""Averaged Bessel functions against arbitrary precision, limits and identities."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from eddysky.validation.theory.free_path import averaged_bessel, missing_monopole

EPSILON = np.finfo(float).eps
LMAX = 96
ELL = (0, 1, 2, 3, 5, 10, 30, 60, 97)
X = np.array([1e-6, 1e-3, 0.01, 0.1, 0.5, 1.0, 2.5, np.pi, 7, 10, 31.4, 96, 97.5, 98.5, 300, 1e5])
# Each step of a recurrence adds a rounding error or two; up to 2 LMAX of them, rarely in step.
ROUNDING = 4 * LMAX * EPSILON


def spherical_bessel(ell, x):
    return mp.sqrt(mp.pi / (2 * x)) * mp.besselj(ell + mp.mpf(1) / 2, x)


def erlang_average(n, ell, q):
    """(1/Γ(n)) ∫ s^(n−1) e^(−s) j_ℓ(qs) ds as Gauss' function; q = x/n."""
    ell = mp.mpf(ell)
    factor = mp.sqrt(mp.pi) * mp.gamma(ell + n) * q**ell
    factor /= 2 ** (ell + 1) * mp.gamma(n) * mp.gamma(ell + mp.mpf(3) / 2)
    shape = ((ell + n) / 2, (ell + n + 1) / 2, ell + mp.mpf(3) / 2)
    return factor * mp.hyp2f1(*shape, -(q**2))


@pytest.mark.parametrize("n", [1, 3, 6])
def test_the_reference_is_the_average(n):
    """Gauss' function above is itself checked against the integral that defines the average."""
    edges = [0, 1, 3, 6, 10, 20, 40, 80, 120]  # e^(−120) is below the working precision
    with mp.workdps(30):
        for ell, q in ((0, mp.mpf("1.3")), (2, mp.mpf("0.4")), (5, mp.mpf(2))):

            def integrand(s, ell=ell, q=q):
                return s ** (n - 1) * mp.exp(-s) * spherical_bessel(ell, q * s) / mp.gamma(n)

            expected = mp.quad(integrand, edges)
            assert abs(erlang_average(n, ell, q) - expected) < 1e-20 * abs(expected)


def assert_close(values, turning, reference, rounding):
    """Rounding errors only: relative where b_ℓ falls with ℓ, else relative to the largest b_ℓ.

    `values` has the arguments X, and b_ℓ falls for ℓ > `turning`, each of them.
    """
    with mp.workdps(30):
        for column, x in enumerate(X):
            expected = np.array([float(reference(ell, mp.mpf(float(x)))) for ell in ELL])
            error = np.abs(values[list(ELL), column] - expected)
            scale = np.abs(expected)
            scale[np.array(ELL) < turning[column]] = scale.max()
            # Below 1e-300 numbers have fewer digits.
            assert np.all(error <= rounding[column] * scale + 1e-300), x


def test_fixed_path():
    values = averaged_bessel(np.inf, X, LMAX)
    assert_close(values, X, spherical_bessel, np.full(X.size, ROUNDING))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 20, 98, 99, 100])
def test_erlang_path(n):
    """Orders below, at and above lmax, where the recurrence falls into two, and q up to 1e5."""
    values = averaged_bessel(n, n * X, LMAX)
    assert np.all(np.isfinite(values))
    # The normalisation is the exponential of a logarithm of size n ln q, itself a sum of a few.
    rounding = ROUNDING + 4 * EPSILON * n * np.log(2 + X)
    assert_close(values, n * X, lambda ell, q: erlang_average(n, ell, q), rounding)


def test_erlang_tends_to_the_fixed_path_as_one_over_its_order():
    """⟨j_ℓ⟩ − j_ℓ = x² j_ℓ''/(2n) + O(n^(−2)): twice the order halves the difference."""
    x = np.array([0.5, 3.0, 8.0])
    fixed = averaged_bessel(np.inf, x, 10)
    coarse = averaged_bessel(1000, x, 10) - fixed
    fine = averaged_bessel(2000, x, 10) - fixed
    # The next term is of relative order x²/n for these x.
    np.testing.assert_allclose(fine, coarse / 2, atol=float(np.abs(coarse).max()) * 64 / 1000)
    assert np.abs(coarse).max() > 1e-4


@pytest.mark.parametrize("x", [0.1, 1.0, 7.3, 41.0, 90.0])
def test_squares_of_bessel_functions_add_up_to_one(x):
    values = averaged_bessel(np.inf, np.array([x]), 150)[:, 0]
    ell = np.arange(values.size)
    assert np.sum((2 * ell + 1) * values**2) == pytest.approx(1.0, abs=2 * ROUNDING)


def test_leading_power_at_small_x():
    """⟨j_ℓ⟩ → x^ℓ ⟨s^ℓ⟩/(2ℓ+1)!!, with ⟨s^ℓ⟩ = 1 or ℓ!, corrections of order ℓ² x²."""
    x = np.array([1e-6])
    fixed, exponential = (averaged_bessel(order, x, 30)[:, 0] for order in (np.inf, 1))
    for ell in range(31):
        leading = 1e-6**ell / math.prod(range(1, 2 * ell + 2, 2))
        assert fixed[ell] == pytest.approx(leading, rel=ell**2 * 1e-12 + ROUNDING)
        expected = leading * math.factorial(ell)
        assert exponential[ell] == pytest.approx(expected, rel=ell**2 * 1e-12 + ROUNDING)


@pytest.mark.parametrize("order", [np.inf, 1, 7])
def test_missing_monopole(order):
    x = np.array([1e-9, 1e-4, 0.03, 0.0999, 0.1001, 0.4, 3.0, 20.0])
    values = missing_monopole(order, x, averaged_bessel(order, x, 0)[0])
    with mp.workdps(50):
        for value, argument in zip(values, x, strict=True):
            argument = mp.mpf(float(argument))
            monopole = (
                mp.sin(argument) / argument
                if order == np.inf
                else erlang_average(order, 0, argument / order)
            )
            # 1 − b_0 ≥ x²/6 > 1.6e-3 where it is a difference: 600 units of rounding, doubled
            # by those of b_0 itself.
            assert value == pytest.approx(float(1 - monopole), rel=1200 * EPSILON)


@pytest.mark.parametrize(
    ("x", "lmax", "message"),
    [([0.0], 3, "x must"), ([np.inf], 3, "x must"), ([[1.0]], 3, "x must"), ([1.0], -1, "lmax")],
)
def test_rejects_wrong_arguments(x, lmax, message):
    with pytest.raises(ValueError, match=message):
        averaged_bessel(np.inf, x, lmax)
