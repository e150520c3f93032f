"""Arrivals, propagation, scattering and intensity against NumPy, mpmath and the invariants of relativity.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from eddysky.kernels.paths import PATH, erlang_path
from eddysky.kernels.tracking import (
    draw_deviates,
    draw_paths,
    propagate,
    relative_intensity,
    sample_arrivals,
    scatter,
)

COUNT = 20_000
EPS = np.finfo(float).eps
FAR = 2**32 + 12345


def launched(count=COUNT, seed=5, realization=2, first=0):
    directions, angles = np.full((count, 3), np.nan), np.empty((count, 2))
    sample_arrivals(directions, angles, seed, realization, first)
    # Angles are those of the directions; near the poles the colatitude keeps half of the digits.
    theta, phi = angles.T
    across = np.stack(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1
    )
    assert np.max(np.abs(across - directions), initial=0) <= 4 * np.sqrt(EPS)
    return directions


class TestLaunch:
    def test_isotropic(self):
        n = launched()
        assert np.max(np.abs(np.linalg.norm(n, axis=1) - 1)) <= 8 * EPS  # a dozen roundings
        # Each projection of an isotropic vector is uniform; three at 1e-4: false alarm 3e-4.
        for column in n.T:
            assert stats.kstest(column, stats.uniform(-1, 2).cdf).pvalue > 1e-4
        # No correlation of a particle with the next; nine at 1e-5: false alarm 9e-5.
        limit = stats.norm.isf(1e-5 / 2) / (3 * np.sqrt(COUNT))
        assert np.all(np.abs(n[:-1].T @ n[1:]) / COUNT < limit)

    @pytest.mark.parametrize("first", [0, 1000, FAR])
    def test_a_particle_depends_on_its_number_only(self, first):
        whole = launched(300, first=first)
        parts = [launched(100, first=first + start) for start in (0, 100, 200)]
        assert np.array_equal(whole, np.concatenate(parts))

    def test_streams_differ(self):
        skies = [
            launched(50),
            launched(50, seed=6),
            launched(50, realization=3),
            launched(50, first=2**32),
        ]
        for i, sky in enumerate(skies):
            for other in skies[:i]:
                assert not np.any(sky == other)


class TestFly:
    def flown(self, position, momentum, order, first=0, step=0):
        moved, paths = position.copy(), np.empty(len(position))
        draw_paths(paths, 4.0, order, 5, 2, first, step)
        propagate(moved, momentum, paths)
        return moved - position

    def start(self, count=500):
        rng = np.random.default_rng(3)
        momentum = rng.normal(size=(count, 3)) * 10 ** rng.uniform(-3, 3, (count, 1))
        return np.zeros((count, 3)), momentum

    def test_goes_back_along_the_momentum(self):
        position, momentum = self.start()
        kept, moved = momentum.copy(), position.copy()
        propagate(moved, momentum, np.full(len(moved), 4.0))
        expected = -4 * momentum / np.linalg.norm(momentum, axis=1, keepdims=True)
        assert np.max(np.abs(moved - expected)) <= 4 * 8 * EPS
        assert np.array_equal(momentum, kept)

    def test_starts_from_where_the_particle_is(self):
        position, momentum = self.start()
        shift = np.array([100.0, -50.0, 25.0])
        moved = self.flown(position + shift, momentum, 3)
        # Paths of 4 on average, and all below 40.
        assert np.max(np.abs(moved - self.flown(position, momentum, 3))) <= 2 * 140 * EPS

    @pytest.mark.parametrize("order", [1, 3])
    @pytest.mark.parametrize("first", [0, FAR])
    @pytest.mark.parametrize("step", [0, 2])
    def test_each_particle_has_its_own_path(self, order, first, step):
        position, momentum = self.start(50)
        moved = self.flown(position, momentum, order, first, step)
        lengths = [erlang_path(4.0, order, 5, 2, first + i, step) for i in range(50)]
        error = np.abs(np.linalg.norm(moved, axis=1) - lengths)
        assert np.all(error <= 8 * EPS * np.array(lengths))

    @pytest.mark.parametrize("first", [0, FAR])
    def test_each_particle_and_step_has_its_own_deviate(self, first):
        deviates = np.empty((3, 50))
        for step, row in enumerate(deviates):
            draw_deviates(row, PATH, 5, 2, first, step)
        assert np.all((deviates > 0) & (deviates < 1))
        assert np.unique(deviates).size == 150
        # The first of an exponential path of the same stream.
        paths = np.empty(50)
        draw_paths(paths, 1.0, 1, 5, 2, first, 2)
        assert np.allclose(paths, -np.log(deviates[2]), rtol=4 * EPS)


def boosted(momentum, energy, velocity):
    """NumPy's own Lorentz boost, by parallel and perpendicular components."""
    speed = np.linalg.norm(velocity, axis=1, keepdims=True)
    axis = np.divide(velocity, speed, out=np.zeros_like(velocity), where=speed > 0)
    gamma = 1 / np.sqrt(1 - speed**2)
    along = np.sum(momentum * axis, axis=1, keepdims=True)
    energy = energy[:, None]
    moved = momentum + (gamma * (along - speed * energy) - along) * axis
    return moved, (gamma * (energy - speed * along))[:, 0]


