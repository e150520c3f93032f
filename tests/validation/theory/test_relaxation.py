"""Collision operators: single waves against a direct solution of their equations, and spectra of power laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from references import gauss_panels
from scipy.linalg import solve_banded

from eddysky.simulator.config.collisions import Bgk, RateTable, SmallAngle
from eddysky.simulator.config.free_path import ExponentialPath, FixedPath
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation import angular_power
from eddysky.validation.theory.relaxation import transverse_response
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

LMAX = 24
# Rates that rise above and fall below those of BGK, then stay low: long recurrences.
UNEVEN = RateTable((1.0, 7.0, 0.3, 2.0, 0.05))
STATIONARY = {"free_path": "exponential", "scatterings": "stationary"}


def wave(collisions, q, m, size):
    """f_ℓ of a wave of unit amplitude for ℓ = m … size, from the tridiagonal equations in complex numbers."""
    ell = np.arange(m, size + 1)
    coupling = np.sqrt((ell**2 - m**2) / (4.0 * ell**2 - 1))
    bands = np.zeros((3, len(ell)), dtype=complex)
    bands[0, 1:] = bands[2, :-1] = -1j * q * coupling[1:]
    bands[1] = collisions.rates(size)[m:]
    source = (ell == 1).astype(complex)
    return solve_banded((1, 1), bands, source)


@pytest.mark.parametrize("q", [1e-3, 0.1, 1.0, 7.0, 60.0, 2e3])
@pytest.mark.parametrize("collisions", [Bgk(), SmallAngle(), UNEVEN])
def test_transverse_wave(collisions, q):
    """|f_ℓ1| from t_ℓ: (4π/3) |f|²/(2ℓ+1) = 2π ℓ(ℓ+1) t_ℓ²."""
    # The end costs the square of f_ℓ there, e^(−ν_ℓ ℓ/q), below e^(−25).
    expected = wave(collisions, q, 1, 1000 + int(500 * q))[:LMAX]
    if isinstance(collisions, Bgk):
        model = ScatteringModel(ExponentialPath(), math.inf, "observer")
        found = transfer(model, [q], LMAX).transverse[1:, 0]
    else:
        found = transverse_response(collisions, np.array([q]), LMAX)[0][1:, 0]
    ell = np.arange(1, LMAX + 1)
    found = found * np.sqrt(1.5 * ell * (ell + 1) * (2 * ell + 1))
    np.testing.assert_allclose(found, np.abs(expected), rtol=1e-10, atol=1e-290)
    # f_ℓ = i^(ℓ−1) |f_ℓ|.
    np.testing.assert_allclose(expected / 1j ** (ell - 1), found, rtol=1e-10, atol=1e-290)


@pytest.mark.parametrize("collisions", [Bgk(), SmallAngle(), UNEVEN])
@pytest.mark.parametrize("q", [0.05, 3.0, 40.0])
def test_longitudinal_wave_leaves_only_the_density(collisions, q):
    # The source μ is 1/√3 of the harmonic of ℓ = 1, as f_0 is of that of ℓ = 0.
    found = wave(collisions, q, 0, 2000) / math.sqrt(3)
    assert found[0] == pytest.approx(1j / q, rel=1e-10)
    assert np.abs(found[1:]).max() < 1e-12 * abs(found[0])
    for frame, dipole in (("observer", 0.0), ("fluid", -1 / 3)):
        model = ScatteringModel(ExponentialPath(), math.inf, frame, collisions)
        longitudinal = transfer(model, [q], 6).longitudinal[:, 0]
        # The sign is that of f = i^(ℓ−1) T_ℓ.
        assert longitudinal[0] == pytest.approx(-1 / q, rel=1e-14)
        assert longitudinal[1] == pytest.approx(dipole, rel=1e-14)
        assert not longitudinal[2:].any()


@pytest.mark.parametrize("count", [1, 3, 200])
def test_equal_rates_are_bgk(count):
    x = np.array([1e-6, 0.02, 1.0, 9.0, 97.0, 99.0, 400.0, 1e6])
    tabled = RateTable((1.0,) * count)
    for frame in ("fluid", "observer"):
        found = transfer(ScatteringModel(ExponentialPath(), math.inf, frame, tabled), x, 96)
        expected = transfer(ScatteringModel(ExponentialPath(), math.inf, frame), x, 96)
        np.testing.assert_allclose(found.transverse, expected.transverse, rtol=1e-12)
        # At small x T_1 of BGK in the frame of the fluid is a difference, zero to rounding.
        np.testing.assert_allclose(
            found.longitudinal, expected.longitudinal, rtol=1e-12, atol=1e-11
        )


def test_a_long_table_of_small_angle_rates_is_small_angle_scattering():
    """Its last rate, ℓ = 400, is far beyond the multipoles of these waves."""
    tabled = RateTable(tuple(SmallAngle().rates(400)[1:]))
    x = np.geomspace(1e-3, 1e4, 30)
    for found, expected in zip(
        transverse_response(tabled, x, 40), transverse_response(SmallAngle(), x, 40), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def wide_band(collisions, lmax):
    """C_ℓ of transverse waves, γ = 5/3, on a band that no multipole knows the ends of."""
    flow = PowerLaw(5 / 3, velocity_dispersion=1.0, reference_scale=1.0, k_min=1e-5, k_max=1e10)
    return angular_power(flow, 1.0, 1.0, lmax, collisions=collisions, **STATIONARY)


@pytest.mark.parametrize(
    ("collisions", "ratio", "slopes", "digits"),
    [
        (SmallAngle(), 2.87e-6, [-8.2, -8.6, -8.8, -8.9], 0.05),
        (Bgk(), 2.09e-3, [-3.6] * 4, 0.05),
    ],
)
def test_laws_of_two_operators(collisions, ratio, slopes, digits):
    """Slopes towards −3γ−4 = −9 and −γ−2 = −11/3 over the octaves ℓ = 4…64; rounded as they are stated."""
    power = wide_band(collisions, 64)
    assert power[10] / power[2] == pytest.approx(ratio, rel=2e-3)
    octaves = power[[4, 8, 16, 32, 64]]
    np.testing.assert_allclose(np.diff(np.log2(octaves)), slopes, atol=digits)


@pytest.mark.parametrize("collisions", [SmallAngle(), UNEVEN])
def test_quadrature_has_converged(collisions):
    """Against panels twenty times shorter."""
    found = wide_band(collisions, 64)
    x, weight = gauss_panels(np.geomspace(1e-5, 1e10, 1500), 16)
    flow = PowerLaw(5 / 3, velocity_dispersion=1.0, reference_scale=1.0, k_min=1e-5, k_max=1e10)
    ell = np.arange(65)
    model = ScatteringModel(ExponentialPath(), math.inf, "fluid", collisions)
    transverse = transfer(model, x, 64).transverse
    expected = 2 * np.pi * ell * (ell + 1) * (transverse**2 @ (weight * flow(x)))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize(("law", "scatterings"), [(FixedPath(), math.inf), (ExponentialPath(), 3)])
def test_operators_act_all_the_time(law, scatterings):
    with pytest.raises(ValueError, match="small-angle scattering needs free_path 'exponential'"):
        ScatteringModel(law, scatterings, "fluid", SmallAngle())
