"""Covariance about the magnetic field of isotropic transport with turbulence that knows the field."""

import numpy as np
import pytest

from eddysky import Config, predict
from eddysky.simulator.errors import InputError
from eddysky.validation import degrees_of_freedom, field_covariance
from eddysky.validation.theory.field_covariance import order_variances
from eddysky.validation.theory.predict import zonal_correlation

BAND = {"flow.inner_scale": "4 pc"}
EXPONENTIAL = {"transport.free_path": "exponential"}


def config(**settings):
    return Config().replace(
        BAND | {key.replace("__", "."): value for key, value in settings.items()}
    )


ANISOTROPIC = [
    {"flow__anisotropy": "slab"},
    {"flow__anisotropy": "two-dimensional", "flow__polarization": "slow"},
    {"flow__anisotropy": "goldreich-sridhar", "flow__polarization": "alfven"},
    {"flow__polarization": "alfven", "transport__scatterings": 3},
    {
        "flow__anisotropy": "goldreich-sridhar",
        "transport__free_path": "exponential",
        "transport__scatterings": "stationary",
    },
]


@pytest.mark.parametrize("settings", ANISOTROPIC)
def test_isotropic_transport_has_the_power_of_isotropic_turbulence(settings):
    given = config(**settings)
    variances = order_variances(field_covariance(given, 8))
    power = (variances[:, 0] + 2 * variances[:, 1:].sum(axis=1)) / (2 * np.arange(9) + 1)
    # The prediction knows w(k) and β(k) alone.
    expected = predict(given, 8).c_ell
    np.testing.assert_allclose(power[1:], expected[1:], rtol=1e-10)
    nu = degrees_of_freedom(given, 8)[1:]
    assert np.all((nu > 1 - 1e-12) & (nu < 0.99 * (2 * np.arange(1, 9) + 1)))


def test_alfven_waves_with_isotropic_wavevectors():
    # Their flow has no part along b, and no m = 0: about b each is the same as its sources, m ↔ |Y_ℓm|².
    variances = order_variances(field_covariance(config(flow__polarization="alfven"), 6))
    np.testing.assert_array_equal(variances[:, 0], 0.0)
    # ∫₀¹ m² Y_ℓm²/sin²θ dy = m (2ℓ+1)/(8π).
    for ell in range(1, 7):
        np.testing.assert_allclose(
            variances[ell, 1 : ell + 1] / variances[ell, 1], np.arange(1, ell + 1)
        )


def test_isotropic_turbulence_and_zonal_skies():
    given = config()
    found, expected = field_covariance(given, 4), predict(given, 4).c_ell
    np.testing.assert_array_equal(found[2], np.diag([0, 0, *expected[2:]]))
    np.testing.assert_allclose(degrees_of_freedom(given, 4), 2 * np.arange(5) + 1)
    given = config(transport__mode="drift-kinetic", transport__free_path="exponential")
    found = field_covariance(given, 4)
    np.testing.assert_array_equal(found[0], zonal_correlation(given, 4))
    assert not np.any(found[1:])
    np.testing.assert_allclose(degrees_of_freedom(given, 4), 1.0)


def test_parts_add_up_to_isotropic_turbulence():
    # Slow and Alfvén waves of half the variance each are isotropic transverse waves.
    half = {"velocity_dispersion": f"{20 / np.sqrt(2)} km/s", "inner_scale": "4 pc"}
    waves = [half | {"polarization": "slow"}, half | {"polarization": "alfven"}]
    both = field_covariance(Config(flow={"component": waves}), 5)
    expected = field_covariance(config(flow__transverse_fraction=1.0), 5)
    np.testing.assert_allclose(both, expected, atol=1e-10 * np.max(expected[:, 2:, 2:]))


def test_helical_transport_lies_between():
    band = {"flow.inner_scale": "20 pc", "transport.mode": "helical"} | EXPONENTIAL
    strength = "transport.magnetic_field_strength"
    # r_L = 36 λ and λ/280 at 10 TeV.
    weak = degrees_of_freedom(Config().replace(band | {strength: "1e-5 uG"}), 4)
    strong = degrees_of_freedom(Config().replace(band | {strength: "3 uG"}), 4)
    assert np.all(weak[1:] > 0.95 * (2 * np.arange(1, 5) + 1))
    assert np.all(strong[1:] < 1.02)


def test_without_turbulence():
    with pytest.raises(InputError, match="velocity_dispersion is 0"):
        field_covariance(Config().replace({"flow.velocity_dispersion": "0 km/s"}), 3)
