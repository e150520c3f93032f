"""Nodes of the integrals over the band: how many there are."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config.free_path import FixedPath
from eddysky.validation.theory.panels import band_nodes, smooth_leaves


def test_cost_does_not_grow_with_the_band():
    def count(k_max):
        exact, mean = band_nodes(lambda x: x**-1.5, [0.1, k_max], 96, FixedPath(), 1)
        return exact.x.size, mean.x.size

    exact, mean = count(1e9)
    # The oscillation is followed to the first leaf (of √e) longer than three windows: to between
    # 510 and 840, 16 nodes on each panel of 10. Then one leaf of 16 nodes for every √e of the band.
    assert abs(exact - count(1e4)[0]) < 16 * (840 - 510) / 10
    assert mean - count(1e4)[1] == pytest.approx(16 * 2 * np.log(1e5), rel=0.1)


def test_lost_digits_are_not_resolved():
    """Close to the smallest double w is a staircase; one leaf for each factor √e is enough."""
    leaves = smooth_leaves(lambda x: 1e-301 * x**-10, 0.1, 100.0)
    assert leaves.size == 1 + np.ceil(2 * np.log(1000))
