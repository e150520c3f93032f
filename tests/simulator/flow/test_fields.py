"""Regular flows and sums of flows."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units

from eddysky.simulator.errors import InputError
from eddysky.simulator.flow import GriddedFlow
from eddysky.simulator.flow.fields import (
    RegularFlow,
    Superposition,
    velocity_gradient,
    with_pairs,
)
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
            r"must be real numbers of shape \(20, 3\), in km/s",
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


class WithGradient(Outside):
    """u_i = sin of the next coordinate, which knows its derivatives."""

    def velocity(self, points):
        return np.sin(np.roll(points, -1, axis=1))

    def gradient(self, points):
        result = np.zeros((len(points), 3, 3))
        for i in range(3):
            result[:, i, (i + 1) % 3] = np.cos(points[:, (i + 1) % 3])
        return result


class WithoutGradient(WithGradient):
    gradient = None


def test_gradients_of_modes_are_their_derivatives():
    flow = waves(70)
    phase = POINTS @ flow.wavevectors.T
    slopes = np.cos(phase)[:, :, None] * flow.sines - np.sin(phase)[:, :, None] * flow.cosines
    exact = np.einsum("nmi,mj->nij", slopes, flow.wavevectors)
    # The kernel's sine and cosine are good to 3.4e-9 of each amplitude.
    largest = np.max(np.abs(flow.wavevectors)) * np.sum(np.abs(flow.cosines) + np.abs(flow.sines))
    assert np.max(np.abs(velocity_gradient(flow, POINTS) - exact)) < 4e-9 * largest


def test_gradients_of_sums_and_regular_flows():
    flow = Superposition((RegularFlow(MEAN, GRADIENT), with_pairs(WithGradient())))
    expected = GRADIENT + WithGradient().gradient(POINTS)
    np.testing.assert_allclose(velocity_gradient(flow, POINTS), expected, rtol=0, atol=8 * EPS)


def test_fields_without_a_gradient_get_differences():
    exact = WithGradient().gradient(POINTS)
    for flow in (WithoutGradient(), with_pairs(WithoutGradient())):
        # k_max = 2: of waves of k = 1 the step 0.005 loses 0.005²/6, besides rounding.
        np.testing.assert_allclose(velocity_gradient(flow, POINTS), exact, rtol=5e-6, atol=1e-13)


def test_gradients_of_cubes_converge_with_their_spacing():
    points = np.random.default_rng(4).uniform(-2, 2, size=(50, 3))
    errors = []
    for spacing in (0.4, 0.2):
        axis = spacing * (np.arange(60) - 30)
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        cube = WithGradient().velocity(grid).T.reshape(3, 60, 60, 60)
        flow = with_pairs(GriddedFlow.from_array(cube, spacing))
        error = velocity_gradient(flow, points) - WithGradient().gradient(points)
        errors.append(np.sqrt(np.mean(error**2)))
    # Third order: the derivative of a polynomial of third degree.
    assert errors[0] < 0.02
    assert 5 < errors[0] / errors[1] < 12


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda points: np.zeros((len(points), 3)), r"must be real numbers of shape \(20, 3, 3\)"),
        (lambda points: np.full((len(points), 3, 3), np.nan), "gradient is not finite at"),
        (
            lambda points: np.zeros((len(points), 3, 3)) * units.km,
            r"gradient gave nothing in km/\(s pc\)",
        ),
    ],
)
def test_what_an_outside_gradient_gives_is_checked(answer, words):
    field = WithGradient()
    field.gradient = answer
    with pytest.raises(InputError, match=words):
        velocity_gradient(with_pairs(field), POINTS)


def test_a_gradient_may_have_its_own_unit():
    field = WithGradient()
    per_second = WithGradient().gradient(POINTS) * units.Unit("km/(s pc)").to("1/s")
    field.gradient = lambda points: per_second / units.s
    np.testing.assert_allclose(
        velocity_gradient(with_pairs(field), POINTS), WithGradient().gradient(POINTS), rtol=1e-12
    )
