"""The closed form against the paper's integrals in 40 digits, a table and direct integration."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from references import bessel_product, unbounded_values

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation import angular_power, isotropic_power_law

EPSILON = np.finfo(float).eps


def precision(ell):
    """Two log-gammas of size ℓ ln ℓ enter the beta function; 1e-13 covers the rest."""
    return 1e-13 + 4 * EPSILON * ell * np.log(max(ell, 2))


def from_products(ell, index, beta):
    """A_ℓ with j_ℓ' and j_ℓ/x written with j_(ℓ±1)."""
    ell, index, beta = mp.mpf(ell), mp.mpf(index), mp.mpf(beta)
    below = bessel_product(ell - 1, ell - 1, index)
    above = bessel_product(ell + 1, ell + 1, index)
    mixed = bessel_product(ell - 1, ell + 1, index)
    longitudinal = ell**2 * below + (ell + 1) ** 2 * above - 2 * ell * (ell + 1) * mixed
    transverse = ell * (ell + 1) / 2 * (below + above + 2 * mixed)
    return 4 * mp.pi / (2 * ell + 1) ** 2 * ((1 - beta) * longitudinal + beta * transverse)


def test_agrees_with_the_table():
    for ell, _, index, beta, expected in unbounded_values("isotropic", 54):
        value = isotropic_power_law(ell, index, beta)
        # The table prints 15 digits.
        assert value == pytest.approx(expected, rel=1e-14 + precision(ell))


@pytest.mark.parametrize("index", [-0.5, 0.3, 1.0, 1.5, 5 / 3, 2.0, 2.9])
@pytest.mark.parametrize("beta", [0.0, 0.4, 2 / 3, 1.0])
def test_agrees_with_the_integrals_of_the_paper(index, beta):
    ell = np.array([2, 3, 10, 64, 100, 170, 171, 300, 1000])
    values = isotropic_power_law(ell, index, beta)
    with mp.workdps(40):
        for multipole, value in zip(ell, values, strict=True):
            expected = float(from_products(multipole, index, beta))
            assert value == pytest.approx(expected, rel=precision(multipole))


def direct_dipole(index, derivative, sine, cosine):
    """∫ (f − 1/3)² x^(−γ) dx for f = j_1' or j_1/x = Σ (sine_p sin x + cosine_p cos x) x^(−p).

    By Taylor's series to x = 1, with j_1/x = Σ (−1)^m 2(m+1)/(2m+3)! x^(2m); beyond, with
    E_s(z) = ∫₁^∞ e^(−zt) t^(−s) dt, without approximation.
    """
    index = mp.mpf(index)

    def tail(power, frequency):
        return mp.expint(power + index, -1j * frequency)

    series = [mp.mpf(-1) ** m * 2 * (m + 1) / mp.factorial(2 * m + 3) for m in range(20)]
    if derivative:
        series = [(2 * m + 1) * c for m, c in enumerate(series)]
    total = 1 / (9 * (index - 1))
    for m, a in enumerate(series[1:], 1):
        for n, b in enumerate(series[1:], 1):
            total += a * b / (2 * m + 2 * n + 1 - index)
    wave = {p: complex(cosine.get(p, 0), -sine.get(p, 0)) for p in {*sine, *cosine}}
    for p, a in wave.items():
        total -= mp.mpf(2) / 3 * mp.re(a * tail(p, 1))
        for q, b in wave.items():
            total += mp.re(a * b * tail(p + q, 2) + a * b.conjugate() / (p + q + index - 1)) / 2
    return total


@pytest.mark.parametrize("index", [1.1, 1.5, 5 / 3, 2.0, 2.9])
def test_monopole_and_dipole_agree_with_direct_integration(index):
    with mp.workdps(30):
        longitudinal = direct_dipole(index, True, {1: 1, 3: -2}, {2: 2})  # j_1'
        transverse = direct_dipole(index, False, {3: 1}, {2: -1})  # j_1/x
        monopole = bessel_product(mp.mpf(1), mp.mpf(1), mp.mpf(index))
    for beta in (0.0, 0.3, 1.0):
        values = isotropic_power_law([0, 1], index, beta)
        dipole = 4 * mp.pi * ((1 - beta) * longitudinal + beta * transverse)
        # Square and linear term of the dipole cancel by a factor of ten at most: one digit is lost.
        assert values[1] == pytest.approx(float(dipole), rel=1e-12)
        assert values[0] == pytest.approx(float(4 * mp.pi * (1 - beta) * monopole), rel=1e-13)


def test_reference_numbers():
    """σ(10 pc) = 20 km/s, λ = 10 pc, γ = 5/3, β = 2/3, D = −4.7, from an independent Monte Carlo
    and quadrature, printed to five digits.
    """
    spectrum = PowerLaw(index=5 / 3, velocity_dispersion=20.0, reference_scale=10.0)
    power = (-4.7 / 299_792.458) ** 2 * angular_power(spectrum, 10.0, 2 / 3, 30)
    printed = {2: 1.2827e-7, 3: 3.0962e-8, 5: 7.2485e-9, 10: 1.1600e-9, 30: 6.5252e-11}
    for ell, value in printed.items():
        half_a_digit = 0.5 * 10.0 ** (np.floor(np.log10(value)) - 4)
        assert abs(power[ell] - value) <= half_a_digit


@pytest.mark.parametrize("index", [1.5, 5 / 3])
def test_slope_at_large_multipoles(index):
    """A_ℓ is a function of Λ = (ℓ+½)² − ¼ times (ℓ+½)^(−γ−1): corrections are of order 1/ℓ²."""
    ell = np.array([100, 101])
    for beta in (0.0, 0.5, 1.0):
        slope = np.diff(np.log(isotropic_power_law(ell, index, beta))) / np.diff(np.log(ell + 0.5))
        # c(4c²−1)/6 with c = (γ+3)/2 from the ratio of gammas, (γ²−1)(γ+2)/2 from the bracket:
        # 8 + 3 for γ = 5/3.
        assert slope[0] == pytest.approx(-index - 1, abs=12 / 100**2)


def test_keeps_the_shape():
    assert isotropic_power_law(np.arange(6).reshape(2, 3), 1.5, 0.5).shape == (2, 3)
    assert isotropic_power_law(5, 4.0, 0.5).shape == ()


@pytest.mark.parametrize(
    ("ell", "index", "beta", "message"),
    [
        (-1, 1.5, 0.5, "ell"),
        (2.0, 1.5, 0.5, "ell"),
        (2, 1.5, 1.5, "transverse_fraction"),
        (2, 3.0, 0.5, "ell = 2 .* -1 < index < 3"),
        (5, -1.0, 0.5, "ell = 5 .* -1 < index < 9"),
        (1, 0.9, 0.5, "ell = 1 .* 1 < index < 3"),
        ([0, 1, 2], 3.5, 0.5, "ell = 0"),
    ],
)
def test_rejects_values_outside_the_range(ell, index, beta, message):
    with pytest.raises(ValueError, match=message):
        isotropic_power_law(ell, index, beta)
