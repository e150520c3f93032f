"""Nodes along the path of gyrating particles."""

import numpy as np
import pytest

from eddysky.simulator.config.free_path import ErlangPath
from eddysky.simulator.transport.helix_quadrature import path_nodes


@pytest.mark.parametrize("rate", [0.5, 20, 300])
@pytest.mark.parametrize("order", [1, 2, 49, 51, 1000, 10_000])
def test_nodes_integrate_all_frequencies(order, rate):
    s, density, survival, sine, versed = path_nodes(order, 0.7, rate, 1e-11)
    np.testing.assert_allclose(sine, np.sin(0.7 * s), rtol=0, atol=1e-13)
    np.testing.assert_allclose(versed, 1 - np.cos(0.7 * s), rtol=0, atol=1e-13)
    q = rate * np.array([1e-3, 0.3, 0.9, 1.0])
    # Higher orders round more: the density is a difference of functions of order s.
    characteristic = ErlangPath(order).characteristic(q)
    found = np.exp(1j * np.outer(q, s)) @ density
    np.testing.assert_allclose(found, characteristic, rtol=0, atol=1e-10)
    found = np.exp(1j * np.outer(q, s)) @ survival
    np.testing.assert_allclose(found, (characteristic - 1) / (1j * q), rtol=0, atol=3e-11)
