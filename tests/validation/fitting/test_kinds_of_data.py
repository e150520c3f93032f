"""Bands, window matrices, covariances, asymmetric errors, sky fractions, and errors with cosmic variance."""

from __future__ import annotations

import numpy as np
import pytest
from references import turbulent_spectrum
from scipy import optimize, stats

from eddysky.simulator.errors import InputError
from eddysky.validation import MeasuredPower, fit
from eddysky.validation.fitting.choice import choose_likelihood
from eddysky.validation.fitting.likelihood import Gaussian
from eddysky.validation.fitting.measured import band_windows
from eddysky.validation.fitting.spectral_models import MODELS
from eddysky.validation.fitting.windows import Window

SIGMAS = 3.0
ELL = np.arange(2, 31)
C_ELL = turbulent_spectrum("isotropic", ELL)
TRUTH = {"velocity_dispersion": 20.0, "index": 5 / 3}
LOW = np.array([2, 3, 4, 6, 9, 13, 18, 24])
EDGES = np.stack([LOW, np.append(LOW[1:] - 1, 30)], axis=1)
BANDS = band_windows(EDGES)[:, 2:]
# Errors of 30% that neighbours share.
COVARIANCE = 0.09 * np.outer(C_ELL, C_ELL) * 0.6 ** np.abs(np.subtract.outer(ELL, ELL))


def error_bars(power, dof):
    """Where −2 ln L of a χ² has risen by one, as shape (2, n)."""

    def rise(ratio, nu):
        return nu * (ratio - 1 - np.log(ratio)) - 1

    low = [1 - 1 / optimize.brentq(rise, 1, 50, args=nu) for nu in dof]
    high = [1 / optimize.brentq(rise, 1e-9, 1, args=nu) - 1 for nu in dof]
    return np.array([low, high]) * power


def drawn(rng, kind):
    """A measured spectrum of a kind, and its likelihood."""
    dof = 2 * ELL + 1
    if kind == "sky-fraction":
        dof = 0.3 * dof
    power = C_ELL * rng.chisquare(dof) / dof
    if kind == "sky-fraction":
        return MeasuredPower(ELL, power, sky_fraction=0.3), "cosmic-variance"
    if kind == "bands":
        low, high = EDGES.T
        return MeasuredPower.from_bands(low, high, BANDS @ power), "cosmic-variance"
    if kind == "asymmetric":
        return MeasuredPower(ELL, power, error_bars(power, dof)), "gaussian"
    if kind == "covariance":
        noise = rng.multivariate_normal(np.zeros(len(ELL)), COVARIANCE)
        return MeasuredPower(ELL, C_ELL + noise, covariance=COVARIANCE), "gaussian"
    if kind == "covariance and cosmic variance":
        noise = rng.multivariate_normal(np.zeros(len(ELL)), COVARIANCE)
        return MeasuredPower(ELL, power + noise, covariance=COVARIANCE), "errors+cosmic-variance"
    error = 0.3 * C_ELL
    noise = error * rng.standard_normal(len(ELL))
    return MeasuredPower(ELL, power + noise, error), "errors+cosmic-variance"


KINDS = (
    "sky-fraction", "bands", "asymmetric", "covariance", "errors and cosmic variance",
    "covariance and cosmic variance",
)  # fmt: skip


def check_coverage(kind, sets):
    rng = np.random.default_rng(17)
    covered, p_values = np.zeros((2, 2)), []
    for _ in range(sets):
        data, likelihood = drawn(rng, kind)
        found = fit(data, likelihood=likelihood)
        for row, (name, true) in enumerate(TRUTH.items()):
            for column, ends in enumerate((found[name].interval, found[name].interval95)):
                covered[row, column] += ends[0] < true < ends[1]
        p_values.append(found.goodness.p_value)
    for level, column in zip((0.6827, 0.95), covered.T / sets, strict=True):
        assert np.all(np.abs(column - level) < SIGMAS * np.sqrt(level * (1 - level) / sets))
    return p_values


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_the_truth(kind):
    p_values = check_coverage(kind, 300)
    if kind != "asymmetric":
        # 0.0027 is as rare as three standard deviations. Error bars do not give the distribution of the data.
        assert stats.kstest(p_values, "uniform").pvalue > 0.0027


@pytest.mark.parametrize("kind", KINDS)
def test_one_set_is_recovered(kind):
    data, likelihood = drawn(np.random.default_rng(4), kind)
    found = fit(data, likelihood=likelihood)
    for name, true in TRUTH.items():
        assert abs(found[name].value - true) < SIGMAS * found[name].error
    assert found.goodness.p_value > 0.0027


def test_scatter_that_is_left_out_makes_errors_too_small():
    data, _ = drawn(np.random.default_rng(4), "errors and cosmic variance")
    both, errors = (fit(data, likelihood=name) for name in ("errors+cosmic-variance", "gaussian"))
    assert both["index"].error > 1.2 * errors["index"].error


