"""Nodes of the integrals over the band: their accuracy and number."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.validation.theory.gauss_legendre import (
    adaptive_nodes,
    band_nodes,
    panel_rule,
    smooth_intervals,
)
from eddysky.validation.theory.scattering import ScatteringModel


def test_cost_does_not_grow_with_the_band():
    def count(k_max):
        exact, mean = band_nodes(lambda x: x**-1.5, [0.1, k_max], 96, ScatteringModel())
        return exact[0].size, mean[0].size

    exact, mean = count(1e9)
    # The oscillation is followed to the first interval (a factor √e) longer than three windows: to between
    # 510 and 840, 16 nodes on each panel of 10. Then one interval of 16 nodes for every factor √e of the band.
    assert abs(exact - count(1e4)[0]) < 16 * (840 - 510) / 10
    assert mean - count(1e4)[1] == pytest.approx(16 * 2 * np.log(1e5), rel=0.1)


def test_rounding_of_tiny_values_is_not_resolved():
    """Close to the smallest double w has few digits; one interval for each factor √e is enough."""
    intervals = smooth_intervals(lambda x: 1e-301 * x**-10, 0.1, 100.0)
    assert intervals.size == 1 + np.ceil(2 * np.log(1000))


def test_rule_on_panels_is_exact_for_polynomials():
    """16 nodes integrate polynomials of degree 31 on each panel."""
    edges = np.array([-1.0, 0.3, 2.0])
    x, weight = panel_rule(edges)
    assert x.shape == weight.shape == (32,)
    # Rounding of 32 terms of one sign, up to 2^30.
    assert weight @ x**30 == pytest.approx((2.0**31 + 1) / 31, rel=1e-13)
    x, weight = panel_rule(edges, np.polynomial.legendre.leggauss(2))
    assert weight @ x**3 == pytest.approx((2.0**4 - 1) / 4, rel=1e-14)


@pytest.mark.parametrize("law", [FixedPath(), ErlangPath(3)])
def test_weights_integrate_the_spectrum(law):
    """∫ x^(−1.5) dx; for fixed paths the windows of both sets of nodes add up to one."""
    lower, upper = 0.1, 3e4
    parts = band_nodes(lambda x: x**-1.5, [lower, 7.0, upper], 20, ScatteringModel(law, 2))
    expected = 2 * (lower**-0.5 - upper**-0.5)
    assert sum(np.sum(weight) for _, weight in parts) == pytest.approx(expected, rel=1e-12)
    assert (parts[1][0].size > 0) == isinstance(law, FixedPath)


def test_adaptive_nodes_resolve_unknown_functions():
    """∫ x^(−2) sin²(x/30) e^(−x/50) dx against a fine rule; several spectra at once."""

    def functions(x):
        return np.stack([np.sin(x / 30) * np.exp(-x / 100), np.exp(-x / 100)])

    def densities(x):
        return np.stack([x**-2, 3 * x**-2])

    total = 0.0
    for _, weight, values in adaptive_nodes(densities, [0.5, 800.0], functions, 100):
        total = total + weight @ values[0] ** 2
    x, weight = panel_rule(np.geomspace(0.5, 800.0, 2000))
    expected = weight @ (x**-2 * functions(x)[0] ** 2)
    # Functions are resolved to 1e-8.
    np.testing.assert_allclose(total, [expected, 3 * expected], rtol=1e-8)


def test_rejects_rough_functions():
    rng = np.random.default_rng(1)
    parts = adaptive_nodes(lambda x: x**-2, [0.5, 8.0], lambda x: rng.random((1, x.size)), 1000)
    with pytest.raises(ValueError, match="not smooth"):
        list(parts)
