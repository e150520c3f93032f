"""A_ℓ against a table, independent quadratures, identities, limits and the unbounded closed form.

Tolerances are the stated relative accuracy of `angular_power`, 1e-10.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from references import PROMISED, Spectrum, power_law, table_rows, transfer_definition
from scipy.integrate import quad
from scipy.special import spherical_jn

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation import (
    angular_power,
    isotropic_power_law,
    parallel_correlation,
    parallel_power,
)


def test_agrees_with_the_table():
    rows = table_rows("isotropic", bounded=True) + table_rows("isotropic", bounded=False)
    assert len(rows) == 109
    for row in rows:
        spectrum = PowerLaw(
            index=float(Fraction(row["gamma"])),
            velocity_dispersion=1.0,
            reference_scale=2 * np.pi,
            k_min=float(row["k_min_lambda"]),
            k_max=float(row["k_max_lambda"]),
        )
        value = angular_power(
            spectrum,
            1.0,
            float(Fraction(row["beta"])),
            int(row["ell"]),
            free_path=row["free_path"],
            scatterings=int(row["scatterings"]),
        )[-1]
        # Stated accuracy of the table.
        assert value == pytest.approx(float(row["value"]), rel=1e-8)


def by_definition(index, beta, ell, law, n, scatterings, frame, edges):
    """The integral of the definition, by mpmath between the given edges."""

    def integrand(x):
        longitudinal, transverse = transfer_definition(law, n, ell, x, scatterings, frame)
        total = (1 - beta) * longitudinal**2
        total += beta / 2 * ell * (ell + 1) * transverse**2
        return total * x**-index

    with mp.workdps(20):
        return float(4 * mp.pi * mp.quad(integrand, edges, maxdegree=5))


@pytest.mark.parametrize(
    ("index", "beta", "ell", "law", "order", "scatterings", "frame"),
    [
        (1.2, 0.3, 0, "fixed", 1, 1, "fluid"),
        (1.2, 0.3, 1, "fixed", 1, 1, "fluid"),
        (2.4, 0.8, 1, "fixed", 1, 1, "observer"),
        (0.5, 0.1, 7, "fixed", 1, 3, "fluid"),
        (1.9, 0.0, 2, "fixed", 1, 8, "observer"),
        (1.9, 0.2, 1, "fixed", 1, 4, "fluid"),
        (1.2, 0.3, 1, "exponential", 1, 1, "fluid"),
        (1.2, 0.0, 4, "exponential", 1, 3, "observer"),
        (1.5, 0.6, 3, "erlang", 3, 1, "fluid"),
        (1.5, 0.2, 1, "erlang", 3, 2, "observer"),
        (-1.0, 0.4, 12, "erlang", 20, 4, "fluid"),
        (1.5, 0.4, 0, "erlang", 2, 4, "fluid"),
    ],
)
def test_agrees_with_the_definition(index, beta, ell, law, order, scatterings, frame):
    expected = by_definition(
        index, beta, ell, law, order, scatterings, frame, [mp.mpf("0.3"), 2, 5, 9, 13, 17, 20]
    )
    values = angular_power(
        power_law(index, 0.3, 20.0),
        1.0,
        beta,
        ell + 3,
        free_path=law,
        erlang_order=order,
        scatterings=scatterings,
        frame=frame,
    )
    assert values[ell] == pytest.approx(expected, rel=PROMISED)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_mean_over_the_oscillation_agrees_with_resolving_it(frame):
    """A band with windows and mean, against a rule of 12 nodes per period."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    edges = np.linspace(80.0, 4000.0, 1961)
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    x = (edges[:-1, np.newaxis] + half * (1 + nodes)).ravel()
    weight = 4 * np.pi * (half * weights).ravel() * x**-1.7
    b_0, b_1 = spherical_jn(0, x), spherical_jn(1, x)
    for beta, scatterings in ((0.0, 1), (1.0, 1), (0.2, 3), (0.2, 40)):
        values = angular_power(
            power_law(1.7, 80.0, 4000.0), 1.0, beta, 30, scatterings=scatterings, frame=frame
        )
        compression = sum(b_0**m for m in range(scatterings - 1))
        for ell in (0, 1, 2, 9, 30):
            own = 1 / 3 if ell == 1 and frame == "fluid" else 0
            here = spherical_jn(ell, x)
            longitudinal = spherical_jn(ell, x, derivative=True) - here * b_1 * compression - own
            transverse = here / x - own
            power = (1 - beta) * longitudinal**2 + beta / 2 * ell * (ell + 1) * transverse**2
            assert values[ell] == pytest.approx(power @ weight, rel=PROMISED, abs=1e-300)


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_huge_band_is_the_unbounded_one_without_its_ends(beta):
    """kλ from 1e-9 to 1e12; the missing ends are small and known to leading order."""
    lower, upper, index = 1e-9, 1e12, 1.5
    values = angular_power(power_law(index, lower, upper), 1.0, beta, 96)
    expected = isotropic_power_law(np.arange(97), index, beta)
    # Below, j_1² = x²/9 at ℓ = 0; above, 1/9 at ℓ = 1. The others fall faster on both sides.
    expected[0] -= 4 * np.pi / 9 * (1 - beta) * lower ** (3 - index) / (3 - index)
    expected[1] -= 4 * np.pi / 9 * upper ** (1 - index) / (index - 1)
    # At ℓ = 2 the missing lower end is about 1e-14.
    np.testing.assert_allclose(values, expected, rtol=PROMISED)


