"""Normalisation and slope of the flow's spectrum."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config.spectrum import PowerLaw

EPS = np.finfo(float).eps


@pytest.mark.parametrize("index", [-2.0, 0.0, 1.5, 5 / 3, 3.0])
@pytest.mark.parametrize("scale", [0.3, 10.0, 700.0])
def test_dispersion_on_the_reference_scale(index, scale):
    w = PowerLaw(index=index, velocity_dispersion=20.0, reference_scale=scale)
    # σ(L) = √(2π w(2π/L)/L), here at L = reference scale (ZL24 §2).
    sigma = math.sqrt(2 * math.pi * float(w(2 * math.pi / scale)) / scale)
    assert sigma == pytest.approx(20.0, rel=16 * EPS)


@pytest.mark.parametrize("index", [1.5, 5 / 3, 3.0])
def test_dispersion_on_other_scales(index):
    # σ² = k w(k) at k = 2π/L, so σ ∝ L^((γ−1)/2): Kolmogorov's third root.
    w = PowerLaw(index=index, velocity_dispersion=20.0, reference_scale=10.0)
    for scale in (1.0, 10.0, 80.0):
        k = 2 * math.pi / scale
        expected = 20.0 * (scale / 10.0) ** ((index - 1) / 2)
        assert math.sqrt(k * float(w(k))) == pytest.approx(expected, rel=64 * EPS)


def test_kolmogorov_value_by_hand():
    # w(1/pc) = 400·10/2π · (10/2π)^(−5/3).
    w = PowerLaw(index=5 / 3, velocity_dispersion=20.0, reference_scale=10.0)
    expected = 4000 / (2 * math.pi) * math.exp(-5 / 3 * math.log(10 / (2 * math.pi)))
    assert float(w(1.0)) == pytest.approx(expected, rel=64 * EPS)


def test_arrays_and_units_of_shape():
    w = PowerLaw(index=2.0, velocity_dispersion=1.0, reference_scale=1.0)
    k = np.array([[0.5, 1.0], [2.0, 4.0]])
    assert w(k).shape == k.shape
    assert np.allclose(w(k) * k**2, w(k)[0, 0] * 0.25, rtol=16 * EPS, atol=0)
    assert (w.k_min, w.k_max) == (0.0, math.inf)
