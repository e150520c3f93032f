"""The closed forms of field-aligned transport against products of Bessel functions in 40 digits,
a table, direct integration over a wide band and numbers found independently.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from references import bessel_product, unbounded_values

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation.theory.closed_form import isotropic_power_law
from eddysky.validation.theory.parallel import parallel_correlation, parallel_power
from eddysky.validation.theory.parallel_closed_form import (
    parallel_power_law,
    parallel_power_law_correlation,
)

EPSILON = np.finfo(float).eps


def precision(ell):
    """Two log-gammas of size ℓ ln ℓ enter the beta functions; 1e-13 covers the rest."""
    return 1e-13 + 8 * EPSILON * ell * np.log(max(ell, 2))


def from_products(ell, ell2, index, beta):
    """⟨a_ℓ a_ℓ'⟩ with j_ℓ' = [ℓ j_(ℓ−1) − (ℓ+1) j_(ℓ+1)]/(2ℓ+1), and 1/3 off j_1' if ℓ' > 1.

    ∫ j_ℓ' x^(−γ) dx = γ ∫ j_ℓ x^(−γ−1) dx, which is √π 2^(−γ−2) Γ((ℓ−γ)/2)/Γ((ℓ+γ+3)/2) γ.
    """
    ell, ell2, index, beta = (mp.mpf(value) for value in (ell, ell2, index, beta))
    total = mp.mpf(0)
    for step in (-1, 1):
        for step2 in (-1, 1):
            weight = (ell if step < 0 else -ell - 1) * (ell2 if step2 < 0 else -ell2 - 1)
            if weight:
                total += weight * bessel_product(ell + step, ell2 + step2, index)
    total /= (2 * ell + 1) * (2 * ell2 + 1)
    if ell == 1:
        single = index * mp.sqrt(mp.pi) * mp.mpf(2) ** (-index - 2)
        single *= mp.gamma((ell2 - index) / 2) * mp.rgamma((ell2 + index + 3) / 2)
        total -= single / 3
    projection = beta / (2 * index) + (1 - 3 * beta / 2) / (index + 2)
    sign = (-1) ** (int(ell2 - ell) // 2)
    return 4 * mp.pi * mp.sqrt((2 * ell + 1) * (2 * ell2 + 1)) * sign * projection * total


def test_power_agrees_with_the_table():
    for ell, _, index, beta, value in unbounded_values("parallel", 54):
        # The table prints 15 digits.
        tolerance = 1e-14 + precision(ell)
        assert parallel_power_law(ell, index, beta) == pytest.approx(value, rel=tolerance)


def test_correlation_agrees_with_the_table():
    for ell, ell2, index, beta, value in unbounded_values("parallel-correlation", 10):
        found = parallel_power_law_correlation(ell, ell2, index, beta)
        # The table prints 15 digits; odd ℓ + ℓ' is exactly zero.
        tolerance = 1e-14 + precision(ell2)
        assert found == pytest.approx(value, rel=tolerance, abs=0.0)


@pytest.mark.parametrize("index", [0.3, 1.0, 1.5, 5 / 3, 1.99, 2.9])
@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_power_agrees_with_the_integrals_of_the_paper(index, beta):
    ell = np.array([2, 3, 10, 64, 100, 171, 1000])
    values = parallel_power_law(ell, index, beta)
    with mp.workdps(40):
        for multipole, value in zip(ell, values, strict=True):
            expected = from_products(multipole, multipole, index, beta) / (2 * int(multipole) + 1)
            assert value == pytest.approx(float(expected), rel=precision(multipole))


PAIRS = [
    *((0, 2), (0, 4), (0, 100), (1, 5), (1, 9), (1, 101)),
    *((2, 4), (2, 6), (2, 8), (2, 100), (2, 400), (3, 5), (10, 12), (10, 14)),
    *((50, 100), (98, 100), (100, 102), (100, 300), (500, 510)),
]


@pytest.mark.parametrize("index", [0.3, 1.0, 1.5, 5 / 3, 1.99, 2.0, 2.01, 2.9])
def test_correlation_agrees_with_the_integrals_of_the_paper(index):
    with mp.workdps(40):
        for ell, ell2 in PAIRS:
            value = parallel_power_law_correlation(ell, ell2, index, 0.4)
            expected = float(from_products(ell, ell2, index, 0.4))
            assert value == pytest.approx(expected, rel=precision(ell2), abs=0.0)
            assert value == parallel_power_law_correlation(ell2, ell, index, 0.4)


@pytest.mark.parametrize("index", [1.2, 5 / 3, 2.2])
def test_agrees_with_integration_over_a_wide_band(index):
    """kλ from 1e-9 to 1e12, all pairs to ℓ = 30. On the line the unbounded spectrum is c t^(−γ), of
    which two ends are missing. Below, at most c t^(2−γ)/9 for ℓ and ℓ' of 0 or 2, where T_0 = −t/3
    and T_2 = 2t/15. Above, ∫ (c t^(−γ) − E) dt = 1e12^(1−γ)/(3γ−3), a third of that of w, times 1/9
    for ℓ = 1, the observer's own motion.
    """
    lower, upper, beta = 1e-9, 1e12, 0.4
    spectrum = PowerLaw(index, 1.0, 2 * np.pi, lower, upper)
    ell = np.arange(31)
    expected = parallel_power_law_correlation(ell[:, np.newaxis], ell, index, beta)
    own = 4 * np.pi / 9 * upper ** (1 - index) / (3 * (index - 1))
    expected[1, 1] -= 3 * own
    # Accuracy of the quadrature, in units of √(⟨a_ℓ²⟩⟨a_ℓ'²⟩), plus the missing lower end.
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    missing = np.zeros_like(size)
    missing[:3:2, :3:2] = 4 * np.pi / 9 * lower ** (3 - index) / (3 - index)
    values = parallel_correlation(spectrum, 1.0, beta, 30)
    assert np.all(np.abs(values - expected) <= 1e-10 * size + missing)


def test_unbounded_spectrum_uses_the_closed_form():
    spectrum = PowerLaw(index=1.6, velocity_dispersion=3.0, reference_scale=5.0)
    scale = float(spectrum(1 / 7.0)) / 7.0
    ell = np.arange(9)
    power = parallel_power(spectrum, 7.0, 0.3, 8)
    correlation = parallel_correlation(spectrum, 7.0, 0.3, 8)
    np.testing.assert_array_equal(power, scale * parallel_power_law(ell, 1.6, 0.3))
    # (2ℓ+1) times the power, with one rounding more.
    np.testing.assert_allclose(np.diag(correlation), (2 * ell + 1) * power, rtol=4 * EPSILON)
    expected = scale * parallel_power_law_correlation(ell[:, np.newaxis], ell, 1.6, 0.3)
    np.testing.assert_array_equal(correlation, expected)


def test_reference_numbers():
    """σ(10 pc) = 50 km/s, λ = 10 pc, γ = 5/3, β = 2/3, D = −4.7, from an independent Monte Carlo
    and quadrature, printed to five digits.
    """
    spectrum = PowerLaw(index=5 / 3, velocity_dispersion=50.0, reference_scale=10.0)
    power = (-4.7 / 299_792.458) ** 2 * parallel_power(spectrum, 10.0, 2 / 3, 30)
    printed = {2: 1.5531e-7, 10: 1.1991e-9, 30: 6.6820e-11}
    for ell, value in printed.items():
        half_a_digit = 0.5 * 10.0 ** (np.floor(np.log10(value)) - 4)
        assert abs(power[ell] - value) <= half_a_digit


def test_ratio_to_isotropic_transport():
    """Printed to three digits: 20 km/s (isotropic) and 50 km/s (parallel) give about the same C_ℓ."""
    for ell, ratio in {2: 5.16, 10: 6.05, 100: 6.11}.items():
        found = isotropic_power_law(ell, 5 / 3, 2 / 3) / parallel_power_law(ell, 5 / 3, 2 / 3)
        assert abs(found - ratio) <= 0.005


@pytest.mark.parametrize("index", [1.5, 5 / 3])
def test_slope_at_large_multipoles(index):
    """As for isotropic transport with β = 0, corrections are of order (γ+3)³/ℓ² at most."""
    slope = np.diff(np.log(parallel_power_law([100, 101], index, 0.5)))
    slope /= np.diff(np.log([100.5, 101.5]))
    assert slope[0] == pytest.approx(-index - 1, abs=12 / 100**2)


def test_distant_multipoles_decouple_for_even_indices():
    """For even γ and |ℓ−ℓ'| ≥ γ+4 every 1/Γ in K(L, L') is at a pole."""
    ell = np.array([2, 7, 30])
    for difference in (6, 8, 50):
        assert np.all(parallel_power_law_correlation(ell, ell + difference, 2.0, 0.5) == 0.0)
    assert parallel_power_law_correlation(2, 6, 2.0, 0.5) != 0.0


def test_keeps_the_shape():
    assert parallel_power_law(np.arange(6).reshape(2, 3), 1.5, 0.5).shape == (2, 3)
    assert parallel_power_law_correlation([[2], [3]], [2, 4, 6], 1.5, 0.5).shape == (2, 3)
    assert parallel_power_law_correlation(2, 4, 1.5, 0.5).shape == ()


@pytest.mark.parametrize(
    ("ell", "ell2", "index", "beta", "message"),
    [
        (-1, 2, 1.5, 0.5, "ell"),
        (2, 4.0, 1.5, 0.5, "ell"),
        (2, 4, 1.5, -0.1, "transverse_fraction"),
        (2, 4, 1.5, lambda k: 0.5, "constant transverse_fraction"),
        (2, 4, 0.0, 0.5, "index > 0"),
        (2, 4, 5.0, 0.5, "ell = 2, 4 .* 0 < index < 5"),
        (4, 0, 5.0, 0.5, "ell = 0, 4 .* 0 < index < 5"),
        (1, 1, 0.9, 0.5, "ell = 1 .* 1 < index < 3"),
        (2, 2, 3.0, 0.5, "ell = 2 .* index < 3"),
    ],
)
def test_rejects_values_outside_the_range(ell, ell2, index, beta, message):
    with pytest.raises(ValueError, match=message):
        parallel_power_law_correlation(ell, ell2, index, beta)
    if not callable(beta) and ell == ell2:
        with pytest.raises(ValueError, match=message):
            parallel_power_law(ell, index, beta)


def test_power_rejects_a_function():
    with pytest.raises(ValueError, match="constant transverse_fraction"):
        parallel_power_law(2, 1.5, lambda k: 0.5)