@pytest.mark.parametrize("law", ["fixed", "exponential"])
def test_narrow_band(law):
    """For Δk → 0, A_ℓ = 4π w F Δk at the middle; the error is (x²F''/F)(Δk/k)²/24 ≤ (2ℓ/1e4)²/24
    for growth as x^(2ℓ), ℓ ≤ 40.
    """
    middle, width = 0.7, 0.7e-4
    spectrum = power_law(1.5, middle - width / 2, middle + width / 2)
    values = angular_power(spectrum, 1.0, 0.4, 40, free_path=law)
    wide = spectrum(middle) * width * 4 * np.pi
    with mp.workdps(30):
        for ell in (0, 1, 2, 17, 40):
            longitudinal, transverse = transfer_definition(law, 1, ell, mp.mpf(middle), 1, "fluid")
            power = 0.6 * longitudinal**2 + 0.2 * ell * (ell + 1) * transverse**2
            expected = float(power) * wide
            # At ℓ = 0 … 2 powers of up to x⁴ instead.
            tolerance = PROMISED + max(2 * ell, 6) ** 2 * 1e-8 / 24
            assert values[ell] == pytest.approx(expected, rel=tolerance)


def test_multipoles_far_beyond_the_band():
    """j_ℓ' → ℓ x^(ℓ−1)/(2ℓ+1)!! for ℓ ≫ x, with relative corrections of x²/(2ℓ) or less."""
    ell, index, upper = 30, 1.5, 0.1
    value = angular_power(power_law(index, 1e-3, upper), 1.0, 0.0, ell)[ell]
    exponent = 2 * (ell - 1) - index
    log_factor = np.log(ell) - np.sum(np.log(np.arange(1, 2 * ell + 2, 2)))
    expected = 4 * np.pi * np.exp(2 * log_factor) * upper ** (exponent + 1) / (exponent + 1)
    assert expected < 1e-100
    assert value == pytest.approx(expected, rel=2 * upper**2 / (2 * ell))
    # Too small for a double.
    assert angular_power(power_law(index, 1e-3, upper), 1.0, 0.0, 96)[96] == 0.0


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
def test_multipoles_add_up_to_the_mean_square(beta):
    """Σ(2ℓ+1) A_ℓ/4π = ⟨[n·(u(λn) − u(0))]²⟩ = 2[⟨u²⟩/3 − R_LL(λ)], with the longitudinal
    correlation R_LL = ∫ w [β j_1/x + (1−β)(j_0 − 2j_1/x)] dk from the angle average of the
    two-point function.
    """

    def integrand(x):
        zeroth = np.sin(x) / x
        ratio = (zeroth - np.cos(x)) / x**2
        correlation = beta * ratio + (1 - beta) * (zeroth - 2 * ratio)
        return 2 * x**-1.6 * (1 / 3 - correlation)

    expected, error = quad(integrand, 0.4, 60.0, epsabs=0, epsrel=1e-12, limit=500)
    values = angular_power(power_law(1.6, 0.4, 60.0), 1.0, beta, 120)
    # j_120(60) < 1e-20: the rest of the sum does not count.
    total = np.sum((2 * np.arange(121) + 1) * values) / (4 * np.pi)
    assert total == pytest.approx(expected, rel=PROMISED, abs=error)


def test_units_and_scaling():
    """With λ = 10 pc and k in 1/pc instead of λ = 1, only w dk counts."""
    one = angular_power(power_law(1.5, 0.2, 30.0), 1.0, 0.5, 20)
    scaled = Spectrum(lambda k: 10 * (10 * k) ** -1.5, 0.02, 3.0)
    np.testing.assert_allclose(angular_power(scaled, 10.0, 0.5, 20), one, rtol=PROMISED)


