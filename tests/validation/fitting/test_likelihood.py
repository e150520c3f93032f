"""Likelihoods of a spectrum: normalised, with a calibrated deviance, quantiles and degrees of freedom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from eddysky.validation import MeasuredPower
from eddysky.validation.fitting.choice import choose_likelihood
from eddysky.validation.fitting.likelihood import CosmicVariance, Gaussian, Goodness
from eddysky.validation.fitting.saddlepoint import IndependentModes
from eddysky.validation.fitting.sky_likelihood import SkyLikelihood
from eddysky.validation.fitting.spectral_models import MODELS
from eddysky.validation.fitting.windows import Window

# Tolerance of counts and means in standard deviations: a false alarm in 370.
SIGMAS = 3.0
# Each value is one multipole.
ALL = Window(np.arange(1, 41))


@pytest.mark.parametrize(("dof", "fitted"), [(1.0, 0), (1.0, 1), (5.0, 0), (5.0, 1)])
def test_the_deviance_is_calibrated(dof, fitted):
    """Mean and spread over many skies, without or with a fitted amplitude, for which there is a closed form."""

    rng = np.random.default_rng(3)
    number, size = 4000, 40
    power = rng.chisquare(dof, (number, size)) / dof
    found = []
    for row in power:
        expected = np.full(size, row.mean() if fitted else 1.0)
        scatter = CosmicVariance(row, np.full(size, dof), ALL).scatter(expected)
        found.append(Goodness.from_scatter([scatter], size, fitted))
    statistic = np.array([good.statistic for good in found])
    error = statistic.std() / np.sqrt(number)
    # A fitted amplitude lowers the mean by 1 to leading order in 1/(size × dof): half of that is allowed.
    slack = fitted * 0.5 / dof / size
    assert abs(statistic.mean() - found[0].expected) < SIGMAS * error + slack
    p_values = np.array([good.p_value for good in found])
    for level in (0.05, 0.5, 0.95):
        # The gamma distribution has the right mean and variance; its shape is good to a percent.
        allowed = SIGMAS * np.sqrt(level * (1 - level) / number) + 0.01
        assert abs(np.mean(p_values < level) - level) < allowed


@pytest.mark.parametrize("dof", [1.0, 2.0, 21.0])
def test_the_likelihood_is_a_density(dof):
    def density(measured):
        likelihood = CosmicVariance(np.array([measured]), np.array([dof]), ALL)
        return np.exp(-0.5 * (likelihood.cost(np.array([3.0])) + likelihood.offset))

    assert integrate.quad(density, 0, 60, points=[1e-6, 3])[0] == pytest.approx(1, abs=2e-3)
    for value in (0.1, 1.0, 7.0):
        exact = stats.chi2.pdf(dof * value / 3, dof) * dof / 3
        assert density(value) == pytest.approx(exact, rel=1e-12)


def test_quantiles_and_deviates_of_cosmic_variance():
    """Ends of the central 68.27% have the deviates −1 and 1, also far from a normal distribution."""
    dof, expected = np.array([1.0, 5.0, 41.0]), np.full(3, 2e-9)
    low, high = CosmicVariance(expected, dof, ALL).interval(expected)
    for ends, deviate in ((low, -1), (high, 1)):
        found = CosmicVariance(ends, dof, ALL).deviates(expected)
        np.testing.assert_allclose(found, deviate, rtol=1e-9)
    np.testing.assert_allclose(stats.chi2.cdf(dof * high / expected, dof), stats.norm.cdf(1))
    information = CosmicVariance(expected, dof, ALL).information(expected)
    np.testing.assert_allclose(information, dof / (2 * expected**2))


def test_gaussian():
    measured, error = np.array([1.0, 2.0, 6.0]), np.array([0.5, 1.0, 4.0])
    expected = np.array([2.0, 2.0, 2.0])
    likelihood = Gaussian(measured, error, ALL)
    logarithm = stats.norm.logpdf(measured, expected, error).sum()
    assert likelihood.cost(expected) + likelihood.offset == pytest.approx(-2 * logarithm)
    goodness = Goodness.from_scatter([likelihood.scatter(expected)], 3, 1)
    assert (goodness.statistic, goodness.dof, goodness.expected) == (5.0, 2, 2.0)
    assert goodness.p_value == pytest.approx(stats.chi2.sf(5.0, 2))
    np.testing.assert_array_equal(
        likelihood.interval(expected), [expected - error, expected + error]
    )
    np.testing.assert_array_equal(likelihood.information(expected), 1 / error**2)


@pytest.mark.parametrize(("model", "dof"), [("isotropic", [5, 7, 9]), ("parallel", [1, 1, 1])])
def test_degrees_of_freedom_of_means(model, dof):
    data = MeasuredPower(np.array([2, 3, 4]), np.full(3, 1e-9))
    found = choose_likelihood("cosmic-variance", data, MODELS[model], noisy=False, realizations=3)
    np.testing.assert_array_equal(found.dof, 3 * np.array(dof))


def test_intervals_of_powers_of_which_noise_is_subtracted():
    """Data at the ends of the central 68.27% are one normal deviate from the model."""
    dof, c_ell, noise = np.array([3.0, 7.0]), np.array([2.0, 1.0]), np.array([0.5, 0.8])

    def modes(signal):
        return IndependentModes(np.eye(2), signal + noise, dof)

    window = Window(np.arange(1, 3))
    likelihood = SkyLikelihood("cosmic-variance", c_ell, window, modes, None, noise)
    for ends, deviate in zip(likelihood.interval(c_ell), (-1, 1), strict=True):
        there = replace(likelihood, measured=ends)
        np.testing.assert_allclose(there.deviates(c_ell), deviate, rtol=1e-9)


def test_goodness_of_correlated_values():
    """With errors far above the scatter of the sky it is χ² of their covariance."""
    errors, off = np.array([[4.0, 1.5], [1.5, 9.0]]), np.array([1.0, -5.0])
    c_ell = np.full(2, 1e-6)

    def modes(signal):
        return IndependentModes(np.eye(2), signal, np.ones(2))

    window = Window(np.arange(1, 3))
    likelihood = SkyLikelihood("both", c_ell + off, window, modes, errors, np.zeros(2))
    expected = off @ np.linalg.solve(errors, off)
    assert likelihood.scatter(c_ell).statistic == pytest.approx(expected, rel=1e-5)
