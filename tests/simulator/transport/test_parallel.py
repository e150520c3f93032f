"""Parallel transport from configuration to sky: closed cases, symmetry about the field, both samplings."""

import healpy
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from eddysky.simulator import Config, simulate
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.flow.field_aligned import FieldAligned
from eddysky.simulator.run.realization import Setup, observe, realize
from eddysky.simulator.sky.frames import from_field_frame
from eddysky.simulator.sky.grids import ZonalGrid
from eddysky.simulator.transport import parallel
from eddysky.validation import predict

STILL = {"flow.velocity_dispersion": "0 km/s", "transport.mode": "parallel", "sky.nside": 16}


def one(settings):
    config = Config().replace(settings | {"ensemble.realizations": 1})
    return config, simulate(config).power[0]


def field(config):
    return np.asarray(config.field_direction)


def test_field_direction_is_that_of_ra_and_dec():
    config = Config().replace({"transport.mode": "parallel"})
    np.testing.assert_allclose(
        field(config), healpy.ang2vec(229.2, 11.4, lonlat=True), rtol=0, atol=1e-15
    )


def test_gradient_is_seen_along_the_field():
    config, power = one(
        STILL | {"transport.density_gradient": ["0.00005 1/pc", "-0.00003 1/pc", "0.00002 1/pc"]}
    )
    expected = 4 * np.pi / 9 * (10 * field(config) @ [5e-5, -3e-5, 2e-5]) ** 2
    assert power[1] == pytest.approx(expected, rel=1e-12)
    assert np.max(np.delete(power, 1)) < 1e-25


@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_uniform_flow(frame):
    config, power = one(
        STILL | {"flow.mean_velocity": ["20 km/s", "5 km/s", "-7 km/s"], "sky.frame": frame}
    )
    speed = field(config) @ [20, 5, -7]
    expected = 4 * np.pi / 9 * (4.7 * speed / SPEED_OF_LIGHT) ** 2 if frame == "observer" else 0.0
    # Second order in u/c.
    assert power[1] == pytest.approx(expected, rel=1e-4, abs=1e-25)
    assert np.max(np.delete(power, 1)) < 1e-6 * max(expected, 1e-18)


def test_velocity_gradient_makes_mean_and_quadrupole():
    gradient = np.array([[0.5, 1.0, 0.0], [0.0, -0.2, 0.3], [0.1, 0.0, 0.4]])
    text = [[f"{value} km/s/pc" for value in row] for row in gradient.tolist()]
    config, power = one(STILL | {"flow.velocity_gradient": text})
    along = field(config) @ gradient @ field(config) * 10 * 4.7 / SPEED_OF_LIGHT
    assert power[2] == pytest.approx(16 * np.pi / 225 * along**2, rel=1e-4)
    assert power[0] == pytest.approx(4 * np.pi * (along / 3) ** 2, rel=1e-3)


def test_sky_depends_on_the_pitch_angle_alone():
    """At nside 64 all m but zero, in the frame of the field, hold below 1e-4 of the power of m = 0."""
    config = Config().replace(
        {"transport.mode": "parallel", "flow.modes": 256, "flow.inner_scale": "0.56 pc"}
    )
    sky = realize(Setup.from_config(config), 0, keep_map=True)
    assert sky.sky is not None
    alm = healpy.map2alm(sky.sky.intensity, lmax=96, iter=10)
    # A sky with one m has single C_ℓ near zero by chance: there the aliasing of others shows.
    np.testing.assert_allclose(
        healpy.alm2cl(alm)[1:65], sky.power[1:65], rtol=1e-4, atol=1e-7 * sky.power[1]
    )
    turn = Rotation.align_vectors([[0, 0, 1]], [field(config)])[0]
    psi, theta, phi = turn.as_euler("ZYZ")
    healpy.rotate_alm(alm, phi, theta, psi)
    ell, m = healpy.Alm.getlm(96)
    low = ell <= 64
    others = 2 * np.sum(np.abs(alm[low & (m > 0)]) ** 2)
    assert others < 1e-4 * np.sum(np.abs(alm[low & (m == 0)]) ** 2)


def test_random_sampling_is_unbiased_and_does_not_mind_the_direction_of_the_field():
    """Paired with pixel centres of the same flows; 4.5 standard errors: false alarm 7e-6 a multipole."""
    base = {
        "transport.mode": "parallel",
        "sky.nside": 8,
        "flow.modes": 64,
        "flow.outer_scale": "100 pc",
    }
    many = base | {"ensemble.realizations": 40}
    exact = simulate(Config().replace(many), maps=0).power
    noisy = simulate(
        Config().replace(many | {"sky.sampling": "random", "sky.particles": 20_000}), maps=0
    ).power
    difference = noisy - exact
    error = difference.std(axis=0, ddof=1) / np.sqrt(len(difference))
    assert np.all(np.abs(difference.mean(axis=0)) < 4.5 * error)


