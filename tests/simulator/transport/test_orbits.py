"""Orbits: closed cases, the integral along the helix for single particles, order of convergence, limits.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from settings import config, gradient_of

from eddysky.kernels.boost import boost
from eddysky.simulator import Config, simulate
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.run.realization import Setup, observe, realize
from eddysky.simulator.sky.harmonics import cross_power
from eddysky.simulator.transport.backtracking import backtrack
from eddysky.simulator.transport.free_paths import random_paths
from eddysky.simulator.transport.helical import Helical
from eddysky.simulator.transport.isotropic import Isotropic
from eddysky.simulator.transport.orbits import follow

EPS = np.finfo(float).eps
PATH = 10.0
BASE = {
    "transport.mode": "helical",
    "sky.sampling": "orbits",
    "sky.nside": 4,
    "flow.modes": 64,
    "flow.outer_scale": "60 pc",
    "flow.inner_scale": "6 pc",
    # So slow that terms of second order in u/c are below 1e-6 of the sky.
    "flow.velocity_dispersion": "0.02 km/s",
}
STILL = BASE | {"flow.velocity_dispersion": "0 km/s"}


def radius(ratio):
    """Strength and charge of r_L/λ = ratio."""
    strength = 3 * config(BASE).larmor_radius / (PATH * abs(ratio))
    return {
        "transport.magnetic_field_strength": f"{strength!r} uG",
        "cosmic_rays.charge": 1 if ratio > 0 else -1,
    }


def turbulence(settings, index=0):
    return draw_modes(settings.flow_spectrum, 2 / 3, 64, "gaussian", 1, index)


def followed(settings, flow, count, refinement=1.0, index=0):
    """Directions, and intensities in units of D/v."""
    arrivals, intensity = follow(Helical(settings), flow, index, 0, count, refinement)
    return arrivals.directions, intensity * settings.particle_speed / settings.momentum_index


def rotation(settings, path):
    """R with N = R n after this path (…, 3, 3)."""
    b = settings.field_direction
    angle = np.asarray(path / settings.larmor_radius)[..., None, None]
    cross = np.cross(np.eye(3), b)
    along = np.outer(b, b)
    return along + np.cos(angle) * (np.eye(3) - along) + np.sin(angle) * -cross.T


def line_integral(settings, flow, n, path, nodes=1001):
    """∫ N_i N_j ∂_j u_i ds along the helix from direction n over a path, by Simpson's rule."""
    s = np.linspace(0, path, nodes)
    b, r = settings.field_direction, settings.larmor_radius
    along = (n @ b) * b
    across, aside = n - along, np.cross(b, n)
    psi = (s / r)[:, None]
    direction = along + np.cos(psi) * across + np.sin(psi) * aside
    place = s[:, None] * along + r * (np.sin(psi) * across + (1 - np.cos(psi)) * aside)
    phase, k = place @ flow.wavevectors.T, direction @ flow.wavevectors.T
    change = -(direction @ flow.cosines.T) * np.sin(phase) + direction @ flow.sines.T * np.cos(
        phase
    )
    weight = np.full(nodes, 2.0)
    weight[1::2], weight[[0, -1]] = 4.0, 1.0
    return float(np.sum(weight * np.sum(k * change, axis=1)) * path / (nodes - 1) / 3)


def p_value(sample, expected):
    """Probability of a larger χ² of the mean of samples (N, d) of noise alone."""
    away = np.mean(sample, axis=0) - expected
    covariance = np.cov(sample.T) / len(sample)
    return stats.chi2.sf(away @ np.linalg.solve(covariance, away), len(away))


