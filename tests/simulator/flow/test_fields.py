"""Regular flows and sums of flows."""

from __future__ import annotations

import numpy as np

from eddysky.simulator.flow.fields import RegularFlow, Superposition
from eddysky.simulator.flow.modes import Modes

EPS = np.finfo(float).eps
MEAN = np.array([1.0, -2.0, 3.0])
GRADIENT = np.array([[0.1, 0.2, 0.3], [-0.4, 0.5, 0.6], [0.7, -0.8, 0.9]])
POINTS = np.random.default_rng(1).normal(size=(20, 3)) * 7


def waves(count=5):
    rng = np.random.default_rng(2)
    return Modes(*(rng.normal(size=(count, 3)) for _ in range(3)))


def test_gradient_has_the_component_first():
    # u_i = U_i + Σ_j G_ij r_j: only the second column acts on a displacement along y.
    flow = RegularFlow(MEAN, GRADIENT)
    moved = flow.velocity(np.array([[0.0, 2.0, 0.0]]))[0]
    assert np.max(np.abs(moved - (MEAN + 2 * GRADIENT[:, 1]))) <= 8 * EPS


def test_pairs_are_the_velocities_at_both_ends():
    for flow in (RegularFlow(MEAN, GRADIENT), Superposition((RegularFlow(MEAN, GRADIENT),) * 2)):
        ahead, behind = flow.velocity_pairs(POINTS)
        bound = 16 * EPS * np.max(np.abs(ahead))
        assert np.max(np.abs(ahead - flow.velocity(POINTS))) <= bound
        assert np.max(np.abs(behind - flow.velocity(-POINTS))) <= bound


def test_superposition_adds():
    parts = (RegularFlow(MEAN, GRADIENT), waves(), RegularFlow(-MEAN, np.zeros((3, 3))))
    flow = Superposition(parts)
    expected = sum(part.velocity(POINTS) for part in parts)
    bound = 16 * EPS * np.max(np.abs(expected))
    assert np.max(np.abs(flow.velocity(POINTS) - expected)) <= bound
    ahead, behind = flow.velocity_pairs(POINTS)
    for part in parts:
        part_ahead, part_behind = part.velocity_pairs(POINTS)
        ahead, behind = ahead - part_ahead, behind - part_behind
    assert np.max(np.abs([ahead, behind])) <= bound


def test_nothing_is_at_rest():
    assert not np.any(Superposition(()).velocity(POINTS))