@pytest.mark.parametrize(
    ("power", "mean_free_path"),
    [(angular_power, 1.0), (angular_power, 300.0), (parallel_power, 300.0)],
)
@pytest.mark.parametrize("law", ["fixed", "exponential"])
def test_kinks_and_jumps(law, power, mean_free_path):
    """A spectrum with a kink and one with a jump is the sum of its two smooth pieces."""
    corner = 7.123456
    left, right = (lambda k: k**2 / 50), (lambda k: k**-1.5)
    for high in (right, lambda k: left(corner) * (k / corner) ** -1.5):

        def function(k, high=high):
            return np.where(k < corner, left(k), high(k))

        pieces = (Spectrum(left, 0.1, corner), Spectrum(high, corner, 5e3))
        expected = sum(power(p, mean_free_path, 0.5, 40, free_path=law) for p in pieces)
        for breakpoints in ((), (corner,), (corner, 0.01, 1e9)):
            spectrum = Spectrum(function, 0.1, 5e3, breakpoints)
            values = power(spectrum, mean_free_path, 0.5, 40, free_path=law)
            np.testing.assert_allclose(values, expected, rtol=PROMISED)


def test_exponential_cutoff_of_the_spectrum():
    spectrum = Spectrum(lambda k: k**-1.5 * np.exp(-((k / 30) ** 2)), 0.1, 2e3)
    shorter = Spectrum(spectrum.function, 0.1, 300.0)  # e^(−100)
    np.testing.assert_allclose(
        angular_power(spectrum, 1.0, 0.5, 20), angular_power(shorter, 1.0, 0.5, 20), rtol=PROMISED
    )


@pytest.mark.parametrize(
    ("law", "beta", "slope"),
    [
        ("fixed", 0.0, -1 - 5 / 3),
        ("fixed", 1.0, -1 - 5 / 3),
        ("exponential", 1.0, -2 - 5 / 3),
        ("exponential", 0.5, -2 - 5 / 3),
        ("exponential", 0.0, -4 - 5 / 3),
    ],
)
def test_slope_at_large_multipoles(law, beta, slope):
    """Local slopes at ℓ and 2ℓ: the limit is approached as a power of 1/ℓ, at least the first."""
    values = angular_power(power_law(5 / 3, 1e-2, 1e7), 1.0, beta, 401, free_path=law)
    ell = np.array([100, 200, 400])
    local = np.log(values[ell + 1] / values[ell]) / np.log((ell + 1.5) / (ell + 0.5))
    deviation = np.abs(local - slope)
    assert deviation[1] <= 0.55 * deviation[0]
    assert deviation[2] <= 0.55 * deviation[1]
    assert deviation[2] < 10 / 400


def test_potential_flow_disappears_in_the_stationary_exponential_problem():
    values = angular_power(
        power_law(1.5, 0.5, 1e3),
        1.0,
        0.0,
        20,
        free_path="exponential",
        scatterings=2000,
        frame="observer",
    )
    # b_0(0.5)^1999 < 1e-62.
    assert np.all(values[1:] < 1e-100)
    assert values[0] > 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spectrum": power_law(1.5, 0.0, 1.0)}, "k_min"),
        ({"spectrum": power_law(1.5, 1.0, np.inf)}, "k_min"),
        ({"spectrum": power_law(1.5, 2.0, 2.0)}, "k_min"),
        ({"spectrum": power_law(np.nan, 1.0, 2.0)}, "not finite"),
        ({"transverse_fraction": 1.2}, "transverse_fraction"),
        ({"mean_free_path": 0.0}, "mean_free_path"),
        ({"lmax": -1}, "lmax"),
        ({"lmax": 2.5}, "lmax"),
        ({"free_path": "levy"}, "levy"),
        ({"erlang_order": 3}, "no meaning"),
        ({"scatterings": 0}, "scatterings"),
        ({"frame": "rest"}, "frame"),
        ({"spectrum": PowerLaw(1.5, 1.0, 1.0), "frame": "observer"}, "unbounded"),
        ({"spectrum": PowerLaw(1.5, 1.0, 1.0), "scatterings": 2}, "unbounded"),
        ({"spectrum": PowerLaw(1.5, 1.0, 1.0), "free_path": "exponential"}, "unbounded"),
        ({"spectrum": PowerLaw(3.5, 1.0, 1.0)}, "ell = 0"),
    ],
)
@pytest.mark.parametrize("predict", [angular_power, parallel_power, parallel_correlation])
def test_rejects_wrong_arguments(predict, changes, message):
    arguments = {
        "spectrum": power_law(1.5, 1.0, 2.0),
        "mean_free_path": 1.0,
        "transverse_fraction": 0.5,
        "lmax": 4,
    }
    with pytest.raises(ValueError, match=message):
        predict(**(arguments | changes))


def test_rejects_noise():
    rng = np.random.default_rng(1)
    spectrum = Spectrum(lambda k: rng.uniform(size=k.shape), 0.1, 10.0)
    with pytest.raises(ValueError, match="piecewise smooth"):
        angular_power(spectrum, 1.0, 0.5, 3)
