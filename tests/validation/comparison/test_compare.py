"""`compare` on synthetic ensembles: pulls, amplitude, slope, scatter, and skies without randomness."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import ALARM, CALM, SMALL, cosmic, neighbours, result

from eddysky.simulator import Config
from eddysky.validation import compare, predict
from eddysky.validation.comparison.realizations import NoVerdictError


def test_results_without_noise_are_not_judged(expected):
    config = SMALL.replace({"sky.sampling": "random"})
    power = cosmic(np.random.default_rng(42), expected(config).prediction.c_ell, 20)
    with pytest.raises(NoVerdictError, match="stored no shot noise"):
        compare(result(config, power), expected(config))


def test_pulls_follow_student(expected):
    """Pulls at ℓ ≥ 10 against Student's t of R − 1; at lower ℓ C_ℓ is skewed."""
    rng = np.random.default_rng(22)
    c_ell, count = expected(SMALL).prediction.c_ell, 200
    pulls = np.array(
        [
            compare(result(SMALL, cosmic(rng, c_ell, count)), expected(SMALL)).pull[9:]
            for _ in range(300)
        ]
    )
    # Kolmogorov–Smirnov, false alarm 1e-4; the multipoles are independent.
    assert stats.kstest(pulls.ravel(), stats.t(count - 1).cdf).pvalue > ALARM
    # 2100 pulls, 3.9 standard errors of the variance, 12%: false alarm 1e-4. Errors 10% too small fail.
    assert np.var(pulls) == pytest.approx(
        (count - 1) / (count - 3), abs=3.9 * math.sqrt(2 / pulls.size)
    )


def test_error_of_the_mean_pull(expected):
    rng = np.random.default_rng(23)
    c_ell, trials = expected(SMALL).prediction.c_ell, 400
    found = [
        compare(result(SMALL, neighbours(rng, c_ell, 100)), expected(SMALL)) for _ in range(trials)
    ]
    scaled = np.array([c.mean_pull / c.mean_pull_error for c in found])
    # 3.9 standard errors: false alarm 1e-4 each.
    assert abs(scaled.mean()) < 3.9 / math.sqrt(trials)
    assert np.var(scaled) == pytest.approx(99 / 97, abs=3.9 * math.sqrt(2 / trials))


@pytest.mark.parametrize("quantity", ["amplitude", "slope"])
def test_amplitude_and_slope_are_unbiased_with_correct_errors(expected, quantity):
    rng = np.random.default_rng(24)
    c_ell, trials = expected(SMALL).prediction.c_ell, 400
    found = [
        compare(result(SMALL, cosmic(rng, c_ell, 100)), expected(SMALL)) for _ in range(trials)
    ]
    if quantity == "amplitude":
        scaled = np.array([(c.amplitude - 1) / c.amplitude_error for c in found])
    else:
        scaled = np.array([c.slope.pull for c in found])
    # Weighted sums of positive, skewed C_ℓ: the t statistic of 100 is centred to 0.05 standard errors.
    assert abs(scaled.mean()) < 3.9 / math.sqrt(trials) + 0.05
    assert np.var(scaled) == pytest.approx(99 / 97, abs=3.9 * math.sqrt(2 / trials) + 0.05)


def test_an_amplitude_error_of_5_percent_is_detected(expected):
    """At R = 200 and lmax = 24 the standard error of the amplitude is about 0.5%."""
    rng = np.random.default_rng(25)
    c_ell = expected(SMALL).prediction.c_ell
    for wrong in (0.95, 1.05):
        found = [
            compare(result(SMALL, wrong * cosmic(rng, c_ell, 200)), expected(SMALL))
            for _ in range(50)
        ]
        assert not any(c.consistent for c in found)
        average = np.mean([c.amplitude for c in found])
        spread = np.mean([c.amplitude_error for c in found])
        assert average == pytest.approx(wrong, abs=3.9 * spread / math.sqrt(50))
        assert spread < 0.01


def test_a_slope_error_of_a_tenth_is_detected(expected):
    """R = 200, nside 32: C_ℓ tilted about ℓ = 20, with little effect on the amplitude."""
    rng = np.random.default_rng(26)
    config = Config().replace({"sky.nside": 32})
    prediction = expected(config).prediction
    tilt = np.concatenate([[1.0], (prediction.ell[1:] / 20) ** 0.1])
    found = [
        compare(result(config, cosmic(rng, prediction.c_ell, 200) * tilt), expected(config))
        for _ in range(50)
    ]
    assert not any(c.consistent for c in found)
    errors = np.array([c.slope.measured - c.slope.predicted for c in found])
    # First order in the tilt; the second adds 0.1² times ln-range² / 2, a few percent of the 0.1.
    assert errors.mean() == pytest.approx(0.1, abs=0.01)
    assert np.mean([c.slope.error for c in found]) < 0.1 / 4


