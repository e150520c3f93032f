"""Particles of BGK collisions in the stationary limit, against the response of single waves.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import sph_harm_y
from settings import QUIET, config, gradient_of, uniform_flow
from waves import (
    AMPLITUDE,
    PATH,
    SOURCE,
    follow,
    measured,
    predicted,
    stationary,
    tridiagonal,
    wave,
)

from eddysky.simulator.flow.fields import Superposition
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.backtracking import backtrack

EPS = np.finfo(float).eps
# Slow, so that the second order does not count.
SLOW = 0.01 * AMPLITUDE
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
FIXED = {"transport.free_path": "fixed"}
EXPONENTIAL = {"transport.free_path": "exponential"}
ERLANG = {"transport.free_path": "erlang", "transport.erlang_order": 4}
STRATIFIED = {"sky.sampling": "stratified"}


def response(q, settings):
    """f_ℓ0 and f_ℓ1 of G(μ) [n·A + i k̂·A b_1/(1 − b_0)], the sum over all scatterings."""
    wave_at_end = settings.transport.law.characteristic(q * NODES)
    kept = 0.5 * np.sum(WEIGHTS * wave_at_end).real
    first = 0.5 * np.sum(WEIGHTS * NODES * wave_at_end).imag
    theta = np.arccos(NODES)
    potential = wave_at_end * (NODES + 1j * first / (1 - kept))
    transverse = wave_at_end * np.sin(theta)
    f0 = [
        2 * np.pi * np.sum(WEIGHTS * potential * sph_harm_y(ell, 0, theta, 0).real)
        for ell in range(7)
    ]
    # −√2 Y_11 cos φ, of which half of the azimuths' 2π is left.
    f1 = [
        -math.sqrt(2) * np.pi * np.sum(WEIGHTS * transverse * sph_harm_y(ell, 1, theta, 0).real)
        for ell in range(1, 7)
    ]
    return f0, f1


def p_value(value, error, expected):
    return stats.chi2.sf(np.sum(((value - expected) / error) ** 2), len(value))


@pytest.mark.parametrize("q", [0.7, 4.0])
@pytest.mark.parametrize(
    "law",
    [FIXED, EXPONENTIAL, ERLANG, EXPONENTIAL | STRATIFIED],
    ids=lambda law: str(list(law.values())),
)
def test_multipoles_of_one_wave(q, law):
    settings = stationary(q, q, law, {"sky.particles": 60_000})
    value, error = measured(*follow(backtrack, settings, wave(q, SLOW), 60_000))
    expected = predicted(*response(q, settings), amplitude=SLOW)
    # Thirteen multipoles, eight cases: false alarm 8e-4. Stratified particles scatter less than the errors say.
    assert p_value(value, error, expected) > 1e-4
    assert np.max(np.abs(value / error)) > 10


def test_exponential_paths_are_the_collision_operator():
    rates = np.minimum(np.arange(400.0), 1)
    f0, f1 = response(4.0, stationary(4.0, 4.0, EXPONENTIAL))
    # The chain ends at ℓ = 400, where f has fallen by many digits.
    assert np.max(np.abs(f0 - tridiagonal(4.0, 0, rates)[:7])) < 1e-10 * SOURCE
    assert np.max(np.abs(f1 - tridiagonal(4.0, 1, rates)[:6])) < 1e-10 * SOURCE


def test_short_waves_are_left_out_when_forgotten():
    settings = stationary(0.5, 5.0, EXPONENTIAL)
    flow = Superposition((wave(0.5, SLOW), wave(5.0, 1j * SLOW)))
    value, error = measured(*follow(backtrack, settings, flow, 100_000))
    expected = predicted(*response(0.5, settings), amplitude=SLOW)
    expected += predicted(*response(5.0, settings), amplitude=1j * SLOW)
    # False alarm 1e-4.
    assert p_value(value, error, expected) > 1e-4


@pytest.mark.parametrize("law", [FIXED, EXPONENTIAL])
def test_parallel_transport(law):
    # b and k along z; for the dipole of the flow along z nothing is left but ℓ = 0 with exponential paths.
    field = {"transport.mode": "parallel", "transport.magnetic_field": [0, 90]}
    # Waves so short that they are forgotten at once, for the whole ensemble's sake; the one here is longer.
    settings = stationary(100.0, 100.0, law, field)
    q, potential = 2.0, SLOW * np.array([0, 0, 1])
    value, error = measured(*follow(backtrack, settings, wave(q, potential), 3000))
    expected = predicted(*response(q, settings), amplitude=potential)
    # Two laws: false alarm 2e-4.
    assert p_value(value, error, expected) > 1e-4


def test_density_gradient_and_uniform_flow_make_no_noise():
    at_rest = {"sky.frame": "observer", "transport.scatterings": "stationary"}
    random = {"sky.sampling": "random", "sky.particles": 500, "transport.free_path": "exponential"}
    gradient = np.array((3e-4, -4e-4, 12e-4))
    power = realize(
        Setup.from_config(config(QUIET, random, at_rest, gradient_of(gradient))), 0
    ).power
    expected = 4 * math.pi / 9 * (PATH * 13e-4) ** 2
    assert power[1] == pytest.approx(expected, rel=256 * EPS)
    assert np.max(np.abs(np.delete(power, 1))) <= (256 * EPS) ** 2 * expected
    settings = config(QUIET, random, at_rest, uniform_flow((3.0, -4.0, 12.0)))
    size = abs(settings.momentum_index) * 13 / settings.particle_speed
    power = realize(Setup.from_config(settings), 0).power
    # First order; the second is relative `size`.
    assert power[1] == pytest.approx(4 * math.pi / 9 * size**2, rel=4 * size)