def test_same_bits_for_any_number_of_threads():
    config = Config().replace(
        {
            "transport.mode": "parallel",
            "transport.free_path": "exponential",
            "sky.nside": 4,
            "flow.modes": 64,
            "sky.particles": 200_000,
            "ensemble.realizations": 1,
        }
    )
    one_thread, two = (simulate(config, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one_thread.power, two.power)
    np.testing.assert_array_equal(one_thread.maps, two.maps)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_prediction_of_all_regular_parts_together(frame):
    """Flow, gradient and density in one: the verdict is up to what first order in u/c leaves out."""
    gradient = [["0.5 km/s/pc", "1 km/s/pc", "0 km/s/pc"]] * 3
    config, power = one(
        STILL
        | {
            "sky.frame": frame,
            "flow.mean_velocity": ["20 km/s", "5 km/s", "-7 km/s"],
            "flow.velocity_gradient": gradient,
            "transport.density_gradient": ["0.00005 1/pc", "-0.00003 1/pc", "0.00002 1/pc"],
        }
    )
    # The parts of second order are some 1e-4 of those of first order, in the power and through their product.
    np.testing.assert_allclose(power[:3], predict(config).c_ell[:3], rtol=1e-3)
    assert np.max(power[3:]) < 1e-6 * np.max(power[:3])


class Wave:
    """A plane wave, so slow that second order in u/v does not show."""

    k_max = 0.7

    def velocity(self, points):
        return 1e-3 * np.cos(points @ [0.3, -0.6, 0.2] + 0.4)[:, None] * [1.0, 2.0, -3.0]


def test_any_velocity_field_is_projected():
    """(D/v) (n·b) b·[u(λ(n·b)b) − u(0)] to 1e-6, of a field that `observe` is given."""
    config = Config().replace({"transport.mode": "parallel", "sky.nside": 16})
    sky = observe(Setup.from_config(config), Wave(), 0, keep_map=True, keep_alm=True)
    b, shift = field(config), config.momentum_index / config.particle_speed

    def expected(mu):
        points = config.mean_free_path * np.append(mu, 0.0)[:, None] * b
        speed = Wave().velocity(points) @ b
        return shift * mu * (speed[:-1] - speed[-1])

    grid = ZonalGrid.for_multipoles(config.lmax, 200)
    zonal = grid.analyse(expected(grid.mu))
    bound = 1e-6 * np.max(np.abs(zonal))
    np.testing.assert_allclose(sky.zonal[0], zonal, rtol=0, atol=bound)
    # The rotation sums some ten terms of each of 17 multipoles: no more than rounding.
    np.testing.assert_allclose(sky.alm[0], from_field_frame(zonal, b), rtol=0, atol=bound)
    power = zonal**2 / (2 * np.arange(17) + 1)
    np.testing.assert_allclose(sky.power, power, rtol=0, atol=1e-6 * np.max(power))
    pixels = np.stack(healpy.pix2vec(16, np.arange(12 * 16**2)), axis=1)
    seen = expected(pixels @ b) - zonal[0] / np.sqrt(4 * np.pi)
    np.testing.assert_allclose(sky.sky.intensity, seen, rtol=0, atol=1e-6 * np.max(np.abs(seen)))


def test_modes_along_the_field_are_the_projection_of_the_modes():
    config = Config().replace(
        {"transport.mode": "parallel", "flow.modes": 64, "flow.mean_velocity": ["9 km/s"] * 3}
    )
    setup = Setup.from_config(config)
    flow = setup.flow(0)
    line = np.linspace(-10, 10, 21)[:, None] * field(config)
    expected = FieldAligned(flow, field(config)).velocity(line)
    # Both mode sums carry the errors of the fast cosine, 3.4e-9 of the sum of amplitudes, at most twice.
    size = sum(np.sum(np.abs(part)) for part in (flow.parts[0].cosines, flow.parts[0].sines))
    felt = setup.model.felt_flow(flow).velocity(line)
    np.testing.assert_allclose(felt, expected, rtol=0, atol=6.8e-9 * size)


def test_a_lm_are_rotated_only_where_they_are_kept(monkeypatch):
    config = Config().replace({"transport.mode": "parallel", "sky.nside": 4, "flow.modes": 8})
    rotations = []

    def counted(zonal, b):
        rotations.append(b)
        return from_field_frame(zonal, b)

    monkeypatch.setattr(parallel, "from_field_frame", counted)
    setup = Setup.from_config(config)
    assert realize(setup, 0, keep_map=True).alm is None
    assert not rotations
    assert realize(setup, 0, keep_alm=True).alm.shape == (1, 15)
    assert len(rotations) == 1


def test_each_realization_has_the_random_field_of_its_index():
    random = {"transport.mode": "parallel", "transport.magnetic_field": "random", "sky.nside": 4}
    config = Config().replace(random | {"flow.modes": 32})
    for index in (0, 3):
        fixed = config.for_realization(index)
        one, other = (realize(Setup.from_config(c), index, keep_map=True) for c in (config, fixed))
        np.testing.assert_array_equal(one.sky.intensity, other.sky.intensity)
    fields = [Setup.from_config(config).model.for_realization(i).field for i in (0, 3)]
    assert np.linalg.norm(fields[0] - fields[1]) > 0.1
