"""Fits recover the parameters of drawn spectra, and their intervals have the stated coverage."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from references import turbulent_spectrum
from scipy import constants, stats

from eddysky.simulator import Config, simulate
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.errors import InputError
from eddysky.validation import MeasuredPower, angular_power, fit, read_measured

ROOT = Path(__file__).parents[3]

# Tolerance of counts and means in standard deviations: a false alarm in 370.
SIGMAS = 3.0


def drawn(rng, model, ell, likelihood, realizations=1, **truth):
    """A spectrum drawn from a likelihood."""
    expected = turbulent_spectrum(model, ell, **truth)
    if likelihood == "gaussian":
        error = 0.1 * expected
        return MeasuredPower(ell, expected + error * rng.standard_normal(len(ell)), error)
    dof = realizations * (np.ones(len(ell)) if model == "parallel" else 2 * ell + 1)
    return MeasuredPower(ell, expected * rng.chisquare(dof) / dof)


@pytest.mark.parametrize("likelihood", ["gaussian", "cosmic-variance"])
@pytest.mark.parametrize("model", ["isotropic", "parallel"])
def test_a_spectrum_without_scatter_returns_its_parameters(model, likelihood):
    ell = np.arange(2, 31)
    c_ell = turbulent_spectrum(model, ell, 35.0, 1.4)
    found = fit(MeasuredPower(ell, c_ell, 0.1 * c_ell), model, likelihood=likelihood)
    # MINUIT stops where −2 ln L is within 2e-4 of the minimum, 0.015 standard errors.
    for name, truth in (("velocity_dispersion", 35.0), ("index", 1.4)):
        assert abs(found[name].value - truth) < 0.02 * found[name].error
    assert found.goodness.statistic < 1e-3
    assert found.goodness.dof == 27
    np.testing.assert_allclose(found.curve(ell), found.spectra[0].expected, rtol=1e-12)


def coverage(model, likelihood, sets, seed, realizations=1):
    """Fraction of sets with the truth inside the intervals (68.27%, 95%), and the p-values of all fits."""
    rng = np.random.default_rng(seed)
    ell = np.arange(2, 31)
    truth = {"velocity_dispersion": 20.0, "index": 5 / 3}
    covered, p_values = np.zeros((2, 2)), []
    for _ in range(sets):
        data = drawn(rng, model, ell, likelihood, realizations)
        found = fit(data, model, likelihood=likelihood, realizations=realizations)
        for row, (name, true) in enumerate(truth.items()):
            for column, ends in enumerate((found[name].interval, found[name].interval95)):
                covered[row, column] += ends[0] < true < ends[1]
        p_values.append(found.goodness.p_value)
    return covered / sets, np.array(p_values)


def check_coverage(fractions, sets):
    """Both parameters, both levels, within binomial scatter."""
    for level, column in zip((0.6827, 0.95), fractions.T, strict=True):
        assert np.all(np.abs(column - level) < SIGMAS * np.sqrt(level * (1 - level) / sets))


@pytest.mark.parametrize("model", ["isotropic", "parallel"])
def test_intervals_cover_the_truth(model):
    fractions, _ = coverage(model, "cosmic-variance", 50, seed=23)
    check_coverage(fractions, 50)


@pytest.mark.slow
@pytest.mark.parametrize("realizations", [1, 4])
@pytest.mark.parametrize("likelihood", ["gaussian", "cosmic-variance"])
@pytest.mark.parametrize("model", ["isotropic", "parallel"])
def test_intervals_cover_the_truth_in_many_sets(model, likelihood, realizations):
    if likelihood == "gaussian" and realizations > 1:
        pytest.skip("gaussian takes the errors as they are")
    fractions, p_values = coverage(model, likelihood, 400, seed=23, realizations=realizations)
    check_coverage(fractions, 400)
    # The p-values of true models are uniform; 0.0027 is as rare as three standard deviations.
    assert stats.kstest(p_values, "uniform").pvalue > 0.0027


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_intervals_cover_the_truth_of_simulated_skies(mode):
    """Single skies and their mean; the band is wide enough for a fit of a power law on all scales."""
    sets, lmax = 200, 24
    settings = {
        "transport.mode": mode,
        "flow.outer_scale": "10000 pc",
        "flow.inner_scale": "0.25 pc",
        "flow.modes": 8192,
        "sky.nside": 16,
        "sky.lmax": lmax,
        "ensemble.realizations": sets,
        "ensemble.seed": 5,
    }
    power = simulate(Config().replace(settings), maps=0).power
    ell = np.arange(2, lmax + 1)
    truth = {"velocity_dispersion": 20.0, "index": 5 / 3}
    covered = np.zeros((2, 2))
    for sky in power:
        found = fit(MeasuredPower(ell, sky[ell]), mode, likelihood="cosmic-variance")
        for row, (name, true) in enumerate(truth.items()):
            for column, ends in enumerate((found[name].interval, found[name].interval95)):
                covered[row, column] += ends[0] < true < ends[1]
    check_coverage(covered / sets, sets)
    error = power.std(axis=0, ddof=1) / np.sqrt(sets)
    mean = fit(MeasuredPower(ell, power.mean(axis=0)[ell], error[ell]), mode)
    for name, true in truth.items():
        assert abs(mean[name].value - true) < SIGMAS * mean[name].error
    assert mean.goodness.p_value > 0.0027


def test_the_example_of_the_documentation():
    """Simulated with 20 km/s and 5/3; below ℓ = 40 the ends of its band are negligible."""
    found = fit(read_measured(ROOT / "docs" / "example-spectrum.csv").between(2, 40))
    assert (
        abs(found["velocity_dispersion"].value - 20.0) < SIGMAS * found["velocity_dispersion"].error
    )
    assert abs(found["index"].value - 5 / 3) < SIGMAS * found["index"].error
    assert found["index"].error < 0.01
    assert found.goodness.p_value > 0.0027


def test_intervals_are_those_of_a_linear_fit():
    """For A14 and Gaussian errors the amplitude is linear: weighted least squares."""
    rng = np.random.default_rng(4)
    ell = np.arange(1, 25)
    shape = 18 / ((2 * ell + 1) * (ell + 1.0) * (ell + 2))
    error = 1e-8 / ell
    data = MeasuredPower(ell, 2e-7 * shape + error * rng.standard_normal(len(ell)), error)
    found = fit(data, "a14")
    spread = 1 / np.sqrt(np.sum(shape**2 / error**2))
    value = np.sum(shape * data.c_ell / error**2) * spread**2
    amplitude = found["amplitude"]
    # Ends are found to 1e-3 and the minimum to 0.015 standard errors.
    for level, ends in ((0.6827, amplitude.interval), (0.95, amplitude.interval95)):
        half = stats.norm.isf((1 - level) / 2) * spread
        np.testing.assert_allclose(ends, [value - half, value + half], atol=0.02 * spread)
    assert amplitude.error == pytest.approx(spread, rel=0.02)
    chi2 = np.sum(((data.c_ell - value * shape) / error) ** 2)
    assert found.goodness.statistic == pytest.approx(chi2, abs=1e-3)
    assert found.goodness.p_value == pytest.approx(stats.chi2.sf(chi2, 23), abs=1e-3)
    total = chi2 + np.sum(np.log(2 * np.pi * error**2))
    assert found.minus_two_log_likelihood == pytest.approx(total, abs=1e-3)


@pytest.mark.parametrize("index", [5 / 3, None])
def test_20_and_50_km_s_fit_the_same_sky(index):
    """ZL25: with parallel transport the dispersion must be √6.1 = 2.47 times as large at β = 2/3."""
    ell = np.arange(10, 61)
    rng = np.random.default_rng(6)
    fixed = {} if index is None else {"index": index}
    mean = turbulent_spectrum("isotropic", ell)
    error = mean * np.sqrt(2 / (2 * ell + 1) / 20)
    data = MeasuredPower(ell, mean + error * rng.standard_normal(len(ell)), error)
    one, other = (
        fit(data, m, fixed=fixed)["velocity_dispersion"] for m in ("isotropic", "parallel")
    )
    ratio = other.value / one.value
    expected = np.sqrt(np.mean(mean / turbulent_spectrum("parallel", ell)))
    assert expected == pytest.approx(2.47, abs=2e-3)
    if index is None:
        # Both fits share the scatter of the data: the error of each alone is more than enough.
        assert abs(ratio - expected) < SIGMAS * ratio * other.error / other.value
    else:
        # The ratio of the two spectra changes by 0.4% over the range, whatever the data.
        assert ratio == pytest.approx(expected, rel=2e-3)


def test_mean_free_path_and_dispersion_are_degenerate():
    ell = np.arange(2, 31)
    data = drawn(np.random.default_rng(8), "isotropic", ell, "gaussian")
    fits = [fit(data, fixed={"mean_free_path": path}) for path in (10.0, 40.0)]
    index = fits[0]["index"].value
    assert fits[1].goodness.statistic == pytest.approx(fits[0].goodness.statistic, abs=1e-3)
    assert fits[1]["index"].value == pytest.approx(index, abs=0.02 * fits[0]["index"].error)
    ratio = fits[1]["velocity_dispersion"].value / fits[0]["velocity_dispersion"].value
    # Good to 0.02 of the error of the index, times ln 4.
    assert ratio == pytest.approx(4 ** ((1 - index) / 2), abs=0.05 * fits[0]["index"].error)


def test_a_finite_band_agrees_with_the_quadrature():
    ell = np.arange(2, 21)
    flow = PowerLaw(1.6, 25.0, 10.0, 2 * np.pi / 300, 2 * np.pi / 3)
    shift = 4.7 / (constants.c / 1e3)
    c_ell = shift**2 * angular_power(flow, 10.0, 2 / 3, 20)[2:]
    found = fit(
        MeasuredPower(ell, c_ell, 0.05 * c_ell), fixed={"outer_scale": 300.0, "inner_scale": 3.0}
    )
    assert (
        abs(found["velocity_dispersion"].value - 25.0) < 0.02 * found["velocity_dispersion"].error
    )
    assert abs(found["index"].value - 1.6) < 0.02 * found["index"].error
    assert found.goodness.statistic < 1e-3


def test_noise_is_measured_or_limited():
    rng = np.random.default_rng(9)
    ell = np.arange(2, 41)
    for level in (2e-10, 0.0):
        expected = turbulent_spectrum("isotropic", ell) + level
        data = MeasuredPower(ell, expected * rng.chisquare(2 * ell + 1) / (2 * ell + 1))
        found = fit(data, likelihood="cosmic-variance", noise=True)
        low, high = found["noise"].interval95
        assert low <= level < high
        assert (low > 0) == (level > 0)
        assert found["index"].interval95[0] < 5 / 3 < found["index"].interval95[1]
    known = fit(data, likelihood="cosmic-variance", fixed={"noise": 0.0})
    assert known.fixed["noise"] == 0


def test_noise_alone_gives_an_upper_limit():
    rng = np.random.default_rng(13)
    ell = np.arange(2, 31)
    error = np.full(len(ell), 1e-6)
    found = fit(MeasuredPower(ell, error * rng.standard_normal(len(ell)), error), "a14")
    low, high = found["amplitude"].interval95
    # The sum over ℓ of shape² is 0.11: an upper limit of a few errors.
    assert low == 0
    assert 0 < high < 3e-5


def test_json_has_no_infinity():
    """An open interval and an unknown correlation become null."""
    found = fit(GOOD, "a14")
    open_end = dataclasses.replace(found.estimates[0], interval95=(0.0, np.inf))
    found = dataclasses.replace(found, estimates=(open_end,), correlation=np.full((1, 1), np.nan))
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["parameters"]["amplitude"]["interval_95"] == [None, None]
    assert plain["correlation"] == [[None]]


def test_a_fit_without_free_parameters_tests_the_model():
    ell = np.arange(2, 11)
    c_ell = turbulent_spectrum("isotropic", ell)
    found = fit(
        MeasuredPower(ell, 1.5 * c_ell, 0.5 * c_ell),
        fixed={"velocity_dispersion": 20.0, "index": 5 / 3},
    )
    assert found.estimates == ()
    assert (found.goodness.dof, found.goodness.statistic) == (9, pytest.approx(9, rel=1e-6))


GOOD = MeasuredPower(np.arange(2, 8), np.full(6, 1e-9), np.full(6, 1e-10))
FROM_DIPOLE = MeasuredPower(np.arange(1, 7), GOOD.c_ell, GOOD.error)
REFUSED = [
    (GOOD, {"model": "isotopic"}, "isotropic, parallel"),
    (GOOD, {"likelihood": "poisson"}, "cosmic-variance"),
    (GOOD, {"fixed": {"indx": 1.5}}, "velocity_dispersion, index"),
    (GOOD, {"fixed": {"index": 3.0}}, "above 1 and below 3"),
    (GOOD, {"fixed": {"index": float("nan")}}, "above 1 and below 3"),
    (GOOD, {"fixed": {"energy": 1e-4}}, "rest energy"),
    (GOOD, {"fixed": {"noise": -1e-9}}, "zero or positive"),
    (GOOD, {"fixed": {"noise": 1e-9}, "noise": True}, "fixed at once"),
    (GOOD, {"fixed": {"outer_scale": 100.0}}, "inner_scale"),
    (GOOD, {"fixed": {"outer_scale": 1.0, "inner_scale": 2.0}}, "below outer_scale"),
    (GOOD, {"fixed": {"free_path": "erlang"}}, "erlang_order"),
    (GOOD, {"fixed": {"scatterings": 2.5}}, "whole number"),
    (FROM_DIPOLE, {"fixed": {"frame": "observer"}}, "infinite dipole"),
    (GOOD, {"realizations": 4}, "cosmic-variance"),
    (GOOD, {"realizations": 0}, "at least 1"),
    (GOOD, {"model": "parallel", "likelihood": "cosmic-variance", "noise": True}, "m = 0"),
    (GOOD.between(2, 3), {}, "at least 3 are needed"),
    (MeasuredPower(GOOD.ell, GOOD.c_ell), {}, "needs errors"),
    (MeasuredPower(GOOD.ell, -GOOD.c_ell), {"likelihood": "cosmic-variance"}, "positive"),
]


@pytest.mark.parametrize(("data", "options", "words"), REFUSED)
def test_bad_arguments_are_refused(data, options, words):
    with pytest.raises(InputError, match=words):
        fit(data, **options)
