"""Back-tracking: closed cases, signs, first order, scatterings.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats
from settings import (
    QUIET,
    RANDOM,
    config,
    gradient_of,
    made,
    pixel_directions,
    uniform_flow,
    velocity_gradient,
)

from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.backtracking import directional_intensity

EPS = np.finfo(float).eps

# Slow enough that v differs from c, and a path that is not 10 pc.
SLOW = {
    "cosmic_rays.energy": "2 GeV",
    "cosmic_rays.reference_energy": "2 GeV",
    "transport.mean_free_path": "7 pc",
}


class TestClosedCases:
    G = (3e-4, -4e-4, 12e-4)
    U = (3.0, -4.0, 12.0)
    # Neither symmetric nor traceless.
    SHEAR = ((0.1, 0.3, -0.2), (-0.05, 0.2, 0.15), (0.4, 0.0, 0.03))

    @pytest.mark.parametrize("frame", ["fluid", "observer"])
    def test_density_gradient_is_a_pure_dipole(self, frame):
        sky = made(QUIET, SLOW, gradient_of(self.G), {"sky.frame": frame}, keep_map=True)
        # C_1 = (4π/9)(λ|g|)²; I is linear in g, so only rounding is left: a few hundred terms of it.
        expected = 4 * math.pi / 9 * (7 * math.hypot(*self.G)) ** 2
        assert sky.power[1] == pytest.approx(expected, rel=256 * EPS)
        assert np.max(np.delete(sky.power, 1)) <= (256 * EPS) ** 2 * expected
        expected_map = 7 * pixel_directions(8) @ np.array(self.G)
        assert np.max(np.abs(sky.sky.intensity - expected_map)) <= 64 * EPS * np.max(expected_map)

    # Random arrivals too: the known dipole leaves particles nothing but the second order to scatter in.
    @pytest.mark.parametrize("sampling", [{}, RANDOM])
    def test_uniform_flow_in_the_observer_frame_is_the_compton_getting_dipole(self, sampling):
        settings = config(QUIET, SLOW, uniform_flow(self.U), {"sky.frame": "observer"}, sampling)
        power = realize(Setup.from_config(settings), 0).power
        size = abs(settings.momentum_index) * 13 / settings.particle_speed
        expected = 4 * math.pi / 9 * size**2
        # What first order leaves out is at most a few times the intensity squared: relative `size`, and
        # its square in the power of other multipoles; both below the 1e-4 and 1e-6 asked for.
        assert size < 1e-3
        assert power[1] == pytest.approx(expected, rel=min(1e-4, size))
        assert np.max(np.abs(np.delete(power, 1))) <= min(1e-6, size**2 * 10) * expected

    @pytest.mark.parametrize("sampling", [{}, RANDOM])
    def test_uniform_flow_in_the_fluid_frame_is_nothing(self, sampling):
        sky = made(QUIET, SLOW, uniform_flow(self.U), sampling, {"sky.nside": 4}, keep_map=True)
        assert not np.any(sky.power)
        assert sky.mean == 0
        assert not np.any(sky.sky.intensity)

    def test_velocity_gradient_is_a_pure_quadrupole(self):
        settings = config(QUIET, SLOW, velocity_gradient(self.SHEAR))
        sky = realize(Setup.from_config(settings), 0)
        g = np.array(self.SHEAR)
        trace = np.trace(g)
        s = (g + g.T) / 2 - np.eye(3) * trace / 3
        factor = settings.momentum_index * 7 / settings.particle_speed
        expected = 8 * math.pi / 75 * factor**2 * np.sum(s * s)
        size = abs(factor) * np.linalg.norm(g)
        assert size < 1e-3
        assert sky.power[2] == pytest.approx(expected, rel=min(1e-4, 4 * size))
        # ℓ = 0 is the compression, which the trace makes; the rotation in G is unseen.
        assert sky.mean == pytest.approx(factor * trace / 3, rel=4 * size)
        assert sky.power[0] == pytest.approx(4 * math.pi * sky.mean**2, rel=64 * EPS)
        assert np.max(np.delete(sky.power, [0, 2])) <= 1e-6 * expected

    def test_rotation_is_unseen(self):
        rotation = ((0.0, 0.3, -0.2), (-0.3, 0.0, 0.1), (0.2, -0.1, 0.0))
        settings = config(QUIET, velocity_gradient(rotation))
        size = abs(settings.momentum_index) * 10 * 0.6 / SPEED_OF_LIGHT
        # n·(Ω × n) = 0; the second order that is left is below the square of the intensity's size.
        assert np.max(realize(Setup.from_config(settings), 0).power) <= 4 * math.pi * size**4

    def test_gradient_with_random_arrivals_and_fixed_paths_is_exact(self):
        # The known dipole is taken off each particle and put back: nothing random is left.
        power = made(QUIET, RANDOM, gradient_of(self.G)).power
        expected = 4 * math.pi / 9 * (10 * math.hypot(*self.G)) ** 2
        assert power[1] == pytest.approx(expected, rel=256 * EPS)
        assert np.max(np.abs(np.delete(power, 1))) <= (256 * EPS) ** 2 * expected


class TestSigns:
    N = np.array([0.36, 0.48, 0.8])

    @pytest.mark.parametrize("sampling", [{}, RANDOM])
    @pytest.mark.parametrize(
        "cause",
        [
            # The flow comes towards the observer from N; the density grows towards N.
            uniform_flow(-20 * N) | {"sky.frame": "observer"},
            gradient_of(1e-3 * N),
        ],
        ids=["flow", "density"],
    )
    def test_excess_where_it_comes_from(self, sampling, cause):
        sky = made(QUIET, sampling, cause, {"sky.nside": 4}, keep_map=True).sky.intensity
        cosine = pixel_directions(4) @ self.N
        # A dipole changes sign at 90°; random arrivals blur that by a pixel (15°).
        assert np.all(sky[cosine > 0.3] > 0)
        assert np.all(sky[cosine < -0.3] < 0)
        assert cosine[np.argmax(sky)] > math.cos(math.radians(20))

    @pytest.mark.parametrize("sampling", [{}, RANDOM])
    def test_compression_heats_and_expansion_cools(self, sampling):
        for sign in (1, -1):
            g = sign * 0.1 * np.eye(3)
            # Expansion (G > 0) moves the centres away from the observer: a deficit all around.
            assert sign * made(QUIET, sampling, velocity_gradient(g.tolist())).mean < 0


class TestFirstOrder:
    @staticmethod
    def errors(dispersion):
        settings = config(
            {"sky.nside": 8, "flow.modes": 300},
            SLOW,
            {"flow.velocity_dispersion": f"{dispersion!r} km/s"},
            gradient_of((1e-6 * dispersion, 0.0, -2e-6 * dispersion)),
        )
        setup = Setup.from_config(settings)
        flow = setup.flow(3)
        n = pixel_directions(8)
        exact = directional_intensity(setup.model, flow, setup.map_grid, 1)
        difference = flow.velocity(7 * n) - flow.velocity(np.zeros((1, 3)))
        first = settings.momentum_index / settings.particle_speed * np.sum(n * difference, axis=1)
        first += 7 * n @ np.array(settings.transport.density_gradient)
        size = abs(settings.momentum_index) / settings.particle_speed
        size *= np.max(np.linalg.norm(difference, axis=1))
        return np.max(np.abs(exact - first)), np.max(np.abs(exact)), size

    def test_exact_result_of_a_turbulent_flow(self):
        error, largest, size = self.errors(20.0)
        assert largest > 100 * error
        # Second order: I²/2 · (1 + 1/|D|) and cross terms of the observer's velocity, a few times size².
        assert error <= 3 * size**2

    def test_error_is_of_second_order(self):
        errors = [self.errors(20.0 * scale)[0] for scale in (1.0, 0.1)]
        _, _, size = self.errors(20.0)
        # 100 for a factor of ten, up to the relative size of the third order.
        assert errors[0] / errors[1] == pytest.approx(100, rel=10 * size)

    def test_map_is_the_intensity_less_its_mean(self):
        settings = config({"sky.nside": 8, "flow.modes": 300}, SLOW)
        setup = Setup.from_config(settings)
        made = realize(setup, 3, keep_map=True)
        exact = directional_intensity(setup.model, setup.flow(3), setup.map_grid, 1)
        assert np.array_equal(made.sky.intensity, exact - made.mean)
        assert (made.sky.hits, made.sky.variance) == (None, None)
        assert realize(setup, 3).sky is None


def ensemble(settings, realizations):
    setup = Setup.from_config(settings)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda index: realize(setup, index), range(realizations)))


class TestScatterings:
    G = (0.0, 6e-4, -8e-4)

    @pytest.mark.parametrize("law", ["fixed", "exponential"])
    @pytest.mark.parametrize("count", [1, 3])
    def test_gradient_keeps_its_dipole(self, law, count):
        # The last scattering is displaced by the first path on average, however many follow: ⟨I⟩ = λ g·n.
        settings = config(
            QUIET,
            RANDOM,
            gradient_of(self.G),
            {"transport.free_path": law, "transport.scatterings": count, "sky.lmax": 4},
        )
        power = np.array([made.power for made in ensemble(settings, 60)])
        expected = np.zeros(5)
        expected[1] = 4 * math.pi / 9 * (10 * 1e-3) ** 2
        if (law, count) == ("fixed", 1):
            assert power[:, 1] == pytest.approx(expected[1], rel=256 * EPS)
            return
        error = np.std(power, axis=0, ddof=1) / math.sqrt(60)
        # Student t of 59; five multipoles, three cases, at 1e-4: false alarm 1.5e-3.
        assert np.all(np.abs(np.mean(power, axis=0) - expected) < stats.t.isf(1e-4 / 2, 59) * error)
        # The noise is small enough for the test to mean something.
        assert error[1] < 0.05 * expected[1]

    def test_deeper_scatterings_go_further(self):
        # Variance of g·r: λ²|g|²/3 at each of N steps, of fixed length.
        for count in (1, 4):
            settings = config(QUIET, gradient_of(self.G), {"transport.scatterings": count}, RANDOM)
            sky = realize(Setup.from_config(settings), 0, keep_map=True).sky
            some = sky.hits > 1
            inside = np.sum(sky.variance[some] * sky.hits[some] * (sky.hits[some] - 1))
            inside /= np.sum(sky.hits[some] - 1)
            # The first step is the same for a pixel but for its width, below 1% of λ²|g|²/3.
            expected = (count - 1) * 1e-4 / 3
            # Scatter of a variance of 3300 degrees of freedom, 2.5% at most, at 1e-6: 12%.
            wide = stats.norm.isf(1e-6) * math.sqrt(2 / 3300)
            assert abs(inside - expected) < 0.01 * 1e-4 / 3 + wide * expected
