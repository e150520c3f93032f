"""Regular flows and sums of flows."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units

from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import RegularFlow, Superposition, with_pairs
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


class Outside:
    """The least that a field needs."""

    k_max = 2.0

    def __init__(self, answer=None):
        self.answer = answer

    def velocity(self, points):
        return np.cross(points, MEAN) if self.answer is None else self.answer(points)


def test_pairs_of_an_outside_field_are_two_calls():
    ahead, behind = with_pairs(Outside()).velocity_pairs(POINTS)
    np.testing.assert_array_equal(ahead, np.cross(POINTS, MEAN))
    np.testing.assert_array_equal(behind, np.cross(-POINTS, MEAN))


def test_pairs_that_a_field_gives_itself_are_used():
    field = Outside()
    field.velocity_pairs = lambda points: (points + 1, points + 2)
    ahead, behind = with_pairs(field).velocity_pairs(POINTS)
    np.testing.assert_array_equal((ahead, behind), (POINTS + 1, POINTS + 2))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            lambda points: points[:, :2],
            r"gave float64 of shape \(20, 2\) at points of shape \(20, 3\)",
        ),
        (lambda points: points + 0j, "gave complex128"),
        (
            lambda points: [["fast"] * 3] * len(points),
            "must be real numbers of that shape, in km/s",
        ),
        (lambda points: np.where(points > 0, points, np.nan), "is not finite at"),
    ],
)
def test_what_an_outside_field_gives_is_checked(answer, words):
    with pytest.raises(InputError, match=words):
        with_pairs(Outside(answer)).velocity_pairs(POINTS)


@pytest.mark.parametrize("k_max", [0, -1.0, np.inf, np.nan, "high", None])
def test_k_max_must_be_a_positive_number(k_max):
    field = Outside()
    field.k_max = k_max
    with pytest.raises(InputError, match="must be a positive number, in 1/pc"):
        with_pairs(field)


@pytest.mark.parametrize(
    "field", [3, "field", np.zeros((3, 4, 4, 4)), type("F", (), {"velocity": 1, "k_max": 1.0})()]
)
def test_what_is_no_field_is_refused(field):
    with pytest.raises(InputError, match=r"it needs velocity\(points\) and k_max"):
        with_pairs(field)


class InPlace:
    """A field that shifts the points it is given in place."""

    k_max = 1.0

    def velocity(self, points):
        points -= 5.0
        return 20 * np.sin(0.5 * points[:, :1]) * np.array([0.0, 1.0, 0.0])


def test_a_field_may_change_its_points():
    points = np.random.default_rng(3).normal(size=(20, 3))
    before = points.copy()
    field = with_pairs(InPlace())
    ahead, behind = field.velocity_pairs(points)
    np.testing.assert_array_equal(points, before)
    np.testing.assert_array_equal(ahead, InPlace().velocity(before.copy()))
    np.testing.assert_array_equal(behind, InPlace().velocity(-before))


def test_velocities_with_units():
    class InMetres(InPlace):
        def velocity(self, points):
            return super().velocity(points) * 1000 * units.Unit("m/s")

    points = np.random.default_rng(3).normal(size=(20, 3))
    wanted = with_pairs(InPlace()).velocity(points)
    np.testing.assert_allclose(with_pairs(InMetres()).velocity(points), wanted, rtol=1e-14)
