"""Spherical Bessel functions averaged over Erlang laws, against Gauss' hypergeometric function and limits."""

from __future__ import annotations

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

from eddysky.validation.theory.erlang import erlang_bessel

EPSILON = np.finfo(float).eps


@pytest.mark.parametrize("n", [1, 3, 6])
def test_the_reference_is_the_average(n):
    """The hypergeometric function of the reference, against the integral that defines the average."""
    edges = [0, 1, 3, 6, 10, 20, 40, 80, 120]  # e^(−120) is below the working precision
    with mp.workdps(30):
        for ell, q in ((0, mp.mpf("1.3")), (2, mp.mpf("0.4")), (5, mp.mpf(2))):

            def integrand(s, ell=ell, q=q):
                bessel = bessel_average("fixed", 1, ell, q * s)
                return s ** (n - 1) * mp.exp(-s) * bessel / mp.gamma(n)

            expected = mp.quad(integrand, edges)
            assert abs(bessel_average("erlang", n, ell, n * q) - expected) < 1e-20 * abs(expected)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 20, 98, 99, 100])
def test_every_order(n):
    """Orders below, at and above lmax, where the recurrence separates into two parts, and q up to 1e5."""
    values = erlang_bessel(n, BESSEL_X, BESSEL_LMAX)
    assert np.all(np.isfinite(values))
    # The normalisation is the exponential of a sum of a few logarithms of size n ln q.
    rounding = BESSEL_ROUNDING + 4 * EPSILON * n * np.log(2 + BESSEL_X)
    assert_bessel_averages(
        values, n * BESSEL_X, lambda ell, q: bessel_average("erlang", n, ell, n * q), rounding
    )


@pytest.mark.parametrize("n", [2, 5, 12])
def test_recurrence_between_orders(n):
    """d/dq of the defining integral: J_ℓ^n − J_ℓ^(n+1) = −(q/n) dJ_ℓ^n/dq, here for the closed form of J_0."""
    q = np.array([0.2, 1.0, 3.0, 30.0])
    angle, modulus = np.arctan(q), np.hypot(1, q)
    # dJ_0/dq by hand from J_0^n = sin((n−1) arctan q) / [(n−1) q (1+q²)^((n−1)/2)].
    zeroth = np.sin((n - 1) * angle) / ((n - 1) * q * modulus ** (n - 1))
    slope = np.cos(n * angle) / (q * modulus**n) - zeroth / q
    found = erlang_bessel(n, q, 0)[0] - erlang_bessel(n + 1, q, 0)[0]
    # Differences of numbers below 1.
    np.testing.assert_allclose(found, -q / n * slope, rtol=1e-12, atol=1e-14)


def test_no_arguments():
    assert erlang_bessel(3, np.empty(0), 4).shape == (6, 0)
