"""Orbits in uniform fields: exact helices, exact drift to first order in u/c, errors of second order in the step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eddysky.kernels.boost import boost
from eddysky.kernels.orbits import gyrate, kick, leave_observer

EPS = np.finfo(float).eps
COUNT, LENGTH, RADIUS = 20, 30.0, 2.0
# E/pc of the arriving particle, not so fast that its mass would not matter.
ENERGY = 1.3
FIELD = np.array([0.48, -0.64, 0.6])


def isotropic(seed=1):
    n = np.random.default_rng(seed).normal(size=(COUNT, 3))
    return n / np.linalg.norm(n, axis=1, keepdims=True)


def followed(n, velocity, steps, radius=RADIUS):
    """Positions, momenta and energies after a path in a uniform flow."""
    position, momentum, energy = np.zeros((COUNT, 3)), -n, np.full(COUNT, ENERGY)
    around, paths = np.tile(velocity, (COUNT, 1)), np.full(COUNT, LENGTH / steps)
    for _ in range(steps):
        kick(momentum, energy, around, paths, radius, FIELD, ENERGY)
        gyrate(position, momentum, energy, paths, radius, FIELD, ENERGY)
        kick(momentum, energy, around, paths, radius, FIELD, ENERGY)
    return position, momentum, energy


def fluid_momenta(momentum, energy, velocity):
    return np.array(
        [np.linalg.norm(boost(*p, e, *velocity)[:3]) for p, e in zip(momentum, energy, strict=True)]
    )


@pytest.mark.parametrize("radius", [RADIUS, -RADIUS, 1e6, 0.03])
def test_helix_without_flow(radius):
    """Positive charges turn right-handed about b going back; one step is as good as many."""
    n = isotropic()
    angle = LENGTH / radius
    along = np.sum(n * FIELD, axis=1, keepdims=True) * FIELD
    across, aside = n - along, np.cross(FIELD, n)
    expected = along + math.cos(angle) * across + math.sin(angle) * aside
    # 2 sin²(θ/2) is 1 − cos θ without cancellation.
    back = 2 * math.sin(angle / 2) ** 2
    place = LENGTH * along + radius * (math.sin(angle) * across + back * aside)
    for steps in (1, 7, 100):
        position, momentum, energy = followed(n, np.zeros(3), steps, radius)
        assert np.max(np.abs(momentum + expected)) < 8 * EPS * (steps + abs(angle))
        assert np.max(np.abs(position - place)) < 8 * EPS * (steps + abs(angle)) * LENGTH
        assert np.max(np.abs(energy - ENERGY)) < 4 * EPS * steps


def test_momentum_in_the_frame_of_a_uniform_flow_is_kept():
    """Error of second order in the step and in u/c; the drift is exact to first order in u/c for any step."""
    n, direction = isotropic(), np.array([0.36, 0.48, -0.8])

    def error(speed, steps):
        velocity = speed * direction
        momentum, energy = np.empty((COUNT, 3)), np.empty(COUNT)
        leave_observer(n, momentum, energy, ENERGY, velocity)
        start = fluid_momenta(momentum, energy, velocity)
        assert np.max(np.abs(start - 1)) < 8 * EPS
        _, momentum, energy = followed(-momentum, velocity, steps)
        return np.max(np.abs(fluid_momenta(momentum, energy, velocity) - 1))

    fast = [error(1e-3, steps) for steps in (60, 120, 240)]
    assert np.all(np.abs(np.log2(fast[:-1]) - np.log2(fast[1:]) - 2) < 0.05)
    assert fast[0] < 0.1 * (1e-3) ** 2
    assert error(1e-4, 60) == pytest.approx(0.01 * fast[0], rel=0.01)


def test_equation_of_motion():
    """dp/dt = (p₀c/r_L) (v − u)×b and dr/dt = v, solved by Runge and Kutta, in a fast flow that varies in space."""
    wave, amplitude = np.array([0.3, 0.1, -0.2]), np.array([3e-3, 2e-3, -4e-3])

    def flow(place):
        return amplitude * np.cos(place @ wave)[..., None]

    def derivative(_, state):
        place, p = state[:3], state[3:]
        speed = p / math.sqrt(p @ p + ENERGY**2 - 1)
        force = np.cross(speed - flow(place), FIELD) / RADIUS
        return -np.concatenate([speed, force])

    n, errors = isotropic(), []
    exact = np.array(
        [
            solve_ivp(
                derivative,
                # The time in which the arriving particle, of speed 1/E₀, moves by this path.
                (0, 10 * ENERGY),
                np.concatenate([np.zeros(3), -n[i]]),
                method="DOP853",
                rtol=1e-12,
                atol=1e-12,
            ).y[:, -1]
            for i in range(4)
        ]
    )
    for steps in (50, 100, 200):
        position, momentum, energy = np.zeros((4, 3)), -n[:4], np.full(4, ENERGY)
        paths = np.full(4, 10.0 / steps)
        for _ in range(steps):
            kick(momentum, energy, flow(position), paths, RADIUS, FIELD, ENERGY)
            gyrate(position, momentum, energy, paths, RADIUS, FIELD, ENERGY)
            kick(momentum, energy, flow(position), paths, RADIUS, FIELD, ENERGY)
        errors.append(np.max(np.abs(np.concatenate([position, momentum], axis=1) - exact)))
    assert errors[-1] < 1e-3 * np.linalg.norm(amplitude)
    assert np.all(np.abs(np.log2(np.divide(errors[:-1], errors[1:])) - 2) < 0.1)


def test_going_forth_and_back_is_the_identity():
    """The steps are symmetric in time: reversed momenta, flow and charge lead back."""
    n, velocity = isotropic(), np.array([3e-3, -4e-3, 2e-3])
    position, momentum, energy = followed(n, velocity, 50)
    around, paths = np.tile(-velocity, (COUNT, 1)), np.full(COUNT, LENGTH / 50)
    momentum *= -1
    for _ in range(50):
        kick(momentum, energy, around, paths, -RADIUS, FIELD, ENERGY)
        gyrate(position, momentum, energy, paths, -RADIUS, FIELD, ENERGY)
        kick(momentum, energy, around, paths, -RADIUS, FIELD, ENERGY)
    assert np.max(np.abs(position)) < 1e-12
    assert np.max(np.abs(momentum - n)) < 1e-12


def test_each_particle_has_a_path_of_its_own():
    n = isotropic()
    position, momentum, energy = np.zeros((COUNT, 3)), -n, np.full(COUNT, ENERGY)
    paths = np.linspace(0.1, 5, COUNT)
    gyrate(position, momentum, energy, paths, RADIUS, FIELD, ENERGY)
    kick(momentum, energy, 1e-4 * n, paths, RADIUS, FIELD, ENERGY)
    for i in (0, 7, COUNT - 1):
        one = slice(i, i + 1)
        alone, its, own = np.zeros((1, 3)), -n[one], np.full(1, ENERGY)
        gyrate(alone, its, own, paths[one], RADIUS, FIELD, ENERGY)
        kick(its, own, 1e-4 * n[one], paths[one], RADIUS, FIELD, ENERGY)
        assert np.array_equal(alone, position[one])
        assert np.array_equal(its, momentum[one])
