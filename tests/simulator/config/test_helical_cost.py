"""Nodes and time of expected helical skies."""

import math

import ducc0
import numpy as np
import pytest
from scipy.special import jv

from eddysky.simulator import Config, InputError
from eddysky.simulator.config.helical_cost import expected_time, polar_nodes_needed

HELICAL = {"transport.mode": "helical", "sky.nside": 32}


def gauss(count):
    """Gauss–Legendre nodes and weights, of any number in no time."""
    return np.cos(ducc0.misc.GL_thetas(count)), ducc0.misc.GL_weights(count, 1) / (2 * math.pi)


@pytest.mark.parametrize("order", [1, 2, 30, 3000])
@pytest.mark.parametrize("along", [0.1, 5.0, 300.0])
def test_nodes_resolve_poles(order, along):
    needed = polar_nodes_needed(1.0, order, 0, np.array([along]), np.zeros(1))
    mu, weights = gauss(math.ceil(needed[0]))
    found = weights @ (1 - 1j * along * mu / order) ** -float(order)
    if order == 1:
        expected = 2 * math.atan(along) / along
    else:
        ends = [(1 + sign * 1j * along / order) ** (1.0 - order) for sign in (1, -1)]
        expected = (ends[1] - ends[0]) / (1j * along * (1 - 1 / order))
    assert abs(found - expected) < 1e-10


@pytest.mark.parametrize("across", [0.1, 5.0, 300.0])
def test_nodes_resolve_the_gyration(across):
    needed = polar_nodes_needed(1.0, 1, 0, np.zeros(1), np.array([across]))
    mu, weights = gauss(math.ceil(needed[0]))
    # The integral of J_0(2z sin θ) over cos θ, which contains all J_n².
    found = weights @ jv(0, 2 * across * np.sqrt((1 - mu) * (1 + mu)))
    assert abs(found - math.sin(2 * across) / across) < 1e-10


def test_slow_skies_are_refused():
    slow = {"transport.magnetic_field_strength": "1e-4 uG", "sky.lmax": 90}
    chosen = Config().replace(HELICAL | slow)
    assert 1 < expected_time(chosen) < 1000
    with pytest.raises(InputError, match=r"sky.sampling .*: a sky takes about .* at most 1000 s"):
        chosen.replace({"flow.modes": 1_000_000})
    assert chosen.replace({"flow.modes": 1_000_000, "sky.sampling": "random"}).sampling == "random"
    # Strong fields, and skies without turbulence.
    assert chosen.replace({"transport.magnetic_field_strength": "3 uG", "flow.modes": 1_000_000})
    assert chosen.replace({"flow.velocity_dispersion": "0 km/s", "flow.modes": 10_000_000})