class TestScatter:
    MASS = 0.4

    def before(self, count=COUNT, speed=0.5):
        rng = np.random.default_rng(17)
        momentum = np.array([0.3, -1.1, 0.7]) + 0.01 * rng.normal(size=(count, 3))
        energy = np.sqrt(self.MASS**2 + np.sum(momentum**2, axis=1))
        velocity = np.tile([0.6, 0.0, -0.8], (count, 1)) * speed
        return momentum, energy, velocity

    def scattered(self, momentum, energy, velocity, first=0, step=0):
        momentum, energy = momentum.copy(), energy.copy()
        scatter(momentum, energy, velocity, 5, 2, first, step)
        return momentum, energy

    def test_keeps_momentum_in_the_fluid_frame(self):
        momentum, energy, velocity = self.before()
        after, energy_after = self.scattered(momentum, energy, velocity)
        inside, energy_inside = boosted(momentum, energy, velocity)
        inside_after, energy_inside_after = boosted(after, energy_after, velocity)
        sizes = [np.linalg.norm(p, axis=1) for p in (inside, inside_after)]
        # Two boosts with γ² < 2 of energies below 4, two dozen roundings each.
        bound = 48 * EPS * 2 * 4
        assert np.max(np.abs(sizes[1] - sizes[0])) <= bound
        assert np.max(np.abs(energy_inside_after - energy_inside)) <= bound
        mass = energy_after**2 - np.sum(after**2, axis=1)
        assert np.max(np.abs(mass - self.MASS**2)) <= 2 * 4 * bound

    def test_is_isotropic_in_the_fluid_frame_and_only_there(self):
        momentum, energy, velocity = self.before()
        after, energy_after = self.scattered(momentum, energy, velocity)
        inside, _ = boosted(after, energy_after, velocity)
        n = inside / np.linalg.norm(inside, axis=1, keepdims=True)
        # Uniform projections on the axes, the flow and the old direction: five at 1e-4, false alarm 5e-4.
        old = momentum[0] / np.linalg.norm(momentum[0])
        axes = [*np.eye(3), velocity[0] / np.linalg.norm(velocity[0]), old]
        for axis in axes:
            assert stats.kstest(n @ axis, stats.uniform(-1, 2).cdf).pvalue > 1e-4
        outside = after / np.linalg.norm(after, axis=1, keepdims=True)
        assert stats.kstest(outside @ axes[3], stats.uniform(-1, 2).cdf).pvalue < 1e-10

    def test_fluid_at_rest_keeps_the_energy(self):
        momentum, energy, velocity = self.before(500, speed=0.0)
        after, energy_after = self.scattered(momentum, energy, velocity)
        assert np.array_equal(energy_after, energy)
        change = np.linalg.norm(after, axis=1) - np.linalg.norm(momentum, axis=1)
        assert np.max(np.abs(change)) <= 16 * EPS * 2

    def test_a_particle_depends_on_its_number_only(self):
        momentum, energy, velocity = self.before(300)
        whole, _ = self.scattered(momentum, energy, velocity, first=FAR)
        rows = slice(100, 300)
        part, _ = self.scattered(momentum[rows], energy[rows], velocity[rows], first=FAR + 100)
        assert np.array_equal(part, whole[rows])

    def test_successive_directions_are_independent(self):
        momentum, energy, velocity = self.before(speed=0.0)
        skies = [self.scattered(momentum, energy, velocity, step=step)[0] for step in (0, 1)]
        skies = [p / np.linalg.norm(p, axis=1, keepdims=True) for p in (*skies, launched())]
        limit = stats.norm.isf(1e-5 / 2) / (3 * np.sqrt(COUNT))  # 27 at 1e-5: false alarm 3e-4
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert np.all(np.abs(skies[one].T @ skies[other]) / COUNT < limit)


