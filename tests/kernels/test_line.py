"""Mode sums along a line against a direct NumPy sum."""

import numpy as np
import pytest

from eddysky.kernels.line import line_sums


@pytest.mark.parametrize("modes", [1, 7, 32, 500])
def test_against_a_direct_sum(modes):
    rng = np.random.default_rng(modes)
    places = rng.normal(scale=30.0, size=40)
    turns, cosines, sines = rng.normal(size=(3, modes))
    even, odd = np.empty(40), np.empty(40)
    line_sums(places, turns, cosines, sines, even, odd)
    phase = 2 * np.pi * np.outer(places, turns)
    # The errors of cosine and sine, 3.4e-9 and 2.3e-10, on every amplitude.
    assert np.max(np.abs(even - np.cos(phase) @ cosines)) <= 3.4e-9 * np.sum(np.abs(cosines))
    assert np.max(np.abs(odd - np.sin(phase) @ sines)) <= 2.3e-10 * np.sum(np.abs(sines))


def test_no_modes_is_no_flow():
    even, odd = np.ones(3), np.ones(3)
    line_sums(np.ones(3), np.empty(0), np.empty(0), np.empty(0), even, odd)
    assert not even.any()
    assert not odd.any()
