"""Speed of the expanded flow, against a Monte Carlo over flows and in its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.simulator.config.expansion import expanded_speed
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.flow.taylor import TaylorModes

EPS = np.finfo(float).eps
SPECTRUM = PowerLaw(5 / 3, 20.0, 10.0, 0.01, 0.2)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 6, 11])
def test_speed_against_a_monte_carlo(order):
    """⟨|u_n|²⟩ over flows of one mode a stratum, at kr up to 4."""
    distance, realizations = 20.0, 400
    direction = np.random.default_rng(8).normal(size=(30, 3))
    there = distance * direction / np.linalg.norm(direction, axis=1, keepdims=True)

    def square(index):
        flow = draw_modes(SPECTRUM, 0.3, 60, "gaussian", 9, index)
        return np.mean(np.sum(TaylorModes(flow, order).velocity(there) ** 2, axis=1))

    squares = np.array([square(index) for index in range(realizations)])
    error = squares.std(ddof=1) / math.sqrt(realizations)
    predicted = expanded_speed(SPECTRUM, distance, order) ** 2
    # Two-sided false-alarm probability 5e-4 for each order.
    assert abs(squares.mean() - predicted) <= 3.5 * error
    assert error < 0.1 * predicted


def test_speed_limits():
    config = Config()
    rms = config.turbulent_speed
    assert expanded_speed(config.flow_spectrum, 10.0, 0) == pytest.approx(rms, rel=4 * EPS)
    # |e^(ix)| = 1: where the expansion converges, it is as fast as the flow.
    assert expanded_speed(SPECTRUM, 5.0, 20) == pytest.approx(
        expanded_speed(SPECTRUM, 5.0, 0), rel=1e-12
    )
    assert expanded_speed(SPECTRUM, 1e60, 20) == math.inf
