"""Expansions of the flow: as velocity fields, in the sky, and how fast they may become."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.flow.taylor import TaylorModes
from eddysky.simulator.run.realization import Setup, realize

EPS = np.finfo(float).eps
SPECTRUM = PowerLaw(5 / 3, 20.0, 10.0, 0.01, 0.2)
LARGE = Config().replace(
    {
        "flow.outer_scale": "1000 pc",
        "flow.inner_scale": "100 pc",
        "flow.modes": 64,
        "sky.nside": 4,
        "sky.lmax": 8,
        "ensemble.realizations": 1,
    }
)


def modes(amplitudes="gaussian"):
    return draw_modes(SPECTRUM, 0.5, 50, amplitudes, 1, 2)


def points(size, count=30):
    direction = np.random.default_rng(5).normal(size=(count, 3))
    return size * direction / np.linalg.norm(direction, axis=1, keepdims=True)


@pytest.mark.parametrize("amplitudes", ["gaussian", "cosine"])
def test_high_orders_are_the_flow(amplitudes):
    flow = modes(amplitudes)
    # kr ≤ 2: what order 20 leaves out is 2^21/21! = 4e-14 of the amplitudes; the flow's own sine is good to 4e-9.
    there = points(10.0)
    bound = 1e-8 * np.sum(np.abs(flow.cosines) + np.abs(flow.sines))
    assert np.max(np.abs(TaylorModes(flow, 20).velocity(there) - flow.velocity(there))) <= bound


def test_pairs_are_the_velocities_at_both_ends():
    field = TaylorModes(modes(), 5)
    there = points(30.0)
    ahead, behind = field.velocity_pairs(there)
    bound = 100 * EPS * np.max(np.abs(ahead))
    assert np.max(np.abs(ahead - field.velocity(there))) <= bound
    assert np.max(np.abs(behind - field.velocity(-there))) <= bound


def test_first_order_is_the_gradient_at_the_observer():
    """u_1 = Σ a + (Σ b ⊗ k) r."""
    flow = modes()
    regular = RegularFlow(flow.cosines.sum(axis=0), flow.sines.T @ flow.wavevectors)
    there = points(500.0)
    difference = TaylorModes(flow, 1).velocity(there) - regular.velocity(there)
    assert np.max(np.abs(difference)) <= 1e3 * EPS * np.max(np.abs(regular.velocity(there)))


def relative_power(config):
    return realize(Setup.from_config(config, maps=False), 0).power


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_nothing_beyond_the_multipole_above_the_order(order, mode):
    """C_ℓ = 0 for ℓ > n + 1, but for second order in u/c: (ℓu/c)² of the multipole below."""
    settings = {"flow.taylor_order": order, "transport.mode": mode}
    config = LARGE.replace({**settings, "flow.velocity_dispersion": "0.1 km/s"})
    power = relative_power(config)
    last = order + 1
    aberration = config.turbulent_speed / config.particle_speed
    # Ten times the amplitude for ℓ = 10, and intensities rounded to 1e-16.
    bound = (100 * aberration) ** 2 * power[last] + 1e-30
    assert np.all(power[last + 1 :] <= bound)
    assert power[last] > 1e3 * bound


def test_expansion_of_the_same_flow():
    """Same seed and band: all orders are expansions of one sky, each closer to it."""
    full = realize(Setup.from_config(LARGE), 0, keep_map=True).sky.intensity
    distance = [
        np.linalg.norm(
            realize(
                Setup.from_config(LARGE.replace({"flow.taylor_order": n})), 0, keep_map=True
            ).sky.intensity
            - full
        )
        / np.linalg.norm(full)
        for n in (1, 2, 3, 4, 6)
    ]
    assert np.all(np.diff(distance) < 0)
    # kλ ≤ 0.63: the fifth power is missing after order 4, 0.1/5! of the flow, of which a third is in the sky.
    assert distance[0] > 0.05
    assert distance[3] < 1e-3
    assert distance[4] < 1e-5


def test_random_arrivals_see_the_expansion_too():
    settings = {"flow.taylor_order": 2, "sky.sampling": "random", "sky.particles": 100_000}
    power = relative_power(LARGE.replace(settings))
    expected = relative_power(LARGE.replace({"flow.taylor_order": 2}))
    # Shot noise N = Σ (2ℓ+1) C_ℓ/particles of the whole sky is independent in the halves: σ² = 4 C N/(2ℓ+1).
    noise = np.sum((2 * np.arange(len(expected)) + 1) * expected) / 100_000
    # Two-sided false-alarm probability 1e-4.
    assert abs(power[2] - expected[2]) < 3.9 * np.sqrt(4 * expected[2] * noise / 5)
