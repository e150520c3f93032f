"""Distribution of the directions of waves about the magnetic field, by quadrature of its definition."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from eddysky.simulator.config import Config
from eddysky.validation.theory.wave_directions import cosine_distribution, cosine_quantiles

(STRONG,) = Config().replace({"flow.anisotropy": "goldreich-sridhar"}).turbulent_parts
WAVENUMBERS = np.geomspace(STRONG.spectrum.k_min, STRONG.spectrum.k_max, 5)


def definition(k, y):
    """k_⊥^(−10/3) exp(−k_∥ L^(1/3)/k_⊥^(2/3)), with L = 2π/k_min."""
    across = k * np.sqrt(1 - y**2)
    scale = 2 * np.pi / STRONG.spectrum.k_min
    return across ** (-10 / 3) * np.exp(-k * y * scale ** (1 / 3) / across ** (2 / 3))


@pytest.mark.parametrize("k", WAVENUMBERS)
def test_normalised_density_of_goldreich_sridhar_turbulence(k):
    pieces = [0, 0.02, 0.1, 0.3, 0.6, 0.8, 0.95, 0.99, 0.999, 0.999999]
    whole = sum(
        quad(lambda y: definition(k, y) / definition(k, 0), low, high, epsrel=1e-11, limit=300)[0]
        for low, high in pairwise(pieces)
    )
    y = np.array([0.0, 1e-3, 0.03, 0.2, 0.7, 0.97])
    expected = definition(k, y) / definition(k, 0) / whole
    np.testing.assert_allclose(cosine_distribution(STRONG)(np.array(k), y), expected, rtol=1e-9)


def test_quantiles():
    probability = np.tile([0.05, 0.3, 0.9], (5, 1))
    found = cosine_quantiles(STRONG, WAVENUMBERS, probability)
    density = cosine_distribution(STRONG)
    for k, row in zip(WAVENUMBERS, found, strict=True):
        below = [
            quad(lambda y, k=k: float(density(np.array(k), np.array(y))), 0, end, epsrel=1e-8)[0]
            for end in row
        ]
        np.testing.assert_allclose(below, probability[0], rtol=5e-3)
    for anisotropy, expected in (
        ("isotropic", probability),
        ("slab", 1.0),
        ("two-dimensional", 0.0),
    ):
        (part,) = Config().replace({"flow.anisotropy": anisotropy}).turbulent_parts
        assert np.all(cosine_quantiles(part, WAVENUMBERS, probability) == expected)
