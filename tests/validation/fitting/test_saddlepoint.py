"""Joint density of powers: exact for independent ones, normalised and with the right moments for coupled ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from eddysky.validation.fitting.saddlepoint import CoupledModes, IndependentModes, saddlepoint_cost


def cost_of(powers, modes, errors):
    """−2 ln f; the same from the saddlepoint that was found, and from one that is none."""
    cost, found = saddlepoint_cost(powers, modes, errors)
    if math.isfinite(cost):
        for start in (found, 1e3 * np.abs(found)):
            assert saddlepoint_cost(powers, modes, errors, start)[0] == pytest.approx(
                cost, abs=1e-8
            )
    return cost


def stirling(half):
    """ln Γ(p) less Stirling's formula for it."""
    return special.gammaln(half) - (half - 0.5) * np.log(half) + half - 0.5 * math.log(2 * math.pi)


def test_independent_powers_have_the_exact_density_but_for_a_constant():
    c_ell, dof = np.array([3.0, 1.0]), np.array([1.0, 7.0])
    modes = IndependentModes(np.eye(2), c_ell, dof)
    for powers in ([0.1, 0.2], [3.0, 1.0], [20.0, 4.0]):
        powers = np.array(powers)
        exact = np.sum(stats.chi2.logpdf(powers * dof / c_ell, dof) + np.log(dof / c_ell))
        found = cost_of(powers, modes, None)
        expected = -2 * (exact + np.sum(stirling(dof / 2)))
        assert found == pytest.approx(expected, abs=1e-6)


def test_errors_alone_have_a_normal_density():
    modes = IndependentModes(np.eye(2), np.full(2, 1e-9), np.ones(2))
    errors = np.array([[4.0, 1.0], [1.0, 9.0]])
    powers = np.array([1.0, -5.0])
    expected = -2 * stats.multivariate_normal(cov=errors).logpdf(powers)
    assert cost_of(powers, modes, errors) == pytest.approx(expected, abs=1e-6)


COVARIANCES = np.array(
    [[[2.0, 0.9], [0.9, 1.0]], [[1.0, -0.3], [-0.3, 0.6]], [[0.0, 0.0], [0.0, 0.5]]]
)
COUNT = np.array([1.0, 2.0, 2.0])


def coupled(skies=1):
    return CoupledModes.from_covariances(np.diag([0.2, 0.1]), COVARIANCES, COUNT, skies)


def test_cumulants_are_those_of_drawn_powers():
    rng = np.random.default_rng(2)
    number, skies = 20_000, 3
    powers = np.zeros((number, 2))
    for covariance, count in zip(COVARIANCES, COUNT, strict=True):
        draws = rng.multivariate_normal(np.zeros(2), covariance, (number, skies, int(count)))
        powers += np.array([0.2, 0.1]) * np.sum(draws**2, axis=(1, 2)) / skies
    total, mean, covariance = coupled(skies).cumulants(np.zeros(2))
    assert total == pytest.approx(0, abs=1e-9)
    error = powers.std(axis=0) / math.sqrt(number)
    # 4 standard errors: a false alarm in 8000 for both; variances have relative errors of 2%.
    assert np.all(np.abs(powers.mean(axis=0) - mean) < 4 * error)
    np.testing.assert_allclose(np.cov(powers.T), covariance, rtol=0.08)
    # K by its definition, and its slope by differences.
    t = np.array([0.3, -0.4])
    values = np.exp(powers @ t)
    found, slope, _ = coupled(skies).cumulants(t)
    allowed = 4 * values.std() / values.mean() / math.sqrt(number)
    assert math.log(values.mean()) == pytest.approx(found, abs=allowed)
    step = 1e-6
    higher, lower = (coupled(skies).cumulants(t + s * np.array([step, 0])) for s in (1, -1))
    assert (higher[0] - lower[0]) / (2 * step) == pytest.approx(slope[0], rel=1e-6)


def test_the_density_of_coupled_powers_is_nearly_normalised():
    nodes, weights = np.polynomial.legendre.leggauss(20)
    modes, total = coupled(), 0.0
    for s, of_s in zip(0.5 + 0.5 * nodes, 0.5 * weights, strict=True):
        for t, of_t in zip(0.5 + 0.5 * nodes, 0.5 * weights, strict=True):
            # Dense at zero, where the density rises steeply.
            powers = np.array([6 * s**2, 2.2 * t**2])
            density = math.exp(-0.5 * cost_of(powers, modes, None))
            total += of_s * of_t * density * 12 * s * 4.4 * t
    # Stirling's formula is off by 4% for three degrees of freedom in each.
    assert total == pytest.approx(1, abs=0.1)


def test_powers_that_no_sky_has():
    assert cost_of(np.array([-1.0, 0.1]), coupled(), None) == math.inf
