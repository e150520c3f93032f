"""Particles in a magnetic field without steps, against quadrature along helices, closed forms and expected skies.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import special, stats
from settings import QUIET, config, gradient_of, uniform_flow, vector, velocity_gradient

from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.config.quantities import larmor_radius
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.sky.harmonics import cross_power
from eddysky.simulator.transport.free_paths import work_paths
from eddysky.simulator.transport.work import follow

PATH, LMAX = 10.0, 5
EXPONENTIAL = {"transport.free_path": "exponential"}
ERLANG = {"transport.free_path": "erlang", "transport.erlang_order": 4}
FIXED = {"transport.free_path": "fixed"}
STATIONARY = {"transport.scatterings": "stationary"}
DRIFT = {"transport.mode": "drift-kinetic"}
WAVES = {
    "flow.outer_scale": "30 pc",
    "flow.inner_scale": "8 pc",
    "flow.modes": 64,
    "sky.nside": 4,
    "sky.lmax": LMAX,
    "sky.sampling": "random",
}
MATRIX = np.array([[0.3, 0.2, 0.0], [0.1, -0.1, 0.2], [-0.4, 0.0, -0.15]])


@dataclass(frozen=True)
class UniformPath(FreePathLaw):
    width: float
    name = "uniform"

    def quantile(self, probability):
        return 1 + self.width * (np.asarray(probability) - 0.5)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q) * np.sinc(self.width * q / (2 * np.pi))


def helical(turns):
    """Settings of helical transport with λ/r_L = turns."""
    return {
        "transport.mode": "helical",
        "transport.magnetic_field": [70, 35],
        "transport.magnetic_field_strength": f"{abs(turns) * larmor_radius(10.0, 1, 1.0) / PATH!r} uG",
        "cosmic_rays.charge": int(math.copysign(1, turns)),
    }


def followed(settings, count, first=0):
    """Arrival directions and intensities of particles."""
    setup = Setup.from_config(settings)
    flow = setup.flow(0)
    model = setup.model_for(0, flow)
    arrivals, intensity = follow(model, model.felt_flow(flow), 0, first, count)
    return arrivals.directions, intensity


def quadrature_sky(settings, modes, flights):
    """a_ℓm up to LMAX, m by m, in units of D/v, from the response to each wave on a grid of directions."""
    law, field, radius = settings.transport.law, settings.field_direction, settings.larmor_radius
    x, weight = np.polynomial.legendre.leggauss(300)
    s = 10 * (x + 1)
    alive = 10 * weight * special.gammaincc(law.order, law.order * s)
    density = 10 * weight * stats.gamma(law.order, scale=1 / law.order).pdf(s)
    z, wz = np.polynomial.legendre.leggauss(26)
    phi = 2 * math.pi * np.arange(48) / 48
    theta = np.repeat(np.arccos(z), 48)
    phi, size = np.tile(phi, 26), np.repeat(wz, 48) * 2 * math.pi / 48
    n = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    amplitude, k = modes.cosines - 1j * modes.sines, modes.wavevectors
    pitch = n @ field
    across = n - pitch[:, None] * field
    aside = np.cross(field, across)
    work = np.zeros((len(n), len(k)), dtype=complex)
    reach = np.zeros_like(work)
    for path, one, other in zip(PATH * s, alive, density, strict=True):
        angle = path / radius
        turned = pitch[:, None] * field + math.cos(angle) * across + math.sin(angle) * aside
        place = (
            (pitch * path)[:, None] * field
            + radius * math.sin(angle) * across
            + radius * (1 - math.cos(angle)) * aside
        )
        phase = np.exp(1j * place @ k.T)
        work += PATH * one * 1j * (turned @ k.T) * (turned @ amplitude.T) * phase
        reach += other * phase
    kept = size @ reach / (4 * math.pi)
    deeper = (1 - kept ** (flights - 1)) / (1 - kept)
    sky = np.sum(work + reach * (size @ work / (4 * math.pi) * deeper), axis=1).real
    return np.array(
        [
            np.sum(size * sky * special.sph_harm_y(ell, m, theta, phi).conj())
            for m in range(LMAX + 1)
            for ell in range(m, LMAX + 1)
        ]
    )


@pytest.mark.parametrize(
    ("radius", "law", "flights"),
    [(0.2, EXPONENTIAL, 3), (1.0, ERLANG, 1), (1.0, EXPONENTIAL, math.inf), (5.0, EXPONENTIAL, 1)],
)
def test_helical_particles_scatter_about_the_quadrature_along_helices(radius, law, flights):
    scatterings = "stationary" if math.isinf(flights) else flights
    count = 30_000 if math.isinf(flights) else 100_000
    settings = config(
        WAVES,
        law,
        helical(1 / radius),
        {"sky.particles": count, "transport.scatterings": scatterings},
    )
    setup = Setup.from_config(settings)
    made = realize(setup, 0, keep_alm=True)
    expected = quadrature_sky(settings, setup.flow(0).parts[0], flights)
    expected *= settings.momentum_index / settings.particle_speed
    difference = np.mean(made.alm, axis=0) - expected
    weights = 2 * np.arange(1, LMAX + 1) + 1
    left = weights @ cross_power(difference, difference, LMAX)[1:]
    noise = weights @ made.noise[1:]
    # Both are of 35 squares. Four cases at 1e-4: false alarm 4e-4.
    assert stats.f.sf(left / noise, 35, 35) > 1e-4
    # The sky is not lost in the noise.
    assert weights @ made.power[1:] > 5 * noise
    # The mean within 4.5 standard errors, whose square is the noise of ℓ = 0: false alarm 3e-5.
    assert abs(difference[0].real) < 4.5 * math.sqrt(noise / weights.sum())


@pytest.mark.parametrize(
    ("settings", "particles"),
    [
        (EXPONENTIAL | {"sky.frame": "observer"}, 50_000),
        (FIXED | {"transport.scatterings": 3}, 50_000),
        (ERLANG | {"transport.scatterings": 2}, 50_000),
        (EXPONENTIAL | STATIONARY | {"flow.transverse_fraction": 1}, 30_000),
        (FIXED | STATIONARY | {"flow.anisotropy": "slab"}, 30_000),
        (
            EXPONENTIAL | {"flow.anisotropy": "goldreich-sridhar", "flow.polarization": "slow"},
            50_000,
        ),
    ],
)
def test_drift_kinetic_particles_scatter_about_the_expected_sky(settings, particles):
    given = config(WAVES, DRIFT, settings, {"sky.particles": particles})
    made = realize(Setup.from_config(given), 0, keep_alm=True)
    given = config(WAVES, DRIFT, settings, {"sky.sampling": "expected"})
    sky = realize(Setup.from_config(given), 0, keep_alm=True)
    difference = np.mean(made.alm, axis=0) - sky.alm[0]
    weights = 2 * np.arange(1, LMAX + 1) + 1
    left = weights @ cross_power(difference, difference, LMAX)[1:]
    noise = weights @ made.noise[1:]
    # Both are of 35 squares. Six cases at 1e-4: false alarm 6e-4.
    assert stats.f.sf(left / noise, 35, 35) > 1e-4
    # The sky is not lost in the noise.
    assert weights @ made.power[1:] > 5 * noise
    assert made.zonal is not None


def test_alfven_waves_leave_drift_kinetic_particles_alone():
    for anisotropy in ("isotropic", "slab", "two-dimensional", "goldreich-sridhar"):
        waves = {"flow.anisotropy": anisotropy, "flow.polarization": "alfven"}
        _, intensity = followed(config(WAVES, DRIFT, EXPONENTIAL, waves), 500)
        assert np.max(np.abs(intensity)) < 1e-18


@pytest.mark.parametrize("scatterings", [1, 3, "stationary"])
@pytest.mark.parametrize("turns", [0.1, 1, 10, -1])
def test_hall_dipole(turns, scatterings):
    gradient = np.array([1e-3, 2e-3, -1.5e-3])
    given = config(
        QUIET,
        helical(turns),
        gradient_of(gradient),
        {"transport.scatterings": scatterings, "sky.sampling": "random"},
    )
    n, intensity = followed(given, 40_000)
    field = given.field_direction
    along = (gradient @ field) * field
    across = gradient - along
    dipole = PATH * (along + (across + turns * np.cross(gradient, field)) / (1 + turns**2))
    samples = 3 * intensity[:, None] * n
    error = np.std(samples, axis=0) / math.sqrt(len(samples))
    # 5 standard errors, three components, twelve cases: false alarm 2e-5.
    assert np.all(np.abs(np.mean(samples, axis=0) - dipole) < 5 * error)


@pytest.mark.parametrize("turns", [0.1, 1, 10, -1])
def test_quadrupole_of_a_uniform_gradient(turns):
    given = config(QUIET, helical(turns), velocity_gradient(MATRIX), {"sky.sampling": "random"})
    n, intensity = followed(given, 40_000)
    field = given.field_direction
    # Harmonics of order m about b are divided by 1 + imw: the projections on them of the symmetric traceless part.
    first = np.cross(field, [0.3, -0.5, 0.7])
    first /= np.linalg.norm(first)
    plus = first + 1j * np.cross(field, first)
    tensor = (MATRIX + MATRIX.T) / 2 - np.trace(MATRIX) / 3 * np.eye(3)
    basis = {
        0: math.sqrt(1.5) * (np.outer(field, field) - np.eye(3) / 3),
        1: (np.outer(field, plus) + np.outer(plus, field)) / 2,
        2: np.outer(plus, plus) / 2,
    }
    expected = np.zeros((3, 3))
    for m, part in basis.items():
        # The coefficient of the wave e^(imφ) that turns with the particle.
        turned = np.sum(tensor * part.conj()) / (1 - 1j * m * turns) * part
        expected += turned.real * (1 if m == 0 else 2)
    shift = given.momentum_index / given.particle_speed * PATH
    samples = 7.5 * intensity[:, None, None] * (n[:, :, None] * n[:, None, :] - np.eye(3) / 3)
    error = np.std(samples, axis=0) / math.sqrt(len(samples))
    # 5 standard errors, six components, four cases: false alarm 1e-5.
    assert np.all(np.abs(np.mean(samples, axis=0) - shift * expected) < 5 * error)
    mean, spread = np.mean(intensity), np.std(intensity) / math.sqrt(len(n))
    assert abs(mean - shift * np.trace(MATRIX) / 3) < 5 * spread


@pytest.mark.parametrize(
    "mode", [DRIFT | EXPONENTIAL, helical(1.0)], ids=["drift-kinetic", "helical"]
)
def test_a_uniform_flow_shows_only_the_motion_of_the_observer(mode):
    flow, given = np.array([3.0, -20.0, 11.0]), [QUIET, mode, {"sky.sampling": "random"}]
    given.append(uniform_flow(flow) | {"transport.scatterings": 2})
    _, intensity = followed(config(*given), 300)
    assert not np.any(intensity)
    settings = config(*given, {"sky.frame": "observer"})
    n, intensity = followed(settings, 300)
    if mode != helical(1.0):
        field = settings.field_direction
        flow = (flow @ field) * field
    shift = settings.momentum_index / settings.particle_speed
    np.testing.assert_allclose(intensity, shift * n @ flow, rtol=0, atol=1e-17)


@pytest.mark.parametrize("mode", [DRIFT | FIXED, helical(1.0)], ids=["drift-kinetic", "helical"])
def test_particles_are_the_same_in_any_blocks(mode):
    settings = config(WAVES, mode, {"transport.scatterings": 2})
    _, together = followed(settings, 100)
    apart = [followed(settings, 50, first)[1] for first in (0, 50)]
    assert np.array_equal(together, np.concatenate(apart))


@pytest.mark.parametrize(
    "law", [EXPONENTIAL, FIXED, ERLANG, ERLANG | {"transport.erlang_order": 5}]
)
def test_places_of_work_follow_the_survival_of_paths(law):
    given = config(law)
    place, weight = work_paths(given, 50_000, (3, 0, 0), 1)
    assert np.all(weight == 1)
    order = getattr(given.transport.law, "order", 0)

    def distribution(s):
        """∫₀^s P(path > t) dt = s P(path > s) + ∫₀^s t p(t) dt."""
        if order == 0:
            return np.clip(s, 0, 1)
        return s * special.gammaincc(order, order * s) + special.gammainc(order + 1, order * s)

    # Four cases at 1e-4.
    assert stats.kstest(place / PATH, distribution).pvalue > 1e-4


def test_places_of_work_of_other_laws_have_weights():
    given = config({"transport.free_path": UniformPath(1.2)})
    place, weight = work_paths(given, 100_000, (3, 0, 0), 1)
    # ⟨cos s'⟩ and ⟨sin s'⟩ are those of (G − 1)/i.
    law = given.transport.law
    values = weight * np.exp(1j * place / PATH)
    expected = (law.characteristic(1.0) - 1) / 1j
    for part, wanted in ((values.real, expected.real), (values.imag, expected.imag)):
        # 5 standard errors: false alarm 1e-6.
        assert abs(np.mean(part) - wanted) < 5 * np.std(part) / math.sqrt(len(part))


def test_particles_carry_the_weights_of_their_paths():
    even = velocity_gradient(0.1 * np.eye(3))
    law = {"transport.free_path": UniformPath(1.2), "sky.sampling": "random"}
    given = config(QUIET, DRIFT, even, law)
    _, intensity = followed(given, 1000)
    # N·(N·∇)u is 0.1 km/s/pc everywhere, so the intensity is that of the path, here evenly within ±0.6 of its mean.
    weights = intensity * given.particle_speed / (given.momentum_index * PATH * 0.1)
    # Kolmogorov–Smirnov at 1e-4.
    assert stats.kstest(weights, stats.uniform(0.4, 1.2).cdf).pvalue > 1e-4


def test_gradients_are_averaged_over_the_gyration():
    shear = {"flow.velocity_gradient": [vector(row, "km/s/pc") for row in MATRIX]}
    given = config(QUIET, DRIFT, FIXED, shear, {"sky.sampling": "random"})
    n, intensity = followed(given, 100)
    field = given.field_direction
    mu, parallel = n @ field, field @ MATRIX @ field
    expected = mu**2 * parallel + (1 - mu**2) / 2 * (np.trace(MATRIX) - parallel)
    shift = given.momentum_index / given.particle_speed * PATH
    np.testing.assert_allclose(intensity, shift * expected, rtol=1e-12)
