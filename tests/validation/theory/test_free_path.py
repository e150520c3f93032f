"""Averaged Bessel functions against arbitrary precision, limits and identities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import pytest
from references import (
    BESSEL_LMAX,
    BESSEL_ROUNDING,
    BESSEL_X,
    assert_bessel_averages,
    bessel_average,
)

from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation.theory.erlang import erlang_bessel
from eddysky.validation.theory.free_path import averaged_bessel, free_path_rule, missing_monopole
from eddysky.validation.theory.parallel import parallel_power
from eddysky.validation.theory.quadrature import angular_power

EPSILON = np.finfo(float).eps


def test_fixed_path():
    values = averaged_bessel(FixedPath(), BESSEL_X, BESSEL_LMAX)
    rounding = np.full(BESSEL_X.size, BESSEL_ROUNDING)
    assert_bessel_averages(
        values, BESSEL_X, lambda ell, x: bessel_average("fixed", 1, ell, x), rounding
    )


def test_erlang_path():
    values = averaged_bessel(ErlangPath(3), BESSEL_X, 5)
    np.testing.assert_array_equal(values, erlang_bessel(3, BESSEL_X / 3, 5))


def test_erlang_converges_to_the_fixed_path_with_the_order():
    """⟨j_ℓ⟩ − j_ℓ = x² j_ℓ''/(2n) + O(n^(−2)): doubling the order halves the difference."""
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
    assert np.sum((2 * ell + 1) * values**2) == pytest.approx(1.0, abs=2 * BESSEL_ROUNDING)


def test_leading_power_at_small_x():
    """⟨j_ℓ⟩ → x^ℓ ⟨s^ℓ⟩/(2ℓ+1)!!, with ⟨s^ℓ⟩ = 1 or ℓ!, corrections of order ℓ² x²."""
    x = np.array([1e-6])
    fixed, exponential = (averaged_bessel(law, x, 30)[:, 0] for law in (FixedPath(), ErlangPath(1)))
    for ell in range(31):
        leading = 1e-6**ell / math.prod(range(1, 2 * ell + 2, 2))
        assert fixed[ell] == pytest.approx(leading, rel=ell**2 * 1e-12 + BESSEL_ROUNDING)
        expected = leading * math.factorial(ell)
        assert exponential[ell] == pytest.approx(expected, rel=ell**2 * 1e-12 + BESSEL_ROUNDING)


@pytest.mark.parametrize("order", [np.inf, 1, 7])
def test_missing_monopole(order):
    x = np.array([1e-9, 1e-4, 0.03, 0.0999, 0.1001, 0.4, 3.0, 20.0])
    law = FixedPath() if order == np.inf else ErlangPath(order)
    values = missing_monopole(law, x, averaged_bessel(law, x, 0)[0])
    with mp.workdps(50):
        for value, argument in zip(values, x, strict=True):
            argument = mp.mpf(float(argument))
            name = "fixed" if order == np.inf else "erlang"
            monopole = bessel_average(name, order, 0, argument)
            # The difference 1 − b_0 is used where it is > 1.6e-3: 600 roundings, doubled by those of b_0.
            assert value == pytest.approx(float(1 - monopole), rel=1200 * EPSILON)


@dataclass(frozen=True)
class OutsideErlang(FreePathLaw):
    """An Erlang law given by its quantiles and characteristic function only."""

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
# Convergence criterion of the quadrature.
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
                expected = mp.quad(
                    lambda s, ell=ell, x=x: bessel_average("fixed", 1, ell, x * s), [0.5, 1.5]
                )
                assert abs(values[ell, column] - float(expected)) < ABSOLUTE


@pytest.mark.parametrize("fraction", [0.0, 2 / 3])
@pytest.mark.parametrize("scatterings", [1, 3])
@pytest.mark.parametrize("order", [1, 2, 16])
@pytest.mark.parametrize("power", [angular_power, parallel_power])
def test_power_of_any_law(power, order, scatterings, fraction):
    """The band of a default run, with eddies up to 1000 pc."""
    flow = PowerLaw(5 / 3, 20.0, 10.0, 2 * np.pi / 1000, 28.8)
    options = {"scatterings": scatterings}
    outside = power(flow, 10.0, fraction, 64, free_path=OutsideErlang(order), **options)
    closed = power(flow, 10.0, fraction, 64, free_path=ErlangPath(order), **options)
    np.testing.assert_allclose(outside, closed, rtol=1e-8)


def test_accuracy_limit_of_other_laws():
    """Without waves of kλ near ℓ, b_ℓ² falls below the square of the absolute error; C_ℓ is then noise."""
    flow = PowerLaw(5 / 3, 20.0, 10.0, 2 * np.pi / 1000, 0.1)
    outside = angular_power(flow, 10.0, 2 / 3, 32, free_path=OutsideErlang(2))
    closed = angular_power(flow, 10.0, 2 / 3, 32, free_path=ErlangPath(2))
    some = closed > 1e-17 * closed.max()
    np.testing.assert_allclose(outside[some], closed[some], rtol=1e-6)
    # The smallest values are the squared rounding error of b_ℓ, about 1e-32.
    lost = closed < 1e-35 * closed.max()
    assert np.any(lost)
    assert np.max(outside[lost]) < 1e-30 * closed.max()


def test_rule_over_free_paths():
    """Four nodes are exact up to ⟨s⁷⟩ = (n+6)!/((n−1)! n⁷) for Erlang laws; quantiles lack the last 1/4096."""
    order = 3
    paths, weights = map(np.array, zip(*free_path_rule(ErlangPath(order)), strict=True))
    for power in range(8):
        moment = math.factorial(order + power - 1) / math.factorial(order - 1) / order**power
        assert weights @ paths**power == pytest.approx(moment, rel=1e-12)
    paths, weights = map(np.array, zip(*free_path_rule(OutsideErlang(order)), strict=True))
    assert weights @ paths**2 == pytest.approx(4 / 3, rel=1e-3)
    assert free_path_rule(FixedPath()) == free_path_rule(ErlangPath(200)) == [(1.0, 1.0)]


def test_rejects_rough_characteristic_functions():
    class Rough(UniformPath):
        def characteristic(self, q):
            return np.sign(np.sin(1e4 * np.asarray(q))) + 0j

    with pytest.raises(ValueError, match="nodes do not resolve"):
        averaged_bessel(Rough(), np.array([3.0]), 4)


@pytest.mark.parametrize(
    ("x", "lmax", "message"),
    [([0.0], 3, "x must"), ([np.inf], 3, "x must"), ([[1.0]], 3, "x must"), ([1.0], -1, "lmax")],
)
def test_rejects_wrong_arguments(x, lmax, message):
    with pytest.raises(ValueError, match=message):
        averaged_bessel(FixedPath(), x, lmax)
