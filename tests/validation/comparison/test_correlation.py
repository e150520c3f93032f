"""Correlation of multipoles: simulated ensembles against the prediction."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.validation import correlate, predict, predict_correlation
from eddysky.validation.comparison.correlation import _alm_matrix
from eddysky.validation.comparison.pitch_angle import compare_profile

PARALLEL = {
    "transport.mode": "parallel",
    "sky.nside": 16,
    "sky.lmax": 24,
    # Multipoles are most correlated near the end of the band.
    "flow.inner_scale": "2.244 pc",
    "flow.modes": 1024,
    "ensemble.realizations": 1000,
}
# False-alarm rate of the test of one diagonal; for 300 skies up to 2.5 times as large.
FALSE_ALARM = 1e-3


def passes(correlation):
    return all(test.p_value > FALSE_ALARM for test in correlation.tests.values())


@pytest.mark.parametrize(("index", "beta"), [(1.5, 0.0), (5 / 3, 2 / 3), (5 / 3, 1.0)])
def test_parallel_correlation_agrees_with_the_theory(index, beta):
    config = Config().replace(PARALLEL | {"flow.index": index, "flow.transverse_fraction": beta})
    found = correlate(simulate(config, maps=0))
    assert found.frame == "field"
    assert passes(found)
    assert found.ell.tolist() == list(range(1, 25))
    # Multipoles ℓ and ℓ + 2 are strongly correlated: a theory without that would fail.
    second = np.diagonal(found.measured, 2) / np.diagonal(found.error, 2)
    assert np.median(np.abs(second)) > 5


def test_three_scatterings_with_exponential_paths():
    config = Config().replace(
        {
            "transport.mode": "parallel",
            "transport.free_path": "exponential",
            "transport.scatterings": 3,
            "flow.modes": 256,
            "sky.nside": 8,
            "sky.sampling": "random",
            "sky.particles": 4000,
            "ensemble.realizations": 300,
        }
    )
    assert passes(correlate(simulate(config, maps=0)))


def test_average_over_the_field_is_statistically_isotropic():
    """ZL25 Eq. 12: in equatorial axes a random field gives C_l on the diagonal and zero elsewhere."""
    config = Config().replace(PARALLEL | {"transport.magnetic_field": "random"})
    result = simulate(config, maps=0, alms=1000)
    averaged = correlate(result, frame="equatorial")
    assert passes(averaged)
    assert np.allclose(np.diag(averaged.predicted), predict(config).c_ell[1:25])
    assert np.count_nonzero(averaged.predicted) == 24
    # In the frame of its field each sky is not isotropic.
    assert passes(correlate(result))


def test_a_random_field_is_isotropic():
    config = Config().replace(PARALLEL | {"transport.magnetic_field": "random"})
    fields = np.array([config.for_realization(i).field_direction for i in range(2000)])
    # Means of a component: 1/sqrt(3 R); of its square: sqrt(4/45/R); 4 standard errors, six numbers: 4e-4.
    assert np.all(np.abs(fields.mean(axis=0)) < 4 / np.sqrt(3 * 2000))
    assert np.all(np.abs((fields**2).mean(axis=0) - 1 / 3) < 4 * np.sqrt(4 / 45 / 2000))


def test_isotropic_correlation_is_diagonal():
    config = Config().replace({"sky.nside": 16, "flow.modes": 512, "ensemble.realizations": 60})
    found = correlate(simulate(config, maps=0, alms=60))
    assert found.frame == "equatorial"
    assert passes(found)


def test_measured_diagonal_is_the_power_spectrum():
    config = Config().replace({"sky.nside": 8, "flow.modes": 64, "ensemble.realizations": 12})
    result = simulate(config, maps=0, alms=12)
    found = correlate(result)
    assert np.allclose(np.diag(found.measured), result.power.mean(axis=0)[found.ell], rtol=1e-12)
    error = result.power.std(axis=0, ddof=1)[found.ell] / np.sqrt(12)
    assert np.allclose(np.diag(found.error), error, rtol=1e-9)
    alm = np.arange(10) + 1j
    assert _alm_matrix(alm, 3)[:, 0].tolist() == alm[:4].tolist()
    assert _alm_matrix(alm, 3)[3].tolist() == alm[[3, 6, 8, 9]].tolist()


@pytest.mark.parametrize(
    ("settings", "keep", "options", "words"),
    [
        ({}, {}, {}, "--alms N"),
        ({}, {"alms": 10}, {"frame": "field"}, "parallel"),
        ({"transport.mode": "parallel"}, {"alms": 10}, {"frame": "equatorial"}, '"random"'),
        ({}, {"alms": 10}, {"lmax": 2}, "lmax = 2: leaves 2"),
        ({"transport.density_gradient": ["0 1/pc", "0.001 1/pc", "0 1/pc"]}, {"alms": 10}, {}, "alone"),
    ],
)  # fmt: skip
def test_correlations_that_cannot_be_measured(settings, keep, options, words):
    count = 100 if settings.get("transport.mode") else 10
    small = {"sky.nside": 4, "flow.modes": 64, "ensemble.realizations": count}
    result = simulate(Config().replace(small | settings), maps=0, **keep)
    with pytest.raises(InputError, match=words):
        correlate(result, **options)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"flow.velocity_dispersion": "0 km/s"}, "velocity_dispersion is 0"),
        ({"transport.density_gradient": ["0 1/pc", "0 1/pc", "1e-4 1/pc"]}, "turbulence alone"),
    ],
)
def test_prediction_needs_turbulence_alone(settings, words):
    with pytest.raises(InputError, match=words):
        predict_correlation(Config().replace(settings), 5, "equatorial")


@pytest.mark.parametrize("key", ["flow.mean_velocity", "transport.density_gradient"])
def test_a_random_field_allows_only_turbulence(key):
    value = ["0 km/s", "1 km/s", "0 km/s"] if "flow" in key else ["0 1/pc", "0 1/pc", "1e-4 1/pc"]
    field = {"transport.mode": "parallel", "transport.magnetic_field": "random"}
    with pytest.raises(InputError, match=f"{key}: must be zero"):
        Config().replace(field | {key: value})


def test_says_what_is_missing():
    """Of a sky with power at the dipole alone the multipoles judged, of a_lm that were not kept the option."""
    settings = {
        "transport.scatterings": "stationary",
        "transport.free_path": "exponential",
        "flow.transverse_fraction": 0,
        "flow.modes": 256,
        "sky.nside": 4,
        "ensemble.realizations": 40,
    }
    config = Config().replace(settings)
    with pytest.raises(InputError, match="no verdict beyond l = 1: leaves 1 from l = 1 on"):
        correlate(simulate(config, maps=0, alms=40))
    for compared in (correlate, compare_profile):
        with pytest.raises(
            InputError, match=r"errors, 2; those with a_lm .*--alms\) must be at least 10"
        ):
            compared(simulate(config, maps=0, alms=2))