def test_slope_of_a_power_law_is_exact(expected):
    """d ln C_ℓ/d ln(ℓ + ½) of (ℓ + ½)^(−8/3), whatever the weights."""
    known = expected(SMALL)
    ell = known.prediction.ell
    c_ell = 3e-7 * (ell + 0.5) ** (-8 / 3)
    known = replace(known, prediction=replace(known.prediction, c_ell=c_ell))
    rng = np.random.default_rng(27)
    gains = rng.normal(1, 0.1, (50, 1))
    gains /= gains.mean()
    slope = compare(result(SMALL, gains * c_ell), known).slope
    assert (slope.lmin, slope.lmax) == (2, 16)
    assert slope.predicted == pytest.approx(-8 / 3, abs=1e-12)
    # A gain common to all multipoles changes no slope.
    assert slope.measured == pytest.approx(-8 / 3, abs=1e-12)
    tilt = ((ell + 0.5) / 10) ** -0.01
    steeper = compare(result(SMALL, gains * c_ell * tilt), known).slope
    # Second order of the tilt: (0.01 ln ℓ/10)²/2 < 1e-5.
    assert steeper.measured == pytest.approx(-8 / 3 - 0.01, abs=1e-4)


def test_slope_needs_three_multipoles(expected):
    rng = np.random.default_rng(28)
    for lmax, some in ((3, False), (4, True), (19, True), (20, True)):
        config = SMALL.replace({"sky.lmax": lmax})
        slope = compare(
            result(config, cosmic(rng, expected(config).prediction.c_ell, 20)), expected(config)
        ).slope
        assert (slope is not None) is some
        if slope is not None:
            assert slope.lmin == (10 if lmax >= 20 else 2)
            assert slope.lmax == lmax


@pytest.mark.parametrize("excess", [1.0, 1.5])
def test_scatter_over_cosmic_variance(expected, excess):
    rng = np.random.default_rng(32)
    c_ell = expected(SMALL).prediction.c_ell
    power = c_ell + excess * (cosmic(rng, c_ell, 2000) - c_ell)
    # A deviation from 2000 skewed values is good to 3% at worst, their average over ℓ to under 1%; 4 of these.
    assert compare(result(SMALL, power), expected(SMALL)).scatter == pytest.approx(excess, rel=0.03)


def test_wrong_configuration_is_rejected(expected):
    """The same C_ℓ with another index, dispersion, β, free path or band in the configuration."""
    rng = np.random.default_rng(34)
    power = cosmic(rng, expected(SMALL).prediction.c_ell, 100)
    assert compare(result(SMALL, power), expected(SMALL)).consistent
    for key, value in {
        "flow.index": 1.8,
        "flow.velocity_dispersion": "21 km/s",
        "flow.transverse_fraction": 0.5,
        "transport.free_path": "exponential",
        "transport.mean_free_path": "11 pc",
        "flow.inner_scale": "10 pc",
    }.items():
        assert not compare(
            result(
                SMALL.replace({key: value, "sky.sampling": "random"}), power, np.zeros_like(power)
            )
        ).consistent


@pytest.mark.parametrize(
    ("change", "consistent"),
    [
        ({}, True),
        ({1: 1 + 1e-8}, True),
        ({1: 1 + 1e-6}, False),
        ({1: 1 - 1e-6}, False),
        ({1: 0.0}, False),
        ({2: 1e-8}, True),
        ({2: 1e-6}, False),
        ({3: 1e-12}, True),
        ({3: 1e-8}, False),
        ({1: math.nan}, False),
    ],
    ids=str,
)
def test_a_sky_without_randomness_must_equal_the_theory(change, consistent):
    """Up to second order in u/v, (u/v)² = 8e-9: relative to C_1, a few times that in C_1 and (D u/v)²/5 in C_2."""
    exact = predict(CALM).c_ell
    power = exact.copy()
    for ell, factor in change.items():
        power[ell] = exact[1] * factor
    comparison = compare(result(CALM, power[None]))
    assert comparison.consistent is consistent
    assert comparison.chi2 is None
    assert comparison.p_value is None
    np.testing.assert_array_equal(comparison.error, 0)


def test_an_empty_sky_must_be_empty():
    fluid = CALM.replace({"sky.frame": "fluid"})
    power = np.zeros((1, fluid.lmax + 1))
    assert compare(result(fluid, power)).consistent
    power[0, 1] = 1e-12
    assert not compare(result(fluid, power)).consistent


def test_an_empty_sky_of_random_arrivals_is_consistent():
    fluid = CALM.replace({"sky.frame": "fluid", "sky.sampling": "random"})
    assert compare(result(fluid, np.zeros((10, fluid.lmax + 1)))).consistent


def test_columns_agree_with_each_other(expected):
    rng = np.random.default_rng(36)
    c_ell = expected(SMALL).prediction.c_ell
    power = cosmic(rng, c_ell, 50)
    found = compare(result(SMALL, power), expected(SMALL))
    np.testing.assert_allclose(found.error, power[:, 1:].std(axis=0, ddof=1) / math.sqrt(50))
    np.testing.assert_allclose(found.ratio, power.mean(axis=0)[1:] / c_ell[1:])
    np.testing.assert_allclose(found.pull, (power.mean(axis=0) - c_ell)[1:] / found.error)
    np.testing.assert_allclose(
        found.p_value, stats.chi2.sf(found.chi2 * found.dof / len(found.ell), found.dof)
    )
