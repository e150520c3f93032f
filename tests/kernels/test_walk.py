"""One turn of a small-angle walk: its angle, its azimuth, and what it adds to the particle's change.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eddysky.kernels.walk import turn
from eddysky.simulator.transport.walk import concentration

COUNT = 40_000
EPS = np.finfo(float).eps
STREAM = (5, 2, 0)


def turned(directions, length, step=0, before=None, after=None, potential=None, weight=0.0):
    new, change = directions.copy(), np.zeros(len(directions))
    none = np.zeros_like(directions)
    given = [none if part is None else part for part in (before, after, potential)]
    turn(new, change, *given, weight, concentration(length), *STREAM, step)
    return new, change


def isotropic(count, seed=4):
    n = np.random.default_rng(seed).normal(size=(count, 3))
    return n / np.linalg.norm(n, axis=1, keepdims=True)


@pytest.mark.parametrize("length", [1e-4, 0.02, 0.5, 1.0])
def test_concentration_gives_the_mean_cosine(length):
    kappa = concentration(length)
    # The difference cancels to 1/κ² of its terms.
    mean = 1 / math.tanh(kappa) - 1 / kappa
    assert mean == pytest.approx(math.exp(-length), abs=1e-11)


@pytest.mark.parametrize("length", [0.02, 0.5, 1.0])
def test_angle_and_azimuth(length):
    n = isotropic(COUNT)
    new, _ = turned(n, length)
    assert np.max(np.abs(np.linalg.norm(new, axis=1) - 1)) <= 4 * EPS
    cosine, kappa = np.sum(n * new, axis=1), concentration(length)

    def below(x):
        return np.expm1(kappa * (x + 1)) / np.expm1(2 * kappa)

    if kappa > 300:
        below = lambda x: np.exp(kappa * (x - 1))  # noqa: E731
    # Kolmogorov–Smirnov, three lengths: false alarm 3e-4.
    assert stats.kstest(cosine, below).pvalue > 1e-4
    # Azimuth about a fixed axis across n.
    first = np.cross(n, [0.3, -0.5, 0.81])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(n, first)
    azimuth = np.arctan2(np.sum(new * second, axis=1), np.sum(new * first, axis=1))
    assert stats.kstest(azimuth, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-4


@pytest.mark.parametrize("pole", [1.0, -1.0])
def test_poles_are_no_exception(pole):
    n = np.tile([0.0, 0.0, pole], (COUNT, 1))
    new, _ = turned(n, 0.1)
    error = np.std(new, axis=0) / math.sqrt(COUNT)
    # Three means in two cases, at 5 standard errors: false alarm 4e-6.
    expected = np.array([0, 0, pole * math.exp(-0.1)])
    assert np.all(np.abs(np.mean(new, axis=0) - expected) < 5 * error)


def test_quadrupole_is_right_to_third_order():
    # ⟨P_2⟩ of the law is 1 − 3⟨cos⟩/κ; that of the diffusion e^(−3h).
    errors = []
    for length in (0.1, 0.05):
        law = 1 - 3 * math.exp(-length) / concentration(length)
        errors.append(law - math.exp(-3 * length))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(3, abs=0.2)


def test_change():
    rng = np.random.default_rng(1)
    n = isotropic(50)
    before, after, potential = rng.normal(size=(3, 50, 3))
    new, change = turned(n, 0.3, before=before, after=after, potential=potential, weight=0.7)
    expected = np.sum(n * before - new * after + 0.7 * (n + new) * potential, axis=1)
    assert np.max(np.abs(change - expected)) <= 32 * EPS


def test_particles_and_steps_have_numbers_of_their_own():
    n = isotropic(20)
    whole, _ = turned(n, 0.3)
    part, none = n[5:].copy(), np.zeros((15, 3))
    turn(part, np.zeros(15), none, none, none, 0.0, concentration(0.3), 5, 2, 5, 0)
    assert np.array_equal(part, whole[5:])
    assert not np.any(turned(n, 0.3, step=1)[0] == whole)