def test_bands_are_means_of_the_model():
    low, high = EDGES.T
    data = MeasuredPower.from_bands(low, high, BANDS @ C_ELL, 0.1 * BANDS @ C_ELL)
    np.testing.assert_allclose(data.ell, BANDS @ ELL)
    found = fit(data)
    for name, true in TRUTH.items():
        assert found[name].value == pytest.approx(true, rel=1e-3)
    np.testing.assert_allclose(found.spectra[0].expected, BANDS @ C_ELL, rtol=1e-3)
    # The same as a window matrix, whose columns begin at ℓ = 0.
    window = MeasuredPower(data.ell, data.c_ell, data.error, window=band_windows(EDGES))
    assert fit(window)["index"].value == pytest.approx(found["index"].value, rel=1e-9)
    # A band is used if all of it lies in the range.
    assert data.between(3, 20).edges.tolist() == EDGES[1:6].tolist()
    with pytest.raises(InputError, match="leaves none of the bands between 2 to 30"):
        data.between(31, None)


def test_a_covariance_gives_the_normal_likelihood():
    data = MeasuredPower(ELL, 1.3 * C_ELL, covariance=COVARIANCE)
    likelihood = choose_likelihood(
        "gaussian", data, MODELS["isotropic"], noisy=False, realizations=1
    )
    exact = stats.multivariate_normal(C_ELL, COVARIANCE, allow_singular=False).logpdf(1.3 * C_ELL)
    assert likelihood.cost(C_ELL) + likelihood.offset == pytest.approx(-2 * exact)
    # Without correlations it is that of the errors, and it is cut like them.
    error = np.sqrt(np.diag(COVARIANCE))
    diagonal = MeasuredPower(ELL, 1.3 * C_ELL, covariance=np.diag(error**2)).between(5, 20)
    plain = MeasuredPower(ELL, 1.3 * C_ELL, error).between(5, 20)
    for one, other in zip(fit(diagonal).estimates, fit(plain).estimates, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-6)


def test_asymmetric_errors_end_where_they_should():
    """One standard deviation at both ends of the bar; between them and beyond a smooth curve; symmetric ones normal."""
    measured, bars = np.array([2.0, 2.0, 2.0]), np.array([[0.5, 1.0, 0.5], [1.0, 0.5, 0.5]])
    likelihood = Gaussian(measured, bars, Window(np.arange(1, 4)))
    np.testing.assert_allclose(likelihood.deviates(measured + bars[1]), -1)
    np.testing.assert_allclose(likelihood.deviates(measured - bars[0]), 1)
    assert likelihood.deviates(np.full(3, 3.0))[2] == pytest.approx(-2)
    # Data at the ends of the interval that a model expects are one deviate from it.
    for ends, deviate in zip(likelihood.interval(measured), (-1, 1), strict=True):
        there = Gaussian(ends, bars, Window(np.arange(1, 4)))
        np.testing.assert_allclose(there.deviates(measured), deviate)
    models = np.linspace(-20, 20, 400)
    found = np.array([likelihood.deviates(np.full(3, x)) for x in models])
    assert np.all(np.diff(found, axis=0) < 0)
    assert np.all(np.isfinite(found))
    nearly = Gaussian(measured, bars[0] * np.array([[1.0], [1 + 1e-5]]), Window(np.arange(1, 4)))
    normal = Gaussian(measured, bars[0], Window(np.arange(1, 4)))
    assert nearly.cost(measured + 1) == pytest.approx(normal.cost(measured + 1), rel=1e-4)


GOOD = {"ell": ELL, "c_ell": C_ELL, "error": 0.1 * C_ELL}
REFUSED = [
    ({"sky_fraction": 0.0}, {}, "above 0 and at most 1"),
    ({"sky_fraction": 0.3}, {}, "sky_fraction = 0.3: only with the likelihoods cosmic-variance"),
    ({"sky_fraction": 0.3}, {"model": "parallel", "likelihood": "cosmic-variance"}, "one degree of freedom"),
    ({"error": np.ones((3, 29))}, {}, "one length"),
    ({"error": np.ones((2, 29)) * [[1], [2]]}, {"likelihood": "errors+cosmic-variance"}, "symmetric errors"),
    ({"error": None}, {"likelihood": "errors+cosmic-variance"}, "needs errors"),
    ({"covariance": np.eye(3)}, {}, "covariance: has the shape"),
    ({"window": np.ones((3, 31))}, {}, "window matrix: has the shape"),
    ({"window": np.zeros((29, 31))}, {}, "no row zero"),
    ({"edges": EDGES}, {}, "edges must be of shape"),
    ({"edges": np.stack([ELL, ELL - 1], axis=1)}, {}, "not below the first"),
    ({"parameters": {"enregy": 2.0}}, {}, "enregy: no parameter of a model"),
    ({"c_ell": -C_ELL, "error": None}, {"likelihood": "cosmic-variance"}, "positive"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "options", "words"), REFUSED)
def test_data_that_do_not_go_together(changed, options, words):
    with pytest.raises(InputError, match=words):
        fit(MeasuredPower(**(GOOD | changed)), **options)
