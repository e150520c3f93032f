"""Alternative models against arbitrary-precision integrals and their asymptotic slopes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from eddysky.validation import ahlers2014, ahlers_mertsch2015

EXPONENTS = [0.02, 0.3, 0.5, 0.75, 0.98]


def integral(ell, exponent):
    """∫ x P_ℓ(x) (1−x)^(−p) dx / [ℓ(ℓ+1)] by quadrature in s = (1−x)^(1−p), which removes the singularity."""
    power = 1 / (1 - mpmath.mpf(exponent))

    def integrand(s):
        x = 1 - s**power
        return x * mpmath.legendre(ell, x)

    return power * mpmath.quad(integrand, [0, 2 ** (1 / power)]) / (ell * (ell + 1))


def expanded_integral(ell, exponent):
    """The integral from P_ℓ(1−2t) = Σ_k (−1)^k C(ℓ,k) C(ℓ+k,k) t^k, term by term. Terms grow like 10^(0.77 ℓ)."""
    p = mpmath.mpf(exponent)
    total, term = mpmath.mpf(0), mpmath.mpf(1)
    for k in range(ell + 1):
        total += term * (1 / (k + 1 - p) - 2 / (k + 2 - p))
        term *= -mpmath.mpf((ell - k) * (ell + k + 1)) / (k + 1) ** 2
    return total / (ell * (ell + 1))


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_ahlers_mertsch_against_quadrature(exponent):
    ell = np.arange(1, 9)
    with mpmath.workdps(30):
        values = [integral(int(n), exponent) for n in ell]
        expected = [float(v / values[0]) for v in values]
    np.testing.assert_allclose(ahlers_mertsch2015(ell, exponent), expected, rtol=1e-12)


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_ahlers_mertsch_at_large_multipoles(exponent):
    ell = np.array([10, 100, 1000])
    with mpmath.workdps(820):
        first = expanded_integral(1, exponent)
        expected = [float(expanded_integral(int(n), exponent) / first) for n in ell]
    np.testing.assert_allclose(ahlers_mertsch2015(ell, exponent), expected, rtol=1e-12)


def local_slope(function, ell):
    low, high = np.log(function(np.array([ell, 2 * ell])))
    return (high - low) / np.log(2)


def test_asymptotic_slopes():
    """The next order is smaller by 1/ℓ."""
    ell = 4000
    assert local_slope(ahlers2014, ell) == pytest.approx(-3, abs=10 / ell)
    for exponent in EXPONENTS:
        slope = local_slope(lambda n, p=exponent: ahlers_mertsch2015(n, p), ell)
        assert slope == pytest.approx(2 * exponent - 4, abs=10 / ell)


def test_ahlers_2014_by_hand():
    np.testing.assert_allclose(ahlers2014([1, 2, 3, 10]), [1, 0.3, 18 / 140, 18 / 2772], rtol=1e-15)


@pytest.mark.parametrize(
    "model", [ahlers2014, lambda n, **more: ahlers_mertsch2015(n, 0.4, **more)]
)
def test_dipole_is_the_normalisation(model):
    ell = np.array([7, 1, 300, 2])
    values = model(ell, dipole=3e-7)
    assert values.shape == (4,)
    assert values[1] == pytest.approx(3e-7, rel=1e-15)
    np.testing.assert_allclose(values, 3e-7 * model(ell), rtol=1e-14)
    assert np.all(values > 0)
    assert np.all(np.diff(model(np.arange(1, 2000))) < 0)
    assert model(np.empty(0)).shape == (0,)


@pytest.mark.parametrize("ell", [[0], [1, -2], [1.5], [np.nan], [np.inf]])
def test_bad_multipoles(ell):
    for model in (ahlers2014, lambda n: ahlers_mertsch2015(n, 0.4)):
        with pytest.raises(ValueError, match="whole numbers >= 1"):
            model(ell)


@pytest.mark.parametrize("exponent", [0.0, 1.0, -0.2, np.nan])
def test_bad_exponent(exponent):
    with pytest.raises(ValueError, match="between 0 and 1"):
        ahlers_mertsch2015([1], exponent)


@pytest.mark.parametrize("dipole", [0.0, -1.0, np.nan, np.inf])
def test_bad_dipole(dipole):
    with pytest.raises(ValueError, match="positive and finite"):
        ahlers2014([1], dipole)
