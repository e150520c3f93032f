"""Field-aligned transport on a finite band against the definition: series and double quadratures.

Tolerances are the stated accuracy of 1e-10, for correlations in units of √(⟨a_ℓ²⟩⟨a_ℓ'²⟩).
"""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from references import PROMISED, gauss_panels, power_law, transfer_definition
from scipy.special import spherical_jn

from eddysky.validation.theory.parallel import parallel_correlation, parallel_power


def product_series(first, second, index, moment, upper):
    """∫₀^X dx x^(−γ) ∫₀¹ dy y^p j_L(xy) j_L'(xy), term by term.

    The integral over y is the hypergeometric function of ZL25 Eq. 9, whose factor in front reads
    2^(−L−L'−2) π, x^(L+L'), 1/[Γ(L+3/2) Γ(L'+3/2)] and its arguments −x².
    """
    total = first + second
    half = mp.mpf(1) / 2
    factor = mp.pi * mp.mpf(2) ** (-total - 2)
    factor *= mp.rgamma(first + 3 * half) * mp.rgamma(second + 3 * half)
    term, result, m = factor * upper ** (total + 1 - index), mp.mpf(0), 0
    while m < upper or abs(term) > mp.eps * abs(result):
        power = total + 2 * m + 1
        result += term / ((power - index) * (power + moment))
        numerator = (half * total + 1 + m) * (half * total + 3 * half + m)
        denominator = (first + 3 * half + m) * (second + 3 * half + m) * (total + 2 + m) * (m + 1)
        term *= -(upper**2) * numerator / denominator
        m += 1
    return result


