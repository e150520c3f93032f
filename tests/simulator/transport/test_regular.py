"""Skies of density gradients and regular flows in helical transport, against quadrature along the helix."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import gammaincc

from eddysky.simulator import Config
from eddysky.simulator.config.quantities import larmor_radius
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.sky.harmonics import dipole_alm
from eddysky.simulator.transport.regular import density_dipole, regular_sky

GRADIENT = ["1e-3 1/pc", "2e-3 1/pc", "-1.5e-3 1/pc"]
MATRIX = np.array([[0.3, 0.2, 0.0], [0.1, -0.1, 0.2], [-0.4, 0.0, -0.15]])
EXPONENTIAL = {}
ERLANG = {"transport.free_path": "erlang", "transport.erlang_order": 3}


def helical(turns, *settings):
    """Configuration with λ/r_L = turns; negative for negative charges."""
    strength = abs(turns) * larmor_radius(10.0, 1, 1.0) / 10
    given = {
        "transport.mode": "helical",
        "transport.magnetic_field": [70, 35],
        "transport.magnetic_field_strength": f"{strength!r} uG",
        "flow.velocity_dispersion": "0 km/s",
        "cosmic_rays.charge": int(math.copysign(1, turns)),
    }
    for each in settings:
        given |= each
    return Config().replace(given)


def survivals(config):
    """Nodes s along the path [pc], weights P(path > s) ds, and the rotations of the direction of motion."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    s, order = (np.arange(40)[:, None] + 0.5 * (nodes + 1)).ravel(), config.transport.law.order
    alive = np.tile(0.5 * weights, 40) * gammaincc(order, order * s)
    path = config.mean_free_path
    field, radius = config.field_direction, config.larmor_radius
    turns = Rotation.from_rotvec(np.outer(path * s / radius, field)).as_matrix()
    return path * s, path * alive, turns


@pytest.mark.parametrize("law", [EXPONENTIAL, ERLANG], ids=["exponential", "erlang"])
@pytest.mark.parametrize("turns", [0.1, 1, 10, -1])
def test_dipole_of_a_density_gradient(turns, law):
    config = helical(turns, law, {"transport.density_gradient": GRADIENT})
    _, weights, rotations = survivals(config)
    # g·x is the integral of g·N, N = R n.
    gradient = np.array(config.transport.density_gradient)
    expected = np.einsum("s,sij,i->j", weights, rotations, gradient)
    found = density_dipole(config)
    np.testing.assert_allclose(found, expected, atol=1e-10 * np.linalg.norm(expected))
    np.testing.assert_array_equal(regular_sky(config, None, 3), dipole_alm(found, 3))


@pytest.mark.parametrize("turns", [0.1, 1, 10])
def test_hall_dipole(turns):
    config = helical(turns, {"transport.density_gradient": GRADIENT})
    gradient, field = 10 * np.array(config.transport.density_gradient), config.field_direction
    along = gradient @ field * field
    across = gradient - along + turns * np.cross(gradient, field)
    expected = along + across / (1 + turns**2)
    np.testing.assert_allclose(density_dipole(config), expected, rtol=1e-12)


@pytest.mark.parametrize("law", [EXPONENTIAL, ERLANG], ids=["exponential", "erlang"])
@pytest.mark.parametrize("turns", [0.1, 1, 10, -1])
def test_velocity_gradient(turns, law, harmonics):
    config = helical(turns, law, {"transport.scatterings": 3, "sky.frame": "observer"})
    mean = np.array([5.0, -3.0, 2.0])
    alm = regular_sky(config, RegularFlow(mean, MATRIX), 2)
    _, weights, rotations = survivals(config)
    n = np.random.default_rng(1).normal(size=(20, 3))
    n /= np.linalg.norm(n, axis=1)[:, None]
    moving = rotations @ n.T
    shift = config.momentum_index / config.particle_speed
    expected = np.einsum("s,sin,ij,sjn->n", weights, moving, MATRIX, moving) + n @ mean
    # Two scatterings more, each with the mean heating.
    expected = shift * (expected + 2 * 10 * np.trace(MATRIX) / 3)
    orders = np.array([1, 1, 1, 2, 2, 2])
    found = np.sum(orders[:, None] * (alm[:, None] * harmonics(n, 2)).real, axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-10 * np.max(np.abs(expected)))


@pytest.mark.parametrize("turns", [0.1, 1, 10])
def test_quadrupole_of_a_velocity_gradient(turns):
    config = helical(turns)
    alm = regular_sky(config, RegularFlow(np.zeros(3), MATRIX), 2)
    field = config.field_direction
    axes = np.linalg.qr(np.column_stack([field, np.eye(3)[:, :2]]))[0]
    # The last axis is the field.
    s = axes[:, [1, 2, 0]].T @ (0.5 * (MATRIX + MATRIX.T)) @ axes[:, [1, 2, 0]]
    s -= np.trace(s) / 3 * np.eye(3)
    squares = [
        1.5 * s[2, 2] ** 2,
        2 * (s[0, 2] ** 2 + s[1, 2] ** 2),
        0.5 * (s[0, 0] - s[1, 1]) ** 2 + 2 * s[0, 1] ** 2,
    ]
    assert sum(squares) == pytest.approx(np.sum(s**2), rel=1e-12)
    damped = sum(x / (1 + (m * turns) ** 2) for m, x in enumerate(squares))
    shift = config.momentum_index / config.particle_speed
    expected = 8 * math.pi / 75 * (10 * shift) ** 2 * damped
    power = (np.abs(alm[[2]]) ** 2 + 2 * (np.abs(alm[[4]]) ** 2 + np.abs(alm[[5]]) ** 2)) / 5
    assert power[0] == pytest.approx(expected, rel=1e-10)
    assert np.max(np.abs(alm[[1, 3]])) < 1e-15 * abs(shift)
