"""Parallel transport from configuration to sky: closed cases, symmetry about the field, both samplings."""

import healpy
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from eddysky.simulator import Config, simulate
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.run.realization import Setup, realize
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
