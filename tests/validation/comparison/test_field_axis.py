"""Comparisons of skies with the magnetic field as an axis and all m: helical transport, and anisotropic flows."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.validation import compare, correlate, field_covariance, predict_correlation
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.pitch_angle import compare_profile, ensemble_profiles
from eddysky.validation.comparison.realizations import TooFewRealizationsError, require_realizations
from eddysky.validation.comparison.tables import correlation_columns, correlation_rows
from eddysky.validation.theory.pitch_angle import predict_profile, predict_profile_at

SMALL = {"flow.outer_scale": "200 pc", "flow.modes": 192, "sky.nside": 4, "sky.lmax": 6}
HELICAL = SMALL | {
    "transport.mode": "helical",
    "transport.free_path": "exponential",
    # r_L = 0.3 λ.
    "transport.magnetic_field_strength": "0.0036 uG",
    "flow.inner_scale": "15 pc",
    "sky.sampling": "expected",
    "ensemble.realizations": 200,
}
SLAB = SMALL | {"flow.anisotropy": "slab", "flow.inner_scale": "5 pc", "ensemble.realizations": 200}
# Of each test; seeds are fixed.
FALSE_ALARM = 1e-3


@pytest.fixture(scope="module")
def skies():
    """An ensemble of helical transport with all a_ℓm, and its expectation."""
    config = Config().replace(HELICAL)
    return simulate(config, maps=0, alms=200), Expectation.from_config(config)


def test_scatter_is_that_of_unequal_squares(skies):
    result, expected = skies
    found = compare(result, expected)
    assert found.consistent
    # Isotropic skies would scatter by half as much at the highest multipoles. The median of six standard deviations
    # of 200 skewed values has an error of 5%.
    assert found.scatter == pytest.approx(1.0, abs=0.2)
    assert np.all(expected.concentration[0, 2:] > 2)


@pytest.mark.parametrize("m", [0, 1, 2])
def test_correlation_of_one_order(skies, m):
    result, expected = skies
    found = correlate(result, expected=expected, m=m)
    assert (found.frame, found.m) == ("field", m)
    assert all(test.p_value > FALSE_ALARM for test in found.tests.values())
    assert np.iscomplexobj(found.predicted) == (m > 0)
    assert found.ell[0] == max(m, 1)
    expected_matrix = predict_correlation(result.config, 6, "field", m)
    np.testing.assert_allclose(found.predicted, expected_matrix[np.ix_(found.ell, found.ell)])
    rows = np.array(list(correlation_rows(found)))
    assert rows.shape[1] == len(correlation_columns(found)) == (8 if m else 5)
    if m == 1:
        # Gyration in the other sense has the conjugate covariance: more than five standard errors away.
        i = np.arange(len(found.ell) - 2)
        wrong = (found.measured - found.predicted.conj())[i, i + 2].imag
        assert np.max(np.abs(wrong / found.error[i, i + 2].imag)) > 5


def test_pitch_angle_profile(skies):
    result, expected = skies
    assert compare_profile(result, 8, expected=expected).chi2.p_value > FALSE_ALARM
    predicted = predict_profile(result.config, 8)
    _, samples = ensemble_profiles(result, 8)
    # Relative error of a standard deviation of 200 skewed values: 10%; eight bins, 4 standard errors.
    np.testing.assert_allclose(samples.std(axis=0), predicted.spread, rtol=0.4)
    assert np.max(predicted.mean) > 2 * np.min(predicted.mean)
    # The mean over a bin of its values.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    inside = predict_profile_at(result.config, 0.875 + 0.125 * nodes)
    assert inside @ weights / 2 == pytest.approx(predicted.mean[-1], rel=1e-9)
    # The whole sky.
    variances = np.einsum("mll->lm", field_covariance(result.config, 6)).real
    whole = np.sum(variances[2:] @ np.where(np.arange(7) == 0, 1, 2)) / (4 * np.pi)
    assert np.mean(predicted.mean) == pytest.approx(whole, rel=1e-9)


def test_isotropic_transport_through_slab_turbulence():
    # Each sky about its own field.
    config = Config().replace(SLAB | {"transport.magnetic_field": "random"})
    result, expected = simulate(config, maps=0, alms=200), Expectation.from_config(config)
    assert compare(result, expected).consistent
    assert compare_profile(result, 8, expected=expected).chi2.p_value > FALSE_ALARM
    for m in (0, 1):
        found = correlate(result, expected=expected, m=m)
        assert np.isrealobj(found.predicted)
        assert all(test.p_value > FALSE_ALARM for test in found.tests.values())
    averaged = correlate(result, expected=expected, frame="equatorial")
    assert all(test.p_value > FALSE_ALARM for test in averaged.tests.values())
    with pytest.raises(InputError, match="m = 2: no power is expected at l = 2-6"):
        correlate(result, expected=expected, m=2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"m": 5}, "m = 5: must be from 0 to lmax - 2 = 4"),
        ({"m": 1, "frame": "equatorial"}, '"random"'),
    ],
)
def test_correlations_that_do_not_exist(skies, options, words):
    with pytest.raises(InputError, match=words):
        correlate(skies[0], expected=skies[1], **options)


def test_zonal_skies_have_one_order():
    settings = {"transport.mode": "parallel", "flow.inner_scale": "10 pc"}
    config = Config().replace(SMALL | settings | {"ensemble.realizations": 100})
    with pytest.raises(InputError, match="m = 1: must be 0"):
        correlate(simulate(config, maps=0), m=1)


@pytest.mark.parametrize("settings", [HELICAL, SLAB])
def test_skewed_skies_need_many(settings):
    with pytest.raises(TooFewRealizationsError, match="at least 100"):
        require_realizations(Config().replace(settings), 99)
