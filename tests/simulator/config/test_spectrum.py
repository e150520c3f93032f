"""Spectra w(k): normalisation, slope, tables, integrals and sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config.spectrum import (
    FractionTable,
    Injection,
    Mixture,
    PowerLaw,
    SpectrumTable,
    Tabulated,
    mean_square,
)
from eddysky.validation import angular_power

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


def test_a_power_law_as_a_table_is_that_power_law():
    law = PowerLaw(5 / 3, 20.0, 10.0, 0.01, 10.0)
    k = np.geomspace(0.01, 10.0, 7)
    table = Tabulated(SpectrumTable(tuple(k), tuple(law(k))), 0.01, 10.0)
    wanted = np.geomspace(0.011, 9.9, 50)
    assert np.allclose(table(wanted), law(wanted), rtol=1e-12, atol=0)
    expected = angular_power(law, 10.0, 2 / 3, 30)
    assert np.allclose(angular_power(table, 10.0, 2 / 3, 30), expected, rtol=1e-9, atol=0)


def test_mean_square_of_the_spectra():
    peak = Injection(5 / 3, 20.0, 10.0, 100.0, 2 * math.pi / 1000, 2 * math.pi / 0.5)
    k_i = 2 * math.pi / 100
    w_i = float(peak(k_i))
    # ∫ (k/k_i)² below and ∫ (k/k_i)^(−5/3) above.
    below = w_i * k_i / 3 * (1 - 0.1**3)
    above = w_i * k_i * 1.5 * (1 - 200 ** (-2 / 3))
    assert mean_square(peak) == pytest.approx(below + above, rel=1e-4)
    both = Mixture((peak, peak), (0.0, 1.0))
    assert mean_square(both) == pytest.approx(2 * (below + above), rel=1e-4)


def test_fraction_of_a_sum_is_weighted_with_power():
    steep, flat = PowerLaw(2.0, 20.0, 10.0, 0.1, 10.0), PowerLaw(1.0, 20.0, 10.0, 0.01, 1.0)
    varying = FractionTable((0.1, 1.0), (0.2, 0.8))
    mixture = Mixture((steep, flat), (1.0, varying))
    k = np.array([0.05, 0.3, 3.0])
    w = steep(k[1]), flat(k[1])
    beta = 0.2 + 0.6 * math.log10(3)
    middle = (w[0] + beta * w[1]) / (w[0] + w[1])
    assert np.allclose(mixture.transverse_fraction(k), [0.2, middle, 1.0], rtol=1e-13)
    assert set(mixture.breakpoints) == {0.1, 1.0}
