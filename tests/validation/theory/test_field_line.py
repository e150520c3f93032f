"""Spectrum of the velocity on a field line, against closed forms for a power law."""

from __future__ import annotations

import numpy as np
import pytest
from references import gauss_panels, power_law

from eddysky.validation.theory.field_line import field_line_transfers
from eddysky.validation.theory.field_line_density import field_line_densities
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.scattering import ScatteringModel


def velocity_density(flow):
    """E(t) alone."""
    densities = field_line_densities(flow)
    return lambda t: densities(t)[0]


def test_spectrum_on_the_line():
    """Closed form of E(t) for a power law in three regions, and ∫ E dt = ∫ w dk/3."""
    index, beta, lower, upper = 1.7, 0.35, 0.2, 90.0
    band = ScaledSpectrum.from_flow(power_law(index, lower, upper), 1.0, beta)
    density = velocity_density(band)
    t = np.array([1e-8, 0.01, 0.1999, 0.2001, 1.3, 40.0, 89.0, upper, 200.0])
    start = np.clip(t, lower, upper)
    constant = beta / 2 * (start**-index - upper**-index) / index
    quadratic = (1 - 1.5 * beta) * (start ** (-index - 2) - upper ** (-index - 2)) / (index + 2)
    # Rounding of the largest values, near t = 0.2: about 4.
    np.testing.assert_allclose(density(t), constant + t**2 * quadratic, rtol=1e-12, atol=1e-14)
    t, weight = gauss_panels([0.0, lower, *np.geomspace(lower, upper, 20)[1:]], 16)
    expected = (lower ** (1 - index) - upper ** (1 - index)) / (index - 1) / 3
    # Panels of a factor 1.4.
    assert density(t) @ weight == pytest.approx(expected, rel=1e-13)


def test_spectrum_on_the_line_in_blocks():
    """More points than one block."""
    density = velocity_density(ScaledSpectrum.from_flow(power_law(1.5, 0.1, 10.0), 1.0, 0.5))
    t = np.linspace(0.01, 9.9, 40_000)
    np.testing.assert_allclose(density(t)[::1000], density(t[::1000].copy()), rtol=1e-14)


def test_cost_does_not_grow_with_the_band():
    def count(k_min, k_max):
        flow = ScaledSpectrum.from_flow(power_law(1.5, k_min, k_max), 1.0, 0.5)
        parts = field_line_transfers(velocity_density(flow), flow.edges, 96, ScatteringModel())
        return sum(weight.size for _, weight in parts)

    # As for isotropic transport in test_gauss_legendre.py; nodes of the mean count for each of 8 phases.
    assert count(0.1, 1e9) < 1.5 * count(0.1, 1e4)
    assert count(1e6, 2e6) < 2 * count(0.1, 1e4)