class TestSingleParticles:
    @pytest.mark.parametrize(
        ("ratio", "frame"), [(0.2, "fluid"), (1.0, "observer"), (5.0, "fluid"), (-1.0, "fluid")]
    )
    def test_integral_along_the_helix(self, ratio, frame):
        """To first order in u/c, the work of the electric field and the boost are an integral along the helix."""
        settings = config(BASE, radius(ratio), {"sky.frame": frame})
        flow, count = turbulence(settings), 12
        n, intensity = followed(settings, flow, count, refinement=40)
        paths = random_paths(settings, count, (settings.ensemble.seed, 0, 0), 0)
        expected = np.array([line_integral(settings, flow, n[i], paths[i]) for i in range(count)])
        if frame == "observer":
            expected += n @ flow.velocity(np.zeros((1, 3)))[0]
        assert np.max(np.abs(intensity - expected)) < 1e-5 * np.std(expected)

    @pytest.mark.parametrize("ratio", [0.2, 1.0, 5.0])
    def test_second_order_in_the_step(self, ratio):
        settings = config(BASE, radius(ratio))
        flow = turbulence(settings)
        skies = [followed(settings, flow, 200, 2.0**i)[1] for i in range(5)]
        errors = np.array([np.sqrt(np.mean((sky - skies[-1]) ** 2)) for sky in skies[:-1]])
        # Errors to the finest, whose own is 1/256 of the first.
        exact = errors / (1 - 4.0 ** np.arange(-4, 0))
        assert np.all(np.abs(np.log2(exact[:-1] / exact[1:]) - 2) < 0.25)
        assert errors[0] < 0.01 * np.std(skies[-1])

    def test_charges_turn_to_opposite_sides(self):
        """The sky of the other charge is the mirror image, in a plane through b, of that of the mirrored flow."""
        field = {"transport.magnetic_field": [0, 90]}
        gradient = np.array(((0.1, 0.3, -0.2), (0.0, -0.2, 0.15), (0.4, 0.0, 0.1)))
        mirror = np.array([1.0, -1.0, 1.0])

        def sample(ratio, rows):
            settings = config(STILL, radius(ratio), field)
            n, intensity = followed(settings, RegularFlow(np.zeros(3), rows), 5000)
            return intensity[:, None] * np.stack([n[:, 0] * n[:, 1], n[:, 0] * n[:, 2]], axis=1)

        seen, same = sample(0.7, gradient), sample(-0.7, gradient)
        other = sample(-0.7, gradient * np.outer(mirror, mirror)) * [-1, 1]
        # False alarm 1e-4.
        assert p_value(seen - other, np.zeros(2)) > 1e-4
        assert p_value(seen - same, np.zeros(2)) < 1e-10

    def test_weak_fields_are_none(self):
        """r_L = 10⁷ λ: the particles of isotropic transport, with the same random numbers, scattering by scattering."""
        for depth in (1, 3):
            law = {"transport.free_path": "erlang", "transport.erlang_order": 2}
            settings = config(BASE, radius(1e7), law, {"transport.scatterings": depth})
            straight = settings.replace(
                {"transport.mode": "isotropic", "sky.sampling": "random", "sky.particles": 100_000}
                | {"transport.magnetic_field": None, "transport.magnetic_field_strength": None}
            )
            flow = turbulence(settings)
            arrivals, expected = backtrack(Isotropic.from_config(straight, None), flow, 0, 0, 500)
            n, intensity = followed(settings, flow, 500)
            expected *= settings.particle_speed / settings.momentum_index
            assert np.array_equal(n, arrivals.directions)
            assert np.max(np.abs(intensity - expected)) < 1e-5 * np.std(expected)


class TestClosedCases:
    @pytest.mark.parametrize("w", [0.1, 1.0, 10.0, -1.0])
    @pytest.mark.parametrize("depth", [1, 3])
    def test_hall_dipole(self, w, depth):
        """The density gradient makes the dipole λ [g_∥ + (g_⊥ + w g×b)/(1 + w²)], after any number of scatterings."""
        g = np.array([3e-4, -4e-4, 12e-4])
        more = {"transport.scatterings": depth}
        settings = config(STILL, radius(1 / w), gradient_of(g), more)
        still = RegularFlow(np.zeros(3), np.zeros((3, 3)))
        arrivals, intensity = follow(Helical(settings), still, 0, 0, 50_000)
        sample = 3 * arrivals.directions * intensity[:, None]
        b = settings.field_direction
        along = (g @ b) * b
        expected = PATH * (along + (g - along + w * np.cross(g, b)) / (1 + w * w))
        # Eight dipoles: false alarm 8e-4.
        assert p_value(sample, expected) > 1e-4

    @pytest.mark.parametrize("ratio", [0.2, 1.0, 5.0])
    def test_uniform_velocity_gradient(self, ratio):
        """The quadrupole n·Qn, Q = λ⟨RᵀSR⟩ over the free path; its C_2 has |S_m|² over 1 + m²w²."""
        gradient = np.array(((0.1, 0.3, -0.2), (0.0, -0.2, 0.15), (0.4, 0.0, 0.1)))
        settings = config(STILL, radius(ratio))
        n, intensity = followed(settings, RegularFlow(np.zeros(3), gradient), 50_000)
        s = np.linspace(0, 40 * PATH, 20_001)
        r = rotation(settings, s)
        turned = np.swapaxes(r, 1, 2) @ ((gradient + gradient.T) / 2) @ r
        q = np.trapezoid(np.exp(-s / PATH)[:, None, None] * turned, s, axis=0)
        # 15/2 ⟨(n n − 1/3) n·Qn⟩ is the traceless part of Q, of five independent components.
        i, j = [0, 0, 0, 1, 1], [0, 1, 2, 1, 2]
        sample = 7.5 * intensity[:, None] * (n[:, i] * n[:, j] - np.equal(i, j) / 3)
        traceless = q - np.trace(q) / 3 * np.eye(3)
        # Three radii: false alarm 3e-4.
        assert p_value(sample, traceless[i, j]) > 1e-4
        # Σ_m |S_m|²/(1 + m²w²) with the parts of S about b: m = 0, 1 and 2.
        symmetric = (gradient + gradient.T) / 2 - np.trace(gradient) / 3 * np.eye(3)
        b, w = settings.field_direction, 1 / ratio
        zonal, across = b @ symmetric @ b, symmetric @ b - (b @ symmetric @ b) * b
        parts = np.array([1.5 * zonal**2, 2 * across @ across, 0])
        parts[2] = np.sum(symmetric**2) - np.sum(parts)
        closed = PATH**2 * np.sum(parts / (1 + (np.arange(3) * w) ** 2))
        assert np.sum(traceless**2) == pytest.approx(closed, rel=1e-4)

    @pytest.mark.parametrize("frame", ["fluid", "observer"])
    def test_uniform_flow(self, frame):
        """The momentum in the flow's frame is kept, with an error of second order in the step: no sky, or one boost."""
        velocity = np.array([3.0, -4.0, 12.0])
        flow = RegularFlow(velocity, np.zeros((3, 3)))
        settings = config(STILL, radius(0.2), {"sky.frame": frame})
        index, left = settings.momentum_index, []
        for refinement in (1, 2, 4):
            n, intensity = followed(settings, flow, 1000, refinement)
            # Exactly, for E/pc = c/v.
            ratio = velocity / SPEED_OF_LIGHT
            start = [boost(*-d, SPEED_OF_LIGHT / settings.particle_speed, *ratio)[:3] for d in n]
            shift = np.linalg.norm(start, axis=1) ** index - 1 if frame == "observer" else 0.0
            left.append(np.max(np.abs(intensity - shift * settings.particle_speed / index)))
        # Of the order of u²/v; that of the Compton–Getting dipole is u.
        assert left[0] < 0.02 * velocity @ velocity / settings.particle_speed
        assert np.all(np.abs(np.log2(np.divide(left[:-1], left[1:])) - 2) < 0.25)


