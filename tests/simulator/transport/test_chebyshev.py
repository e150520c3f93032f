"""Piecewise Chebyshev polynomials."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev

from eddysky.simulator.transport.chebyshev import NODES, fit_panels


def evaluated(panels, x):
    edges, fits = panels
    place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(fits) - 1)
    low, high = edges[place], edges[place + 1]
    t = (2 * x - low - high) / (high - low)
    values = [chebyshev.chebval(t[i], fits[place[i]]) for i in range(len(x))]
    return np.array(values)


@pytest.mark.parametrize(
    "function",
    [lambda x: np.exp(1j * x), lambda x: 1 / (1 - 1j * x), lambda x: np.sqrt(x + 1e-3)],
    ids=["oscillating", "lorentzian", "steep"],
)
def test_fit_reaches_its_tolerance(function):
    x = np.linspace(0, 60, 1001)
    found = evaluated(fit_panels(function, [0.0, 10.0, 60.0], 1e-12), x)
    assert np.max(np.abs(found - function(x))) < 1e-10


def test_polynomial_needs_one_panel():
    edges, fits = fit_panels(lambda x: x ** (NODES - 3), [0.0, 2.0], 1e-10)
    assert edges.tolist() == [0.0, 2.0]
    assert fits[0].shape == (NODES,)


def test_jump_ends_the_bisection():
    edges, _ = fit_panels(lambda x: np.sign(x - 1.3), [0.0, 2.0], 1e-10)
    assert np.min(np.diff(edges)) < 1e-3
    assert len(edges) < 100
