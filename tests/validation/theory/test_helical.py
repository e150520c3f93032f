"""Covariance and A_ℓ of helical transport."""

import numpy as np
import pytest

from eddysky import Config, predict
from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.simulator.config.spectrum import FractionTable, PowerLaw
from eddysky.validation.theory.helical import helical_covariance, helical_sky
from eddysky.validation.theory.helical_response import HelicalModel, wave_multipoles
from eddysky.validation.theory.quadrature import angular_power

EXPONENTIAL = {"free_path": "exponential"}


def turbulence(beta=2 / 3, anisotropy="isotropic", polarization="isotropic", k_min=0.03, k_max=1.0):
    return TurbulentPart(PowerLaw(5 / 3, 20.0, 10.0, k_min, k_max), beta, anisotropy, polarization)


def power(covariance):
    diagonal = np.einsum("mll->ml", covariance).real
    return (diagonal[0] + 2 * diagonal[1:].sum(axis=0)) / (2 * np.arange(len(covariance)) + 1)


@pytest.mark.parametrize(
    "options", [EXPONENTIAL, {"free_path": "erlang", "erlang_order": 3, "scatterings": 2}]
)
def test_weak_field_is_isotropic_transport(options):
    beta = FractionTable((0.05, 0.3), (0.2, 0.9))
    part = turbulence(beta)
    found = helical_covariance([part], 10.0, -1e7, 6, **options)
    expected = angular_power(part.spectrum, 10.0, beta, 6, **options)
    np.testing.assert_allclose(power(found), expected, rtol=1e-6)
    # The same variance in every m, and no correlation.
    np.testing.assert_allclose(found[2, 2:, 2:], np.diag(expected[2:]), atol=1e-6 * expected[2])


@pytest.mark.parametrize("larmor_radius", [10.0, 1.0])
def test_plain_quadrature(larmor_radius):
    part, lmax = turbulence(0.4, k_max=0.4), 4
    found = helical_covariance([part], 10.0, larmor_radius, lmax, **EXPONENTIAL)
    model = HelicalModel(10.0 / larmor_radius, 1, 1, "fluid")
    nodes, weights = np.polynomial.legendre.leggauss(40)
    y, expected = (1 + nodes) / 2, np.zeros((lmax + 1,) * 3, dtype=complex)
    low, high = np.log([0.03, 0.4])
    for place, width in zip(nodes, weights, strict=True):
        k = np.exp(0.5 * (low + high) + 0.5 * (high - low) * place)
        variance = part.spectrum(k) * k * 0.5 * (high - low) * width
        waves = wave_multipoles(model, 10 * k, y, lmax)
        parts = np.array([0.6, 0.2, 0.2]) * variance
        expected += np.einsum("mlpy,mkpy,p,y->mlk", waves, waves.conj(), parts, weights / 2)
    scale = np.sqrt(np.einsum("mll,mkk->mlk", expected, expected).real)
    even = (np.arange(lmax + 1)[:, None] + np.arange(lmax + 1)) % 2 == 0
    assert np.all(np.abs(found - expected * even) <= 1e-6 * scale + 1e-12)
    np.testing.assert_allclose(power(found), power(expected), rtol=1e-6)


def test_charges_give_the_conjugate():
    part = turbulence()
    positive = helical_covariance([part], 10.0, 8.0, 3, **EXPONENTIAL)
    negative = helical_covariance([part], 10.0, -8.0, 3, **EXPONENTIAL)
    np.testing.assert_allclose(positive, negative.conj(), rtol=1e-9, atol=1e-12)
    assert np.max(np.abs(positive.imag)) > 1e-3 * np.max(positive.real)


@pytest.mark.parametrize(
    "settings",
    [
        {"flow.transverse_fraction": 1.0},
        {"flow.transverse_fraction": 0.3, "transport.scatterings": 3},
        {"flow.anisotropy": "goldreich-sridhar", "flow.polarization": "slow"},
        {"flow.anisotropy": "two-dimensional", "flow.polarization": "fast"},
    ],
)
def test_strong_field_is_drift_kinetic_transport(settings):
    band = {"flow.outer_scale": "200 pc", "flow.inner_scale": "10 pc"} | {"sky.lmax": 4}
    given = Config().replace(band | settings | {"transport.free_path": "exponential"})
    expected = predict(given.replace({"transport.mode": "drift-kinetic"})).c_ell
    errors = []
    for radius in (1e-2, 1e-3):
        # A proton of 10 TeV in 1 μG has r_L = 0.0108 pc.
        strength = {"transport.magnetic_field_strength": f"{0.00108 / radius} uG"}
        found = predict(given.replace({"transport.mode": "helical"} | strength)).c_ell
        # Two-dimensional waves have C_2 alone.
        errors.append(
            np.abs(found - expected)[1:]
            / np.maximum(expected[1:], expected[2] * (expected[1:] == 0))
        )
    # Second order in r_L/λ, where the first has no effect on C_ℓ.
    assert np.all(errors[1] < 1e-4)
    assert np.all(errors[1] < np.maximum(0.2 * errors[0], 1e-7))


def test_prediction_is_made_once():
    given = Config().replace(
        {
            "transport.mode": "helical",
            "transport.free_path": "exponential",
            "flow.inner_scale": "50 pc",
        }
    )
    assert helical_sky(given, 3) is helical_sky(given, 3)