class TestSkies:
    @pytest.mark.parametrize(
        ("ratio", "more"),
        [
            (0.2, {}),
            (1.0, {}),
            (5.0, {}),
            # Seven scatterings.
            (1.0, {"transport.scatterings": "stationary", "flow.outer_scale": "12 pc"}),
        ],
    )
    def test_orbits_are_the_expected_sky_and_noise(self, ratio, more):
        """The a_ℓm of 10 000 orbits and of the expected sky of the same flow, differences over the shot noise."""
        settings = config(BASE, radius(ratio), more, {"sky.particles": 10_000})
        orbits = realize(Setup.from_config(settings, maps=False), 0, keep_alm=True)
        same = settings.replace({"sky.sampling": "expected", "sky.particles": None})
        expected = realize(Setup.from_config(same, maps=False), 0, keep_alm=True)
        difference = orbits.alm.mean(axis=0) - expected.alm[0]
        lmax = settings.lmax
        size = (2 * np.arange(lmax + 1) + 1)[1:]
        left = size @ cross_power(difference, difference, lmax)[1:]
        # Both have 24 degrees of freedom; four skies, two sides: false alarm 8e-4.
        p = stats.f.sf(left / (size @ orbits.noise[1:]), np.sum(size), np.sum(size))
        assert 1e-4 < p < 1 - 1e-4
        # The sky stands out of the noise.
        assert size @ expected.power[1:] > 10 * left

    def test_same_bits_for_any_number_of_threads(self, monkeypatch):
        monkeypatch.setattr("eddysky.simulator.run.realization.ORBIT_BLOCK", 300)
        settings = config(BASE, radius(1), {"sky.particles": 1000, "transport.scatterings": 2})
        made = [realize(Setup.from_config(settings), 2, threads=n) for n in (1, 2, 3)]
        assert all(np.array_equal(sky.power, made[0].power) for sky in made)
        assert np.any(made[0].power)

    def test_particles_have_numbers_of_their_own(self):
        settings = config(BASE, radius(1), {"transport.scatterings": 2})
        flow, model = turbulence(settings), Helical(settings)
        _, whole = follow(model, flow, 0, 0, 50)
        _, part = follow(model, flow, 0, 20, 30)
        assert np.array_equal(whole[20:], part)
        assert not np.any(follow(model, flow, 1, 0, 50)[1] == whole)

    def test_random_fields_differ_between_realisations(self):
        more = {"transport.magnetic_field": "random", "sky.particles": 1000}
        setup = Setup.from_config(config(BASE, radius(0.3), more))
        flow = setup.flow(0)
        skies = [follow(setup.model_for(i, flow), flow, 0, 0, 20)[1] for i in (0, 1)]
        assert not np.any(skies[0] == skies[1])

    def test_outside_fields_are_followed_too(self):
        settings = config(BASE, radius(1), {"sky.particles": 1000})
        modes = turbulence(settings)
        bare = settings.replace({"flow.modes": Config().flow.modes})
        made = simulate(bare.replace({"ensemble.realizations": 1}), flow=modes, maps=0)
        setup = Setup.from_config(settings, maps=False)
        assert made.power[0] == pytest.approx(observe(setup, modes, 0).power, rel=1e-12)
