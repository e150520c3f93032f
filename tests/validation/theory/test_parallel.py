"""Field-aligned transport on a finite band against a table, identities and limits.

Tolerances are the stated accuracy of `parallel_power` and `parallel_correlation`, 1e-10, for the latter in
units of √(⟨a_ℓ²⟩⟨a_ℓ'²⟩).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from references import PROMISED, gauss_panels, power_law, table_rows
from scipy.integrate import quad
from scipy.special import eval_legendre, spherical_jn

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation.theory.parallel import parallel_correlation, parallel_power
from eddysky.validation.theory.parallel_closed_form import parallel_power_law
from eddysky.validation.theory.quadrature import angular_power


def test_agrees_with_the_table():
    rows = table_rows("parallel", bounded=True)
    assert len(rows) == 24
    for row in rows:
        ell = int(row["ell"])
        arguments = {
            "spectrum": PowerLaw(
                index=float(Fraction(row["gamma"])),
                velocity_dispersion=1.0,
                reference_scale=2 * np.pi,
                k_min=float(row["k_min_lambda"]),
                k_max=float(row["k_max_lambda"]),
            ),
            "mean_free_path": 1.0,
            "transverse_fraction": float(Fraction(row["beta"])),
            "lmax": ell,
            "free_path": row["free_path"],
            "scatterings": int(row["scatterings"]),
        }
        # The finite bands are printed to ten digits.
        assert parallel_power(**arguments)[ell] == pytest.approx(float(row["value"]), rel=5e-10)
    # The correlations of the table are those of the unbounded power law.
    assert not table_rows("parallel-correlation", bounded=True)


def along_the_line(beta, distance):
    """∫₀¹ [β/2 + (1−3β/2) y²] cos(ay) dy: correlation of one wave along b at a = k × distance."""
    zeroth = np.sinc(distance / np.pi)
    ratio = spherical_jn(1, distance) / distance if distance else 1 / 3
    return beta * ratio + (1 - beta) * (zeroth - 2 * ratio)


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_sky_has_the_covariance_of_the_flow(beta, frame):
    """I(μ) = μ [U(λμ) − U(0)], with U along b: the sum over all pairs of multipoles of ⟨a a'⟩ Y Y'
    against the covariance of U, at pairs of pitch angles. This fixes all signs.
    """
    lower, upper, index = 0.4, 20.0, 1.6
    own = 1 if frame == "fluid" else 0
    matrix = parallel_correlation(power_law(index, lower, upper), 1.0, beta, 60, frame=frame)
    ell = np.arange(61)
    for mu, mu2 in ((0.83, 0.83), (0.9, -0.4), (-0.6, -0.15), (1.0, 0.3)):
        shape = np.sqrt((2 * ell + 1) / (4 * np.pi)) * eval_legendre(ell, mu)
        shape2 = np.sqrt((2 * ell + 1) / (4 * np.pi)) * eval_legendre(ell, mu2)

        def integrand(x, mu=mu, mu2=mu2):
            near = along_the_line(beta, x * abs(mu)) + along_the_line(beta, x * abs(mu2))
            both = along_the_line(beta, x * abs(mu - mu2))
            return mu * mu2 * x**-index * (both + own * (1 / 3 - near))

        expected, error = quad(integrand, lower, upper, epsabs=1e-12, epsrel=1e-12, limit=300)
        # j_60(20) < 1e-18. The scale is the variance of μU, up to 2 × ∫ w dk/3 = 2.
        assert shape @ matrix @ shape2 == pytest.approx(expected, rel=0, abs=2 * PROMISED + error)


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_multipoles_add_up_to_the_mean_square(beta):
    """Σ(2ℓ+1) A_ℓ/4π = ∫₀¹ 2μ² [R(0) − R(λμ)] dμ with the correlation R of U along b."""
    x, weight = gauss_panels(np.geomspace(0.4, 60.0, 120), 8)
    mu, mu_weight = gauss_panels(np.linspace(0, 1, 13), 24)
    distance = np.outer(mu, x)
    ratio = spherical_jn(1, distance) / distance
    correlation = beta * ratio + (1 - beta) * (np.sinc(distance / np.pi) - 2 * ratio)
    expected = mu_weight * 2 * mu**2 @ (1 / 3 - correlation) @ (weight * x**-1.6)
    values = parallel_power(power_law(1.6, 0.4, 60.0), 1.0, beta, 120)
    # j_120(60) < 1e-20: the rest of the sum does not count.
    total = np.sum((2 * np.arange(121) + 1) * values) / (4 * np.pi)
    assert total == pytest.approx(expected, rel=PROMISED)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"frame": "observer", "scatterings": 5},
        {"free_path": "exponential"},
        {"free_path": "erlang", "erlang_order": 4, "scatterings": 2},
        {"spectrum": power_law(5 / 3, 1e-3, 1e6)},
    ],
)
def test_correlation_matrix(changes):
    """Symmetric, zero for odd ℓ + ℓ', (2ℓ+1) A_ℓ on the diagonal, positive semidefinite."""
    arguments = {
        "spectrum": power_law(5 / 3, 0.1, 50.0),
        "mean_free_path": 1.0,
        "transverse_fraction": 2 / 3,
        "lmax": 40,
    } | changes
    matrix = parallel_correlation(**arguments)
    ell = np.arange(41)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.all(matrix[(ell[:, np.newaxis] + ell) % 2 == 1] == 0.0)
    # The same sums in another order: rounding of about 1e4 terms of one sign.
    np.testing.assert_allclose(
        np.diag(matrix), (2 * ell + 1) * parallel_power(**arguments), rtol=1e-12
    )
    size = np.sqrt(np.diag(matrix))
    eigenvalues = np.linalg.eigvalsh(matrix / np.outer(size, size))
    # They add up to 41; the smallest are zero to rounding.
    assert eigenvalues.min() > -1e-12


