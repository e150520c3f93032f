"""Likelihoods of a spectrum: normalised, and with a calibrated deviance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from eddysky.validation.fitting.likelihood import CosmicVariance

# Counts and means are allowed this many standard deviations: a true one fails once in 370.
SIGMAS = 3.0


@pytest.mark.parametrize(("freedom", "fitted"), [(1.0, 0), (1.0, 1), (5.0, 0), (5.0, 1)])
def test_the_deviance_is_calibrated(freedom, fitted):
    """Mean and spread over many skies, without or with a fitted amplitude, for which there is a closed form."""

    rng = np.random.default_rng(3)
    number, size = 4000, 40
    power = rng.chisquare(freedom, (number, size)) / freedom
    found = []
    for row in power:
        expected = np.full(size, row.mean() if fitted else 1.0)
        found.append(CosmicVariance(row, np.full(size, freedom)).goodness(expected, fitted))
    statistic = np.array([good.statistic for good in found])
    error = statistic.std() / np.sqrt(number)
    # What a fit takes away is one to leading order in 1/(size × freedom): half of that is allowed.
    slack = fitted * 0.5 / freedom / size
    assert abs(statistic.mean() - found[0].expected) < SIGMAS * error + slack
    p_values = np.array([good.p_value for good in found])
    for level in (0.05, 0.5, 0.95):
        # The gamma distribution has the right mean and variance; its shape is good to a percent.
        allowed = SIGMAS * np.sqrt(level * (1 - level) / number) + 0.01
        assert abs(np.mean(p_values < level) - level) < allowed


@pytest.mark.parametrize("freedom", [1.0, 2.0, 21.0])
def test_the_likelihood_is_a_density(freedom):

    def density(measured):
        law = CosmicVariance(np.array([measured]), np.array([freedom]))
        return np.exp(-0.5 * (law.statistic(np.array([3.0])) + law.saturated))

    assert integrate.quad(density, 0, 60, points=[1e-6, 3])[0] == pytest.approx(1, abs=2e-3)
    for value in (0.1, 1.0, 7.0):
        exact = stats.chi2.pdf(freedom * value / 3, freedom) * freedom / 3
        assert density(value) == pytest.approx(exact, rel=1e-12)
