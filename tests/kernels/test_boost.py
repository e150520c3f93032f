"""Lorentz boosts against the identities of special relativity."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.kernels.boost import boost

EPS = np.finfo(float).eps


def particles(count=200, mass=1.0, seed=1):
    rng = np.random.default_rng(seed)
    momentum = rng.normal(size=(count, 3)) * 10 ** rng.uniform(-2, 3, (count, 1))
    energy = np.sqrt(mass**2 + np.sum(momentum**2, axis=1))
    return np.column_stack([momentum, energy])


def velocities(count=200, largest=0.95, seed=2):
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return direction * rng.uniform(0, largest, (count, 1))


def boosted(states, frames):
    return np.array([boost(*state, *frame) for state, frame in zip(states, frames, strict=True)])


def rounding(states, frames):
    """A dozen operations, on terms no larger than γ² E, each rounded to half a unit."""
    return 16 * EPS * states[:, 3] / (1 - np.sum(frames**2, axis=1))


def test_no_boost_changes_nothing():
    states = particles()
    assert np.array_equal(boosted(states, np.zeros((200, 3))), states)


def test_parallel_and_perpendicular_components():
    # The textbook form, component by component: p∥' = γ(p∥ − uE), p⊥' = p⊥, E' = γ(E − u p∥).
    states, frames = particles(), velocities()
    speed = np.linalg.norm(frames, axis=1)
    axis = frames / speed[:, None]
    gamma = 1 / np.sqrt(1 - speed**2)
    along = np.sum(states[:, :3] * axis, axis=1)
    across = states[:, :3] - along[:, None] * axis
    expected = np.empty_like(states)
    expected[:, :3] = across + (gamma * (along - speed * states[:, 3]))[:, None] * axis
    expected[:, 3] = gamma * (states[:, 3] - speed * along)
    error = np.max(np.abs(boosted(states, frames) - expected), axis=1)
    assert np.all(error <= rounding(states, frames))


def test_inverse_boost_undoes():
    states, frames = particles(), velocities()
    there = boosted(states, frames)
    back = boosted(there, -frames)
    error = np.max(np.abs(back - states), axis=1)
    assert np.all(error <= rounding(states, frames) + rounding(there, frames))


@pytest.mark.parametrize("mass", [0.0, 0.5, 10.0])
def test_invariant_mass_is_kept(mass):
    states, frames = particles(mass=mass), velocities()
    result = boosted(states, frames)
    after = result[:, 3] ** 2 - np.sum(result[:, :3] ** 2, axis=1)
    bound = 4 * rounding(states, frames) * result[:, 3] + 8 * EPS * states[:, 3] ** 2
    assert np.all(np.abs(after - mass**2) <= bound)


def test_collinear_boosts_add_velocities():
    states, frames = particles(), velocities(largest=0.7)
    rng = np.random.default_rng(5)
    second = frames * rng.uniform(-0.9, 0.9, (200, 1))
    # Einstein's sum of collinear velocities.
    total = (frames + second) / (1 + np.sum(frames * second, axis=1, keepdims=True))
    middle = boosted(states, frames)
    error = np.abs(boosted(middle, second) - boosted(states, total))
    bound = sum(rounding(*pair) for pair in ((states, frames), (middle, second), (states, total)))
    assert np.all(np.max(error, axis=1) <= bound)


def test_boosts_across_each_other_compose_up_to_a_rotation():
    states, first, second = particles(), velocities(largest=0.7), velocities(largest=0.7, seed=9)
    # Velocity of the last frame seen from the first: second, seen from a frame that moves with −first.
    gamma = 1 / np.sqrt(1 - np.sum(first**2, axis=1, keepdims=True))
    dot = np.sum(first * second, axis=1, keepdims=True)
    total = (first + second / gamma + gamma / (1 + gamma) * dot * first) / (1 + dot)
    middle = boosted(states, first)
    twice, once = boosted(middle, second), boosted(states, total)
    bound = sum(rounding(*pair) for pair in ((states, first), (middle, second), (states, total)))
    # A Wigner rotation is left, which keeps energy and |p|.
    assert np.all(np.abs(twice[:, 3] - once[:, 3]) <= bound)
    sizes = [np.linalg.norm(result[:, :3], axis=1) for result in (twice, once)]
    assert np.all(np.abs(sizes[0] - sizes[1]) <= 2 * bound)


@pytest.mark.parametrize("speed", [1e-1, 1e-2, 1e-3])
def test_first_order_limit_is_reached_quadratically(speed):
    states, frames = particles(), speed * velocities(largest=1.0)
    momentum, energy = states[:, :3], states[:, 3]
    result = boosted(states, frames)[:, :3]
    size = np.linalg.norm(frames, axis=1)
    # p' = p − E u + ½(u·p) u − ½E u² u + O(u⁴), so p − E u is off by at most ½u²|p| (1 + u) …
    error = np.linalg.norm(result - (momentum - energy[:, None] * frames), axis=1)
    assert np.all(error <= 0.5 * size**2 * energy * (1 + 2 * size) + rounding(states, frames))
    # … and with the term of second order by ½u³E, to the relative O(u) of the fourth order.
    second = 0.5 * np.sum(momentum * frames, axis=1, keepdims=True) * frames
    rest = np.linalg.norm(result - (momentum - energy[:, None] * frames + second), axis=1)
    assert np.all(rest <= 0.5 * size**3 * energy * (1 + 2 * size) + rounding(states, frames))


def test_massless_particles_follow_doppler_and_aberration():
    states, frames = particles(mass=0.0), velocities(largest=0.8)
    speed = np.linalg.norm(frames, axis=1)
    gamma = 1 / np.sqrt(1 - speed**2)
    cosine = np.sum(states[:, :3] * frames, axis=1) / (speed * states[:, 3])
    result = boosted(states, frames)
    bound = rounding(states, frames)
    assert np.all(np.abs(result[:, 3] - gamma * (1 - speed * cosine) * states[:, 3]) <= bound)
    assert np.all(np.abs(np.linalg.norm(result[:, :3], axis=1) - result[:, 3]) <= 2 * bound)
    seen = np.sum(result[:, :3] * frames, axis=1) / speed
    aberration = (cosine - speed) / (1 - speed * cosine) * result[:, 3]
    assert np.all(np.abs(seen - aberration) <= 4 * gamma**2 * bound)
