"""Unit vectors of equatorial directions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config.direction import unit_vector


@pytest.mark.parametrize(
    ("ra_dec", "expected"),
    [
        ((0, 0), [1, 0, 0]),
        ((90, 0), [0, 1, 0]),
        ((123, 90), [0, 0, 1]),
        ((180, -45), [-math.sqrt(0.5), 0, -math.sqrt(0.5)]),
        ((60, 30), [math.sqrt(3) / 4, 3 / 4, 1 / 2]),
    ],
)
def test_unit_vector(ra_dec, expected):
    np.testing.assert_allclose(unit_vector(ra_dec), expected, rtol=0, atol=4 * np.finfo(float).eps)