class TestWeigh:
    INDEX = -4.7

    def case(self, count=60, speed=1e-3, gradient=(0.02, -0.05, 0.03), bent=True):
        rng = np.random.default_rng(23)
        directions = launched(count)
        momentum = -directions
        if bent:
            momentum = momentum + 0.1 * rng.normal(size=(count, 3))
        mass = 0.3
        return {
            "directions": directions,
            "position": rng.normal(size=(count, 3)) * 5,
            "momentum": momentum,
            "energy": np.sqrt(mass**2 + np.sum(momentum**2, axis=1)),
            "velocity": rng.normal(size=(count, 3)) * speed,
            "start_energy": float(np.sqrt(mass**2 + 1)),
            "start_velocity": rng.normal(size=3) * speed,
            "momentum_index": self.INDEX,
            "gradient": np.array(gradient),
        }

    def weighed(self, case):
        intensity = np.full(len(case["directions"]), np.nan)
        relative_intensity(*case.values(), intensity)
        return intensity

    def test_against_fifty_digits(self):
        case = self.case(speed=0.2)

        def fluid_momentum(p, energy, u):
            # |p'|² = E'² − m², from two invariants: no boost of the momentum is needed.
            p, u, energy = [mp.mpf(x) for x in p], [mp.mpf(x) for x in u], mp.mpf(energy)
            gamma = 1 / mp.sqrt(1 - mp.fsum(x * x for x in u))
            mass_squared = energy**2 - mp.fsum(x * x for x in p)
            inside = gamma * (energy - mp.fsum(a * b for a, b in zip(p, u, strict=True)))
            return mp.sqrt(inside**2 - mass_squared)

        intensity = self.weighed(case)
        with mp.workdps(50):
            for i, computed in enumerate(intensity):
                start = fluid_momentum(
                    -case["directions"][i], case["start_energy"], case["start_velocity"]
                )
                end = fluid_momentum(case["momentum"][i], case["energy"][i], case["velocity"][i])
                place = zip(case["gradient"], case["position"][i], strict=True)
                density = mp.fsum(mp.mpf(g) * mp.mpf(r) for g, r in place)
                expected = (end / start) ** mp.mpf(self.INDEX) * (1 + density) - 1
                # Two momenta of some 16 roundings each, multiplied by D.
                bound = 64 * EPS * abs(self.INDEX) * (1 + abs(float(expected)))
                assert abs(computed - float(expected)) <= bound

    def test_flat_without_flow_and_gradient(self):
        case = self.case(speed=0.0, gradient=(0.0, 0.0, 0.0), bent=False)
        case["energy"] = np.full(60, case["start_energy"])
        assert not np.any(self.weighed(case))

    def test_one_frame_for_all_is_flat(self):
        case = self.case(gradient=(0.0, 0.0, 0.0), bent=False)
        case["energy"] = np.full(60, case["start_energy"])
        case["velocity"] = np.tile(case["start_velocity"], (60, 1))
        assert not np.any(self.weighed(case))

    def test_density_alone(self):
        case = self.case(speed=0.0, bent=False)
        case["energy"] = np.full(60, case["start_energy"])
        density = case["position"] @ case["gradient"]
        assert np.max(np.abs(self.weighed(case) - density)) <= 4 * EPS * np.max(np.abs(density))

    def test_first_order_formula_is_reached_quadratically(self):
        # I = (D/v) n·(u − u₀) + g·r (ZL24 Eq. 2); what it leaves out is of second order.
        errors = []
        for size in (1e-3, 1e-4):
            case = self.case(speed=size, gradient=size * np.array([0.2, -0.5, 0.3]), bent=False)
            case["energy"] = np.full(60, case["start_energy"])
            speed = 1 / case["start_energy"]
            change = case["velocity"] - case["start_velocity"]
            first_order = self.INDEX / speed * np.sum(case["directions"] * change, axis=1)
            first_order += case["position"] @ case["gradient"]
            errors.append(np.max(np.abs(self.weighed(case) - first_order)))
        # A hundredth for a tenth, up to the relative size of the third order, about |D| u.
        assert errors[1] <= errors[0] / 100 * (1 + 10 * abs(self.INDEX) * 1e-3)

    def test_approaching_flow_gives_an_excess(self):
        case = self.case(count=1, speed=0.0, gradient=(0.0, 0.0, 0.0), bent=False)
        case["energy"] = np.array([case["start_energy"]])
        case["velocity"] = -1e-3 * case["directions"]
        assert self.weighed(case)[0] > 0
        case["velocity"] = 1e-3 * case["directions"]
        assert self.weighed(case)[0] < 0
