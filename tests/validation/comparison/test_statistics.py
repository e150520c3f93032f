"""χ² of ensemble means: false-alarm rate, degrees of freedom, and pulls of skewed values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eddysky.validation.comparison.statistics import (
    _effective_dof,
    _gamma_pull,
    chi_square,
    gamma_shift,
    skewed_pull,
)


def rejected(dof, count, squares, trials, seed):
    """Number of trials in which a true theory of 24 multipoles is rejected at 1e-2."""
    rng = np.random.default_rng(seed)
    failures = 0
    for _ in range(trials):
        values = rng.chisquare(dof, (count, 24)) / dof
        deviation = values.std(axis=0, ddof=1)
        shift = np.full(24, 0.0 if squares else np.inf)
        failures += chi_square(values, np.ones(24), deviation, shift).p_value < 1e-2
    return failures


@pytest.mark.parametrize(("dof", "count"), [(1, 100), (5, 20), (41, 10)])
def test_false_alarms_of_sums_of_squares(dof, count):
    """At most 2% instead of the nominal 1%, also for one degree of freedom per sky as in parallel transport."""
    # The bound itself fails with a probability of 1e-4 for a rate of 2%.
    limit = stats.binom.isf(1e-4, 500, 0.02)
    assert rejected(dof, count, True, 500, dof) <= limit


def test_plain_pulls_of_one_degree_of_freedom_reject_too_often():
    """Without allowance for skewness 7.7% are rejected at 1%."""
    assert rejected(1, 100, False, 500, 3) > stats.binom.isf(1e-4, 500, 0.02)


def test_gamma_pull_is_a_normal_deviate_of_the_chi_square_distribution():
    dof = np.array([20.0, 100.0, 1000.0])
    for probability in (1e-3, 0.1, 0.9, 1 - 1e-3):
        ratio = stats.chi2.ppf(probability, dof) / dof
        # The Wilson–Hilferty approximation is accurate to 0.04 from ν = 20 on.
        assert np.allclose(_gamma_pull(ratio, dof), stats.norm.ppf(probability), atol=0.04)


def test_a_wrong_theory_is_rejected():
    rng = np.random.default_rng(7)
    values = rng.chisquare(1, (1000, 24))
    deviation = values.std(axis=0, ddof=1)
    for factor in (0.9, 1.1):
        p_value = chi_square(values, np.full(24, factor), deviation, np.zeros(24)).p_value
        assert p_value < 1e-6


def test_effective_dof_of_independent_columns():
    """n²/tr ρ² = n; with the mean sampling noise of ρ removed, tr ρ² has the standard error 2n/R."""
    rng = np.random.default_rng(29)
    count, size = 200, 40
    found = _effective_dof(rng.standard_normal((count, size)))
    # 3.9 standard errors of tr ρ², 1.56 of 40: false alarm 1e-4.
    assert size >= found >= size**2 / (size + 3.9 * 2 * size / count)


def test_effective_dof_of_copies():
    rng = np.random.default_rng(30)
    block = rng.standard_normal((20_000, 5))
    assert _effective_dof(block[:, :1]) == 1.0
    # Copies add no degrees of freedom to those of the five independent columns.
    copies = np.repeat(block, 8, axis=1)
    assert _effective_dof(copies) == pytest.approx(5, rel=1e-3)
    assert _effective_dof(np.repeat(block[:, :1], 8, axis=1)) == pytest.approx(1, rel=1e-3)


def test_effective_dof_of_a_common_part():
    """Equal correlation ρ: n/(1 + (n−1)ρ²)."""
    rng = np.random.default_rng(31)
    rho, size = 0.5, 10
    common = rng.standard_normal((100_000, 1))
    own = rng.standard_normal((100_000, size))
    found = _effective_dof(math.sqrt(rho) * common + math.sqrt(1 - rho) * own)
    # For 1e5 rows the measured standard error of the dof is 0.4%: 4 of these, false alarm 6e-5.
    assert found == pytest.approx(size / (1 + (size - 1) * rho**2), rel=0.016)


@pytest.mark.parametrize(("noise", "count"), [(0.1, 100), (0.5, 100), (3.0, 100), (0.5, 30)])
def test_skewed_pulls_of_squares_with_noise(noise, count):
    """Cross-product of two halves of the particles with noise 2P each, one square of signal per sky."""
    rng, trials = np.random.default_rng(33), 40_000
    values = np.empty((trials, count))
    for rows in np.array_split(np.arange(trials), 8):
        shape = (len(rows), count)
        values[rows] = (1 + noise) * rng.chisquare(1, shape) - noise * rng.chisquare(1, shape)
    variance, third = 2 * (1 + noise) ** 2 + 2 * noise**2, 8 * (1 + noise) ** 3 - 8 * noise**3
    mean, deviation = values.mean(axis=1), values.std(axis=1, ddof=1)

    def failures(shift):
        every = np.ones(trials)
        pull = skewed_pull(mean, every, deviation, count, shift * every)
        return np.sum(2 * stats.t.sf(np.abs(pull), count - 1) < 1e-3)

    shift = float(gamma_shift(np.ones(1), np.array([variance]), np.array([third]))[0])
    # 0.11 to 0.19% at 0.1%; plain pulls 0.13 to 1.1%, most where there is least noise.
    assert failures(shift) <= stats.binom.isf(1e-4, trials, 0.002)
    assert failures(np.inf) > failures(shift)
    if noise < 1:
        assert failures(np.inf) >= stats.binom.ppf(1e-4, trials, 0.005)


def test_negative_skewness_is_the_mirror_image():
    rng = np.random.default_rng(34)
    values = -rng.chisquare(1, (50, 3))
    mean, deviation = values.mean(axis=0), values.std(axis=0, ddof=1)
    shift = gamma_shift(np.full(3, -1.0), np.full(3, 2.0), np.full(3, -8.0))
    assert shift == pytest.approx(0)
    found = skewed_pull(mean, np.full(3, -1.0), deviation, 50, shift)
    mirrored = skewed_pull(-mean, np.ones(3), deviation, 50, np.zeros(3))
    assert found == pytest.approx(-mirrored)
