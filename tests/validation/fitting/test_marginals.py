"""Distribution of one value of a Gaussian sky with an error of measurement, against quadrature and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from eddysky.validation.fitting.marginals import log_density, normal_deviates

MEAN = 2.0


def one(function, measured, dof, error=None):
    arrays = (np.array([float(x)]) for x in (measured, MEAN, dof))
    return function(*arrays, None if error is None else np.array([error]))[0]


@pytest.mark.parametrize("dof", [0.6, 1.0, 5.0, 61.0, 2001.0])
@pytest.mark.parametrize("error", [0.02, 0.6, 20.0])
@pytest.mark.parametrize("away", [-2.0, 0.5, 3.0])
def test_convolution_with_a_normal_error(dof, error, away):
    """The mean over a fine grid of errors; the density is that of the derivative."""
    spread = np.hypot(MEAN * np.sqrt(2 / dof), error)
    value = max(MEAN + away * spread, -2 * error)
    errors = np.linspace(-9, 9, 6001)
    chances = stats.norm.pdf(errors) / stats.norm.pdf(errors).sum()
    scaled = np.maximum(value - error * errors, 0) * dof / MEAN
    below, above = (chances @ tail(scaled, dof) for tail in (stats.chi2.cdf, stats.chi2.sf))
    expected = stats.norm.ppf(below) if below < above else stats.norm.isf(above)
    # Relative error of a probability 1e-2 at most, for less than one degree of freedom.
    assert one(normal_deviates, value, dof, error) == pytest.approx(expected, abs=4e-3)
    if dof >= 2:
        density = chances @ (stats.chi2.pdf(scaled, dof) * dof / MEAN)
        found = np.exp(one(log_density, value, dof, error))
        assert found == pytest.approx(density, rel=1e-5)


@pytest.mark.parametrize("dof", [1.0, 7.0])
@pytest.mark.parametrize("error", [None, 0.3, 3.0])
def test_the_density_is_normalised_and_has_the_mean(dof, error):
    low = 1e-12 if error is None else -9 * error
    high = MEAN * stats.chi2.isf(1e-9, dof) / dof + (0 if error is None else 9 * error)
    x = np.linspace(low, high, 4001)
    if error is None:
        # Nodes dense at zero, where one degree of freedom has an infinite density.
        x = high * np.linspace(1e-3, 1, 4001) ** 8
    full = [np.full(len(x), value) for value in (MEAN, dof)]
    density = np.exp(log_density(x, *full, None if error is None else np.full(len(x), error)))
    assert integrate.simpson(density, x=x) == pytest.approx(1, abs=3e-4)
    assert integrate.simpson(x * density, x=x) == pytest.approx(MEAN, rel=1e-4)


def test_limits():
    """No error: a χ²; error alone, far above the power of the sky: normal."""
    exact = stats.chi2.logpdf(3.0 * 5 / MEAN, 5) + np.log(5 / MEAN)
    assert one(log_density, 3.0, 5) == pytest.approx(exact, rel=1e-12)
    assert one(log_density, 3.0, 5, 1e-4) == pytest.approx(exact, abs=1e-6)
    assert one(log_density, 3e6, 5, 1e6) == pytest.approx(
        stats.norm.logpdf(3e6 - MEAN, scale=1e6), abs=1e-6
    )
    assert one(normal_deviates, 3.0, 5) == pytest.approx(stats.norm.ppf(stats.chi2.cdf(7.5, 5)))
    # Far tails keep their sign and stay finite.
    assert one(normal_deviates, 1e6, 5, 1.0) > 30
    assert one(normal_deviates, -1e6, 5, 1.0) < -30