def test_finite_band_falls_below_the_unbounded_one():
    """With k_max λ = 400 and β = 2/3, 10% at ℓ = 50 and 31% at ℓ = 110, rounded to percents."""
    values = parallel_power(power_law(5 / 3, 0.01, 400.0), 1.0, 2 / 3, 110)
    for ell, percent in ((50, 10), (110, 31)):
        lost = 1 - values[ell] / parallel_power_law(ell, 5 / 3, 2 / 3)
        assert abs(100 * lost - percent) <= 0.5


@pytest.mark.parametrize("law", ["fixed", "exponential"])
def test_unbounded_power_law_of_any_free_path(law):
    """E = c t^(−γ) for all t: c times the isotropic value for β = 0, here from ℓ = 5 on a band so
    wide that its ends do not count: 1e-9^(7−γ) below, and above what waves of k > k_max across b
    would add at t ≈ ℓ, of order (60/1e12)^γ.
    """
    index, beta = 1.5, 0.8
    spectrum = power_law(index, 1e-9, 1e12)
    factor = (index * (1 - beta) + beta) / (index * (index + 2))
    for scatterings in (1, 4):
        options = {"free_path": law, "scatterings": scatterings}
        isotropic = angular_power(spectrum, 1.0, 0.0, 60, **options)[5:]
        parallel = parallel_power(spectrum, 1.0, beta, 60, **options)[5:]
        np.testing.assert_allclose(parallel, factor * isotropic, rtol=2 * PROMISED)


def test_stationary_exponential_problem_has_no_anisotropy():
    """T_2 = b_2 b_0^(N−1)/t → (2t/15) e^(−Nt²/3), so that only t < 1/√N is left, where E ∝ t² for
    β = 0: A_2 ∝ ∫ t⁴ e^(−2Nt²/3) dt ∝ N^(−5/2), up to corrections of order 1/N.
    """
    spectrum = power_law(5 / 3, 0.5, 30.0)
    few, many = (
        parallel_power(spectrum, 1.0, 0.0, 6, free_path="exponential", scatterings=n)
        for n in (10**4, 10**6)
    )
    assert many[2] / few[2] == pytest.approx(1e-5, rel=10 / 10**4)
    assert np.all(many[2:] < 1e-12)