@pytest.mark.parametrize(
    ("index", "beta", "ell", "ell2", "band"),
    [
        (Fraction(5, 3), Fraction(2, 3), 2, 2, ("0.1", "60")),
        (Fraction(3, 2), Fraction(0), 5, 5, ("0.05", "50")),
        (Fraction(2), Fraction(1), 30, 30, ("0.5", "45")),
        (Fraction(0), Fraction(1, 4), 40, 40, ("0.5", "3")),
        (Fraction(5, 3), Fraction(2, 3), 2, 4, ("0.1", "60")),
        (Fraction(5, 3), Fraction(1), 3, 9, ("0.3", "20")),
        (Fraction(3), Fraction(1, 5), 10, 14, ("2", "40")),
        (Fraction(1), Fraction(1, 2), 2, 20, ("0.2", "30")),
    ],
)
def test_agrees_with_the_hypergeometric_form_of_the_paper(index, beta, ell, ell2, band):
    """Both derivatives written with j_(ℓ±1), in 90 digits, of which the series cancels e^(2·60)."""
    with mp.workdps(90):
        gamma, fraction = (mp.mpf(v.numerator) / v.denominator for v in (index, beta))
        lower, upper = (mp.mpf(end) for end in band)
        total = mp.mpf(0)
        for step, weight in ((-1, ell), (1, -ell - 1)):
            for step2, weight2 in ((-1, ell2), (1, -ell2 - 1)):
                for moment, part in ((0, fraction / 2), (2, 1 - 3 * fraction / 2)):
                    for end, sign in ((upper, 1), (lower, -1)):
                        value = product_series(ell + step, ell2 + step2, gamma, moment, end)
                        total += sign * weight * weight2 * part * value
        norm = 4 * mp.pi / mp.sqrt((2 * ell + 1) * (2 * ell2 + 1))
        expected = float(norm * (-1) ** ((ell2 - ell) // 2) * total)
    spectrum = power_law(float(index), float(band[0]), float(band[1]))
    values = parallel_correlation(spectrum, 1.0, float(beta), 42)
    size = np.sqrt(values[ell, ell] * values[ell2, ell2])
    assert values[ell, ell2] == pytest.approx(expected, rel=0, abs=PROMISED * size)
    if ell == ell2:
        power = parallel_power(spectrum, 1.0, float(beta), ell)[ell]
        assert (2 * ell + 1) * power == pytest.approx(expected, rel=PROMISED)


@pytest.mark.parametrize(
    ("index", "beta", "ell", "ell2", "law", "order", "scatterings", "frame"),
    [
        (1.2, 0.3, 0, 2, "fixed", 1, 1, "fluid"),
        (1.2, 0.3, 1, 3, "fixed", 1, 1, "fluid"),
        (2.4, 0.8, 1, 1, "fixed", 1, 1, "fluid"),
        (2.4, 0.8, 1, 5, "fixed", 1, 1, "observer"),
        (0.5, 0.1, 3, 5, "fixed", 1, 3, "fluid"),
        (1.9, 1.0, 1, 3, "fixed", 1, 4, "fluid"),
        (1.2, 0.3, 1, 1, "exponential", 1, 1, "fluid"),
        (1.2, 0.0, 2, 4, "exponential", 1, 3, "observer"),
        (1.5, 0.6, 1, 3, "erlang", 3, 2, "fluid"),
        (-1.0, 0.4, 0, 4, "erlang", 5, 4, "observer"),
    ],
)
def test_agrees_with_the_double_integral(index, beta, ell, ell2, law, order, scatterings, frame):
    """The definition by 20 × 20 nodes in k and y with transfer functions of 25 digits.

    Fixed paths: an entire function of xy < 1.5. Erlang laws: the nearest singularities, xy = ±n times
    i, lie on an ellipse of ρ > 3 about either interval, so that the rules converge as 3^(−40).
    """
    x, x_weight = gauss_panels([0.4, 1.5], 20)
    y, y_weight = gauss_panels([0.0, 1.0], 20)
    expected = mp.mpf(0)
    with mp.workdps(25):
        for k, k_part in zip(x, x_weight * x**-index, strict=True):
            for cosine, y_part in zip(y, y_weight, strict=True):
                t = mp.mpf(k * cosine)
                pair = [
                    transfer_definition(law, order, m, t, scatterings, frame)[0]
                    for m in ((ell,) if ell == ell2 else (ell, ell2))
                ]
                product = pair[0] * pair[-1]
                expected += k_part * y_part * (beta / 2 + (1 - 1.5 * beta) * cosine**2) * product
        norm = 4 * mp.pi * mp.sqrt((2 * ell + 1) * (2 * ell2 + 1)) * (-1) ** ((ell2 - ell) // 2)
        expected = float(norm * expected)
    values = parallel_correlation(
        power_law(index, 0.4, 1.5),
        1.0,
        beta,
        7,
        free_path=law,
        erlang_order=order,
        scatterings=scatterings,
        frame=frame,
    )
    size = np.sqrt(values[ell, ell] * values[ell2, ell2])
    assert values[ell, ell2] == pytest.approx(expected, rel=0, abs=PROMISED * size)


@pytest.mark.parametrize(("frame", "scatterings"), [("fluid", 1), ("observer", 3), ("fluid", 30)])
def test_agrees_with_the_double_integral_over_a_wider_band(frame, scatterings):
    """24 nodes for every 6 in x and every 1/8 in y (at most 5 in xy), half a period or so each."""
    beta, index, ells = 0.7, 1.6, (1, 3, 9, 31)
    x, x_weight = gauss_panels(np.linspace(10.0, 40.0, 6), 24)
    y, y_weight = gauss_panels(np.linspace(0.0, 1.0, 9), 24)
    t = np.outer(x, y)
    weight = np.outer(x_weight * x**-index, y_weight * (beta / 2 + (1 - 1.5 * beta) * y**2))
    zeroth, first = spherical_jn(0, t), spherical_jn(1, t)
    compression = first * sum(zeroth**m for m in range(scatterings - 1))
    rows = [
        spherical_jn(ell, t, derivative=True)
        - spherical_jn(ell, t) * compression
        - (ell == 1 and frame == "fluid") / 3
        for ell in ells
    ]
    values = parallel_correlation(
        power_law(index, 10.0, 40.0), 1.0, beta, 31, scatterings=scatterings, frame=frame
    )
    for ell, row in zip(ells, rows, strict=True):
        for ell2, row2 in zip(ells, rows, strict=True):
            sign = (-1) ** ((ell - ell2) // 2)
            expected = 4 * np.pi * np.sqrt((2 * ell + 1) * (2 * ell2 + 1)) * sign
            expected *= np.sum(weight * row * row2)
            size = np.sqrt(values[ell, ell] * values[ell2, ell2])
            assert values[ell, ell2] == pytest.approx(expected, rel=0, abs=PROMISED * size)


@pytest.mark.parametrize("law", ["fixed", "exponential"])
def test_narrow_band(law):
    """For Δk → 0 only the integral over y is left; the relative error is (x²F''/F)(Δk/k)²/24, at
    most (2ℓ)² 1e-8/24 for growth as x^(2ℓ).
    """
    middle, width, beta = 0.7, 0.7e-4, 0.4
    values = parallel_power(
        power_law(1.5, middle - width / 2, middle + width / 2), 1.0, beta, 40, free_path=law
    )
    y, weight = gauss_panels(np.linspace(0.0, 1.0, 5), 16)
    part = weight * (beta / 2 + (1 - 1.5 * beta) * y**2)
    with mp.workdps(25):
        for ell in (0, 1, 2, 40):
            rows = [
                float(transfer_definition(law, 1, ell, mp.mpf(middle * c), 1, "fluid")[0])
                for c in y
            ]
            expected = 4 * np.pi * middle**-1.5 * width * np.sum(part * np.array(rows) ** 2)
            tolerance = PROMISED + max(2 * ell, 6) ** 2 * 1e-8 / 24
            assert values[ell] == pytest.approx(expected, rel=tolerance)
