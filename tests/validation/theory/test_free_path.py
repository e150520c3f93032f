"""Averaged Bessel functions against arbitrary precision, limits and identities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import pytest

from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation.theory.free_path import averaged_bessel, missing_monopole
from eddysky.validation.theory.parallel import parallel_power
from eddysky.validation.theory.quadrature import angular_power

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
    values = averaged_bessel(FixedPath(), X, LMAX)
    assert_close(values, X, spherical_bessel, np.full(X.size, ROUNDING))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 20, 98, 99, 100])
def test_erlang_path(n):
    """Orders below, at and above lmax, where the recurrence falls into two, and q up to 1e5."""
    values = averaged_bessel(ErlangPath(n), n * X, LMAX)
    assert np.all(np.isfinite(values))
    # The normalisation is the exponential of a logarithm of size n ln q, itself a sum of a few.
    rounding = ROUNDING + 4 * EPSILON * n * np.log(2 + X)
    assert_close(values, n * X, lambda ell, q: erlang_average(n, ell, q), rounding)


def test_erlang_tends_to_the_fixed_path_as_one_over_its_order():
    """⟨j_ℓ⟩ − j_ℓ = x² j_ℓ''/(2n) + O(n^(−2)): twice the order halves the difference."""
    x = np.array([0.5, 3.0, 8.0])
    fixed = averaged_bessel(FixedPath(), x, 10)
    coarse = averaged_bessel(ErlangPath(1000), x, 10) - fixed
    fine = averaged_bessel(ErlangPath(2000), x, 10) - fixed
    # The next term is of relative order x²/n for these x.
    np.testing.assert_allclose(fine, coarse / 2, atol=float(np.abs(coarse).max()) * 64 / 1000)
    assert np.abs(coarse).max() > 1e-4


@pytest.mark.parametrize("x", [0.1, 1.0, 7.3, 41.0, 90.0])
def test_squares_of_bessel_functions_add_up_to_one(x):
    values = averaged_bessel(FixedPath(), np.array([x]), 150)[:, 0]
    ell = np.arange(values.size)
    assert np.sum((2 * ell + 1) * values**2) == pytest.approx(1.0, abs=2 * ROUNDING)


def test_leading_power_at_small_x():
    """⟨j_ℓ⟩ → x^ℓ ⟨s^ℓ⟩/(2ℓ+1)!!, with ⟨s^ℓ⟩ = 1 or ℓ!, corrections of order ℓ² x²."""
    x = np.array([1e-6])
    fixed, exponential = (averaged_bessel(law, x, 30)[:, 0] for law in (FixedPath(), ErlangPath(1)))
    for ell in range(31):
        leading = 1e-6**ell / math.prod(range(1, 2 * ell + 2, 2))
        assert fixed[ell] == pytest.approx(leading, rel=ell**2 * 1e-12 + ROUNDING)
        expected = leading * math.factorial(ell)
        assert exponential[ell] == pytest.approx(expected, rel=ell**2 * 1e-12 + ROUNDING)


@pytest.mark.parametrize("order", [np.inf, 1, 7])
def test_missing_monopole(order):
    x = np.array([1e-9, 1e-4, 0.03, 0.0999, 0.1001, 0.4, 3.0, 20.0])
    law = FixedPath() if order == np.inf else ErlangPath(order)
    values = missing_monopole(law, x, averaged_bessel(law, x, 0)[0])
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


@dataclass(frozen=True)
class OutsideErlang(FreePathLaw):
    """An Erlang law of which only the characteristic function is known."""

    order: int
    name = "outside-erlang"

    def quantile(self, probability):
        return ErlangPath(self.order).quantile(probability)

    def characteristic(self, q):
        return ErlangPath(self.order).characteristic(q)


@dataclass(frozen=True)
class UniformPath(FreePathLaw):
    """Free paths from 1/2 to 3/2."""

    name = "uniform"

    def quantile(self, probability):
        return 0.5 + np.asarray(probability)

    def characteristic(self, q):
        return np.exp(1j * np.asarray(q)) * np.sinc(np.asarray(q) / (2 * np.pi))


OUTSIDE_X = np.array([1e-3, 0.1, 1.0, 7.0, 96.0, 300.0, 2000.0])
# Twice the nodes change the quadrature by less than 1e-13, and it converges faster than that.
ABSOLUTE = 1e-13


@pytest.mark.parametrize("order", [1, 2, 16])
def test_any_law_by_its_characteristic_function(order):
    values = averaged_bessel(OutsideErlang(order), OUTSIDE_X, 64)
    closed = averaged_bessel(ErlangPath(order), OUTSIDE_X, 64)
    assert np.max(np.abs(values - closed)) < ABSOLUTE
    missing = missing_monopole(OutsideErlang(order), OUTSIDE_X, values[0])
    expected = missing_monopole(ErlangPath(order), OUTSIDE_X, closed[0])
    assert np.max(np.abs(missing - expected)) < ABSOLUTE


def test_uniform_paths_by_their_definition():
    values = averaged_bessel(UniformPath(), OUTSIDE_X, 30)
    with mp.workdps(20):
        for column in (1, 2, 3):
            for ell in (0, 1, 2, 10, 31):
                x = mp.mpf(float(OUTSIDE_X[column]))
                expected = mp.quad(lambda s, ell=ell, x=x: spherical_bessel(ell, x * s), [0.5, 1.5])
                assert abs(values[ell, column] - float(expected)) < ABSOLUTE


@pytest.mark.parametrize("fraction", [0.0, 2 / 3])
@pytest.mark.parametrize("scatterings", [1, 3])
@pytest.mark.parametrize("order", [1, 2, 16])
@pytest.mark.parametrize("power", [angular_power, parallel_power])
def test_power_of_any_law(power, order, scatterings, fraction):
    """The band of a default run: from eddies of 1000 pc on."""
    flow = PowerLaw(5 / 3, 20.0, 10.0, 2 * np.pi / 1000, 28.8)
    options = {"scatterings": scatterings}
    outside = power(flow, 10.0, fraction, 64, free_path=OutsideErlang(order), **options)
    closed = power(flow, 10.0, fraction, 64, free_path=ErlangPath(order), **options)
    np.testing.assert_allclose(outside, closed, rtol=1e-8)


def test_where_any_law_has_no_digits_left():
    """Without waves of kλ near ℓ, b_ℓ² falls below the square of the absolute error; C_ℓ is then noise."""
    flow = PowerLaw(5 / 3, 20.0, 10.0, 2 * np.pi / 1000, 0.1)
    outside = angular_power(flow, 10.0, 2 / 3, 32, free_path=OutsideErlang(2))
    closed = angular_power(flow, 10.0, 2 / 3, 32, free_path=ErlangPath(2))
    some = closed > 1e-17 * closed.max()
    np.testing.assert_allclose(outside[some], closed[some], rtol=1e-6)
    # The square of the rounding of b_ℓ, about 1e-16, is all that is left of the smallest; C_0 is a sum of b_1².
    lost = closed < 1e-35 * closed.max()
    assert np.any(lost)
    assert np.max(outside[lost]) < 1e-30 * closed.max()


def test_characteristic_functions_that_no_sum_resolves():
    class Rough(UniformPath):
        def characteristic(self, q):
            return np.sign(np.sin(1e4 * np.asarray(q))) + 0j

    with pytest.raises(ValueError, match="not smooth enough"):
        averaged_bessel(Rough(), np.array([3.0]), 4)


@pytest.mark.parametrize(
    ("x", "lmax", "message"),
    [([0.0], 3, "x must"), ([np.inf], 3, "x must"), ([[1.0]], 3, "x must"), ([1.0], -1, "lmax")],
)
def test_rejects_wrong_arguments(x, lmax, message):
    with pytest.raises(ValueError, match=message):
        averaged_bessel(FixedPath(), x, lmax)
