"""Particles with small-angle scattering: single waves, order of convergence, closed cases.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import ive
from settings import config, gradient_of, uniform_flow, vector, velocity_gradient
from waves import (
    AMPLITUDE,
    PATH,
    SOURCE,
    follow,
    measured,
    predicted,
    stationary,
    tridiagonal,
    wave,
)

from eddysky.simulator.flow.fields import Superposition
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport import walk as module
from eddysky.simulator.transport.walk import concentration, turns, walk

EPS = np.finfo(float).eps
SMALL_ANGLE = {"transport.collisions": "small-angle"}
QUIET = {
    "flow.velocity_dispersion": "0 km/s",
    "sky.sampling": "random",
    "sky.particles": 2000,
    "sky.nside": 4,
}
RATES = np.arange(61) * (np.arange(61) + 1) / 2


def exact(q):
    return tridiagonal(q, 0, RATES), tridiagonal(q, 1, RATES)


def scheme(q, m, lengths, lmax=60):
    """Mean of the walk with these steps, from its turns and moves as matrices in ℓ."""
    ell = np.arange(m, lmax + 1)
    beside = np.sqrt((ell[1:] ** 2 - m * m) / (4 * ell[1:] ** 2 - 1))
    cosines, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    source = np.zeros(len(ell))
    source[1 - m] = SOURCE

    def moved(f, length):
        return vectors @ (np.exp(1j * q * length * cosines) * (vectors.T @ f))

    f, ahead = np.zeros(len(ell), dtype=complex), 0.0
    for length in reversed(lengths):
        half, kappa = math.tanh(length / 2), concentration(length)
        turned = ive(ell + 0.5, kappa) / ive(0.5, kappa) * moved(f, half + ahead)
        f, ahead = turned + (1 - math.exp(-length)) * source, half
    return moved(f, ahead)


def steps_of(settings, flow):
    return [step.length for step in turns(settings, flow)]


def p_value(pulls):
    return stats.chi2.sf(np.sum(np.square(pulls)), len(pulls))


class TestOneWave:
    @pytest.mark.parametrize("q", [0.5, 2.0, 8.0])
    def test_multipoles(self, q):
        settings = stationary(q, q, SMALL_ANGLE)
        value, error = measured(*follow(walk, settings, wave(q), 100_000))
        expected = predicted(*exact(q))
        # Thirteen multipoles, three waves: false alarm 3e-4. Steps are wrong by less than 1%, below the errors.
        assert p_value((value - expected) / error) > 1e-4
        # The transverse multipoles above the dipole stand out of the noise.
        assert np.max(np.abs(value / error)[8:]) > 5

    def test_waves_of_all_lengths_together(self):
        settings = stationary(0.4, 6.0, SMALL_ANGLE)
        flow = Superposition((wave(0.4), wave(6.0, 1j * AMPLITUDE)))
        value, error = measured(*follow(walk, settings, flow, 100_000))
        expected = predicted(*exact(0.4)) + predicted(*exact(6.0), amplitude=1j * AMPLITUDE)
        # False alarm 1e-4.
        assert p_value((value - expected) / error) > 1e-4
        # Short waves are left out when they are forgotten.
        acting = [step.potential.k_max * PATH for step in turns(settings, flow)]
        assert acting[0] == pytest.approx(6.0)
        assert acting[-1] == pytest.approx(0.4)

    def test_observer_frame_adds_the_flow_here(self):
        flow, settings = wave(2.0), stationary(2.0, 2.0, SMALL_ANGLE)
        at_rest = settings.replace({"sky.frame": "observer"})
        arrivals, fluid = follow(walk, settings, flow, 1000)
        _, observer = follow(walk, at_rest, flow, 1000)
        here = arrivals.directions @ AMPLITUDE.real
        # The kernel's cosine is good to 4e-9.
        assert np.max(np.abs(observer - fluid - here)) < 8e-9 * np.sum(np.abs(AMPLITUDE))

    @pytest.mark.parametrize("q", [1.0, 5.0])
    def test_parallel_transport_leaves_only_the_dipole(self, q):
        # b along z, and k too.
        field = {"transport.mode": "parallel", "transport.magnetic_field": [0, 90]}
        settings = stationary(12.0, 12.0, SMALL_ANGLE, field)
        value, error = measured(*follow(walk, settings, wave(q), 2000))
        u = AMPLITUDE[2]
        expected = np.zeros(13)
        # f = iA/q, and −n·u(0).
        expected[0] = math.sqrt(4 * math.pi) * (1j * u / q).real
        expected[1] = -SOURCE * u.real
        # Thirteen multipoles, two waves: false alarm 2e-4.
        assert p_value((value - expected) / error) > 1e-4


class TestSteps:
    @pytest.mark.parametrize("q", [0.1, 1.0, 3.0, 10.0, 30.0])
    def test_steps_are_good_to_a_percent_up_to_six(self, q):
        lengths = steps_of(stationary(q, q, SMALL_ANGLE), wave(q))
        for m in (0, 1):
            right, made = tridiagonal(q, m, RATES), scheme(q, m, lengths)
            # Of a potential wave there is nothing but ℓ = 0.
            scale = np.abs(right[:6]) if m == 1 else np.abs(right[0])
            assert np.max(np.abs(made[:6] - right[:6]) / scale) < 0.01

    def test_error_is_of_second_order(self):
        lengths = np.array(steps_of(stationary(3.0, 3.0, SMALL_ANGLE), wave(3.0)))
        right = tridiagonal(3.0, 1, RATES)
        errors = [
            np.linalg.norm(scheme(3.0, 1, (np.repeat(lengths, parts) / parts).tolist()) - right)
            for parts in (1, 2, 4)
        ]
        orders = np.log2(np.array(errors[:-1]) / errors[1:])
        assert np.all(np.abs(orders - 2) < 0.3), orders

    def test_particles_make_the_steps_of_the_scheme(self, monkeypatch):
        q, lengths = 2.0, [0.8] * 9
        flow = wave(q)
        coarse = [module.Turn(length, *module.potential_and_other(flow)) for length in lengths]
        monkeypatch.setattr(module, "turns", lambda config, flow: coarse)
        value, error = measured(*follow(walk, stationary(q, q, SMALL_ANGLE), flow, 200_000))
        made = predicted(scheme(q, 0, lengths), scheme(q, 1, lengths))
        # The last turn has the whole of n·u instead of (n − n')·u: nothing is remembered there. False alarm 1e-4.
        assert p_value((value - made) / error) > 1e-4
        # Steps so long are visible.
        assert p_value((value - predicted(*exact(q))) / error) < 1e-10


class TestClosedCases:
    def test_density_gradient_is_exact(self):
        settings = config(QUIET, SMALL_ANGLE, gradient_of((3e-4, -4e-4, 12e-4)))
        power = realize(Setup.from_config(settings), 0).power
        expected = 4 * math.pi / 9 * (PATH * 13e-4) ** 2
        assert power[1] == pytest.approx(expected, rel=256 * EPS)
        assert np.max(np.abs(np.delete(power, 1))) <= (256 * EPS) ** 2 * expected

    @pytest.mark.parametrize("frame", ["fluid", "observer"])
    def test_uniform_flow(self, frame):
        settings = config(QUIET, SMALL_ANGLE, uniform_flow((3.0, -4.0, 12.0)), {"sky.frame": frame})
        power = realize(Setup.from_config(settings), 0).power
        size = 4 * math.pi / 9 * (settings.momentum_index * 13 / settings.particle_speed) ** 2
        # Rounding errors of some hundred turns.
        assert np.max(np.abs(np.delete(power, 1))) <= (1e4 * EPS) ** 2 * size
        assert power[1] == pytest.approx(size if frame == "observer" else 0, abs=1e4 * EPS * size)

    def test_shear_is_a_third_of_the_quadrupole_of_one_step(self):
        # ν_2 f_2 = (gradient of the density of the source): one third of that of BGK collisions, ν_2 = 1.
        shear = np.array(((0.1, 0.3, -0.2), (0.0, -0.2, 0.15), (0.4, 0.0, 0.1)))
        settings = config(QUIET, SMALL_ANGLE, velocity_gradient(shear), {"sky.particles": 20_000})
        skies = np.array([realize(Setup.from_config(settings), i).power[:4] for i in range(12)])
        s = (shear + shear.T) / 2
        factor = settings.momentum_index * PATH / settings.particle_speed
        expected = 8 * math.pi / 75 * factor**2 * np.sum(s * s) / 9
        error = np.std(skies[:, 2], ddof=1) / math.sqrt(12)
        # Student t of 11 at 1e-4.
        assert abs(np.mean(skies[:, 2]) - expected) < stats.t.isf(1e-4 / 2, 11) * error
        assert error < 0.1 * expected

    def test_excess_where_the_density_grows_and_flows_come_from(self):
        n = np.array([0.36, 0.48, 0.8])
        flow = {"flow.mean_velocity": vector(-20 * n, "km/s"), "sky.frame": "observer"}
        for cause in (flow, gradient_of(1e-3 * n)):
            setup = Setup.from_config(config(QUIET, SMALL_ANGLE, cause))
            arrivals, intensity = walk(setup.model, setup.flow(0), 0, 0, 100)
            assert np.all(intensity * (arrivals.directions @ n) > 0)


class TestNumbers:
    def test_same_bits_for_any_number_of_threads(self, monkeypatch):
        monkeypatch.setattr("eddysky.simulator.run.realization.PARTICLE_BLOCK", 300)
        settings = stationary(1.0, 3.0, SMALL_ANGLE)
        made = [realize(Setup.from_config(settings), 2, threads=n) for n in (1, 2, 3)]
        assert all(np.array_equal(sky.power, made[0].power) for sky in made)
        assert np.any(made[0].power)

    def test_particles_have_numbers_of_their_own(self):
        settings, flow = stationary(2.0, 2.0, SMALL_ANGLE), wave(2.0)
        model = Setup.from_config(settings).model_for(0, flow)
        _, whole = walk(model, flow, 0, 0, 50)
        _, part = walk(model, flow, 0, 20, 30)
        assert np.array_equal(whole[20:], part)
        assert not np.any(walk(model, flow, 1, 0, 50)[1] == whole)

    def test_noise_is_that_of_the_better_estimator(self):
        # Potential waves telescope: the walk's end has the variance of φ = A/q, whatever the length of the walk.
        q = 0.5
        potential = AMPLITUDE * np.array([0, 0, 1])
        _, intensity = follow(walk, stationary(q, q, SMALL_ANGLE), wave(q, potential), 4000)
        # The end's φ, rms |A|/√2 q, with −n·u(0), at most rms |A|/√3.
        largest = abs(potential[2]) * math.sqrt(0.5 / q**2 + 1 / 3)
        assert np.std(intensity) < 1.1 * largest
        # Transverse waves longer than λ: without the differences, ∫ n·u ds over 7 λ has 14/3 of u².
        transverse = AMPLITUDE * np.array([1, 0, 0])
        settings = stationary(0.1, 0.1, SMALL_ANGLE, {"flow.transverse_fraction": 1})
        _, intensity = follow(walk, settings, wave(0.1, transverse), 4000)
        assert np.std(intensity) < 0.3 * abs(transverse[0])
