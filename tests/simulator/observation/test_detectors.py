"""Exposure of arrays by declination."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from eddysky.simulator.observation.detectors import DETECTORS, Detector


def by_quadrature(detector, declination, power):
    """Mean over hour angle of the acceptance, without a substitution."""
    phi, delta = np.radians([detector.latitude, declination])
    lowest = np.cos(np.radians(detector.zenith_cut))

    def acceptance(hour):
        cosine = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour)
        return cosine**power if cosine >= lowest else 0.0

    edge = (lowest - np.sin(phi) * np.sin(delta)) / (np.cos(phi) * np.cos(delta))
    points = [np.arccos(edge)] if abs(edge) < 1 else None
    return quad(acceptance, 0, np.pi, points=points, limit=200)[0] / np.pi


@pytest.mark.parametrize("power", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("detector", DETECTORS.values(), ids=DETECTORS)
def test_exposure_is_the_mean_acceptance_over_a_sidereal_day(detector, power):
    declinations = np.array([-88.0, -60.0, -30.0, -25.5, 0.0, 10.0, 40.0, 70.0, 75.9, 79.0])
    found = detector.exposure(np.sin(np.radians(declinations)), power)
    expected = [by_quadrature(detector, declination, power) for declination in declinations]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_flat_array_has_the_known_closed_form():
    """∫ cos θ dh = h sin φ sin δ + sin h cos φ cos δ (Sommers 2001, Astropart. Phys. 14, 271, Eq. 2)."""
    array = Detector("here", "Here", 35.0, 0.0, 60.0)
    delta, phi = np.radians([-20.0, 0.0, 35.0, 80.0]), np.radians(35.0)
    edge = (0.5 - np.sin(phi) * np.sin(delta)) / (np.cos(phi) * np.cos(delta))
    last = np.arccos(np.clip(edge, -1, 1))
    closed = last * np.sin(phi) * np.sin(delta) + np.sin(last) * np.cos(phi) * np.cos(delta)
    np.testing.assert_allclose(array.exposure(np.sin(delta), 1.0), closed / np.pi, rtol=1e-12)


def test_declinations_seen():
    assert DETECTORS["icecube"].declinations == (-90.0, -25.0)
    assert DETECTORS["hawc"].declinations == (-38.0, 76.0)
    low, high = np.sin(np.radians([-38.01, 76.01]))
    assert np.all(DETECTORS["hawc"].exposure(np.array([low, high]), 1.0) == 0)
    inside = np.sin(np.radians([-37.99, 75.99]))
    assert np.all(DETECTORS["hawc"].exposure(inside, 1.0) > 0)
