"""Forecasts against closed forms, simulated observations and fits."""

from __future__ import annotations

import math
from dataclasses import replace

import healpy
import numpy as np
import pytest
from scipy import optimize, stats

from eddysky import Config, InputError, Survey, fit, forecast, predict, simulate
from eddysky.simulator.observation.observe import observe
from eddysky.validation.fitting.observed_spectrum import observed_spectrum
from eddysky.validation.forecasting.distinction import Distinction
from eddysky.validation.forecasting.forecast import SIGMAS, NotCompared, whitening
from eddysky.validation.forecasting.skies import SkyFamily
from eddysky.validation.theory.mode_coupling import ZonalCoupling

SMALL = Config().replace({"sky.nside": 16, "sky.lmax": 24})
COUNT = 200
SLOW_HAWC = pytest.param("hawc", marks=pytest.mark.slow)
# Multipoles are compared in bands. (Skies of few modes scatter more than Gaussian ones.)
BANDS = ((2, 7), (8, 12), (13, 18), (19, 24))


@pytest.fixture(scope="module")
def skies(tmp_path_factory):
    path = tmp_path_factory.mktemp("skies") / "skies.h5"
    config = SMALL.replace({"ensemble.realizations": COUNT, "flow.modes": 4096})
    simulate(config, path, alms=COUNT)
    return path


def ratio_of_errors(observation, found):
    """Scatter over the expected error in each band."""
    ratios = observation.power.var(axis=0, ddof=1)[found.ell] / found.error**2
    return [math.sqrt(ratios[(found.ell >= a) & (found.ell <= b)].mean()) for a, b in BANDS]


@pytest.mark.parametrize("keep", [False, True])
def test_full_sky_is_the_closed_form(keep):
    survey = Survey("full", (1e11,), 64, point_spread=2.0, keep_zonal=keep)
    found = forecast(SMALL, survey)
    ell = found.ell
    beam = np.exp(-ell * (ell + 1) * math.radians(2) ** 2 / 2)
    parts, part = (2 * ell + 1 if keep else 2 * ell), 2 * ell + 1
    c_ell = predict(SMALL).c_ell[ell]
    signal = parts / part * c_ell * beam**2
    noise = parts / part * 4 * math.pi / 1e11
    error = np.sqrt(2 / parts) * (signal + noise)
    # The pixels of nside 64 are a quadrature to 1e-3 at these multipoles.
    np.testing.assert_allclose(found.c_ell, c_ell, rtol=1e-10)
    np.testing.assert_allclose(found.signal, signal, rtol=2e-3)
    np.testing.assert_allclose(found.noise, noise, rtol=2e-3)
    np.testing.assert_allclose(found.error, error, rtol=3e-3)
    assert found.noise_level == pytest.approx(4 * math.pi / 1e11)
    detected = 1e11 * SIGMAS * np.sqrt(2 / parts) * noise / signal
    np.testing.assert_allclose(found.events_detected, detected, rtol=5e-3)
    # sqrt(2/ν) (1 + noise/signal) = 1/3 for the events needed; never with ν <= 18.
    assert np.all(np.isinf(found.events_measured[parts < 18]))
    some = parts > 19
    needed = 1e11 * (noise / signal)[some] / (np.sqrt(parts[some] / 2) / SIGMAS - 1)
    np.testing.assert_allclose(found.events_measured[some], needed, rtol=2e-2)


@pytest.mark.parametrize(
    ("column", "of_what"), [("events_detected", "noise_scatter"), ("events_measured", "error")]
)
def test_events_needed_are_enough(column, of_what):
    found = forecast(SMALL, Survey("icecube", (1e11,), 16))
    needed = getattr(found, column)
    place = int(np.flatnonzero(np.isfinite(needed))[-1])
    there = forecast(SMALL, Survey("icecube", (float(needed[place]),), 16))
    assert there.signal[place] / getattr(there, of_what)[place] == pytest.approx(SIGMAS, rel=1e-6)


def test_one_sky_of_the_pitch_angle_measures_no_multipole():
    # C_ℓ has one degree of freedom.
    found = forecast(SMALL.replace({"transport.mode": "parallel"}), Survey("full", (1e13,), 16))
    assert np.all(np.isinf(found.events_measured))
    assert np.all(found.relative_error > 1.3)


@pytest.fixture(scope="module")
def patch(tmp_path_factory):
    longitude, latitude = healpy.pix2ang(16, np.arange(12 * 16**2), lonlat=True)
    path = tmp_path_factory.mktemp("masks") / "patch.fits"
    healpy.write_map(path, ((latitude < 30) & (longitude < 240)).astype(np.float64), coord="C")
    return str(path)


@pytest.mark.parametrize("field", ["full", "icecube", SLOW_HAWC, "icecube+hawc", "patch"])
def test_errors_are_the_scatter_of_observations(skies, patch, field):
    survey = Survey(patch if field == "patch" else field, (1e11,), 16)
    observation = observe(skies, survey, maps=0)
    found = forecast(observation.config, survey)
    # The scatter in a band has a standard error of 2% to 3%, for icecube, where all multipoles are correlated, of 4%
    # to 6%, from the fourth cumulants of Gaussian skies: false alarms 1 in 200 for icecube, else less than 1 in 10^6.
    np.testing.assert_allclose(ratio_of_errors(observation, found), 1, atol=0.15)


def fits_to(observation, found):
    """Velocity dispersion and index of each sky, by least squares with the forecast's covariance."""
    config, survey = observation.config, observation.survey
    coupling = ZonalCoupling.from_maps(
        observation.weight, observation.exposure, config.lmax, survey.keep_zonal
    )
    family = SkyFamily.from_config(config, "isotropic", np.ones(config.lmax + 1))
    matrix, whiten = coupling.matrix[found.ell], whitening(found.covariance)

    def residual(values, data):
        model = math.exp(2 * values[0]) * matrix @ family.sky(values[1]).c_ell
        return whiten @ (data - model)

    bounds = ([-3, family.low], [3, family.high])
    for power in observation.power[:, found.ell] - found.noise:
        best = optimize.least_squares(residual, [0, 5 / 3], bounds=bounds, args=(power,)).x
        yield 20 * math.exp(best[0]), best[1]


@pytest.mark.parametrize("field", [SLOW_HAWC, "icecube+hawc"])
def test_errors_of_parameters_are_the_scatter_of_fits(skies, field):
    survey = Survey(field, (1e12,), 16)
    observation = observe(skies, survey, maps=0)
    found = forecast(observation.config, survey)
    values = np.array(list(fits_to(observation, found)))
    expected = np.array([parameter.error for parameter in found.parameters])
    # The scatter of 200 has a standard error of 5%: false alarms 1 in 370 for each parameter and field.
    np.testing.assert_allclose(values.std(axis=0, ddof=1) / expected, 1, atol=0.15)
    means = [parameter.value for parameter in found.parameters]
    # Least squares are biased by less than half an error; the mean has a standard error of 0.07 errors.
    assert np.all(np.abs(values.mean(axis=0) - means) < 0.5 * expected)
    assert np.corrcoef(values.T)[0, 1] == pytest.approx(found.correlation[0, 1], abs=0.1)


def test_errors_of_parameters_are_those_of_the_likelihood_of_fits(skies):
    survey = Survey("hawc", (1e12,), 16)
    observation = observe(skies, survey, [0], maps=0)
    found = forecast(observation.config, survey)
    power, noise = observation.power.copy(), observation.noise.copy()
    power[0, 2:], noise[0, 2:] = found.signal + found.noise, found.noise
    expected = replace(observation, power=power, noise=noise)
    exact = fit(observed_spectrum(expected), lmin=2, likelihood="cosmic-variance")
    for parameter in found.parameters:
        # The likelihood is skewed: the means of the data are not quite its best fit, nor intervals symmetric.
        estimate = exact[parameter.name]
        assert estimate.value == pytest.approx(parameter.value, abs=0.1 * parameter.error)
        assert estimate.error == pytest.approx(parameter.error, rel=0.05)
    assert exact.correlation[0, 1] == pytest.approx(found.correlation[0, 1], abs=0.02)


def test_on_the_full_sky_c_ell_say_all_about_isotropic_skies():
    found = forecast(SMALL, Survey("full", (1e11,), 64))
    for parameter in found.parameters:
        # The pixels are a quadrature to 1e-3.
        assert parameter.whole_sky_error == pytest.approx(parameter.error, rel=3e-3)
    # Elsewhere they do not: multipoles of the coupled spectrum are mixed.
    found = forecast(SMALL, Survey("icecube", (1e11,), 16))
    assert all(p.whole_sky_error < 0.98 * p.error for p in found.parameters)


def test_transports_are_told_apart_by_phases_and_shape():
    found = forecast(SMALL, Survey("full", (1e13,), 16))
    parallel, drift = found.transports
    assert (parallel.mode, drift.mode) == ("parallel", "drift-kinetic")
    # Parallel transport makes the same shape: 6 times less power in the same turbulence (ZL25 Fig. 3).
    assert parallel.amplitude == pytest.approx(math.sqrt(6), rel=0.2)
    assert parallel.delta_chi2 < 1 < drift.delta_chi2 < SIGMAS**2
    assert parallel.power < drift.power < 0.5
    assert min(parallel.contrast, drift.contrast) > 1000
    # With few events nothing is told apart.
    for other in forecast(SMALL, Survey("full", (1e6,), 16)).transports:
        assert other.contrast < 1
        assert other.power == pytest.approx(0.00135, rel=0.05)


def test_models_that_the_configuration_does_not_allow_are_not_compared():
    given = {"transport.collisions": "small-angle", "flow.transverse_fraction": 1}
    found = forecast(SMALL.replace(given | {"sky.lmax": 6}), Survey("full", (1e12,), 16))
    assert [type(other) for other in found.transports][1:] == [NotCompared]
    assert "collisions" in found.transports[1].reason


def test_spectra_without_an_index_have_an_error_of_the_velocity_alone():
    parts = [{"velocity_dispersion": "20 km/s"}, {"velocity_dispersion": "5 km/s", "index": 2.0}]
    config = Config.from_dict({"flow": {"component": parts}, "sky": {"nside": 16, "lmax": 24}})
    found = forecast(config, Survey("full", (1e30 / 1e18,), 16))
    (only,) = found.parameters
    assert (only.name, only.value) == ("velocity_factor", 1.0)
    # Without noise all Σ 2ℓ degrees of freedom measure the power to sqrt(2/ν), the velocity to half of that.
    assert only.error == pytest.approx(0.5 * math.sqrt(2 / np.sum(2 * found.ell)), rel=0.2)


def test_a_single_multipole_determines_nothing():
    found = forecast(SMALL.replace({"sky.lmax": 2}), Survey("full", (1e12,), 16))
    assert [parameter.error for parameter in found.parameters] == [math.inf, math.inf]
    assert "not determined by these multipoles" in str(found)
    # JSON has no infinity.
    assert found.to_dict()["parameters"]["index"]["error"] is None
    assert "not determined" in found._repr_html_()
    assert repr(found).startswith("<Forecast: full, 1e+12 events, velocity_dispersion = 20 ± inf")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flow.velocity_dispersion": "0 km/s"}, "needs turbulence"),
        ({"sky.lmax": 1}, "lmin = 2: must be from 1 to sky.lmax = 1"),
        ({"transport.mode": "helical"}, "transport.mode = helical"),
        ({"flow.anisotropy": "slab"}, "flow.anisotropy"),
        ({"transport.mode": "parallel", "transport.magnetic_field": "random"}, "= random"),
        ({"transport.mode": "drift-kinetic", "transport.free_path": "exponential",
          "transport.scatterings": "stationary"}, "dipole of this sky is infinite"),
        ({"sky.lmax": 48, "sky.nside": 32}, "sky.lmax = 48: must be at most 47"),
    ],
)  # fmt: skip
def test_what_cannot_be_forecast_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        forecast(SMALL.replace(change), Survey("full", (1e11,), 16))


def test_wrong_arguments_are_refused():
    with pytest.raises(InputError, match="config: must be a Config"):
        forecast("isotropic", Survey("full", (1e11,), 16))
    with pytest.raises(InputError, match="survey: must be a Survey"):
        forecast(SMALL, "full")


def test_power_is_the_chance_to_pass_three_standard_deviations():
    """χ² of two fits differ by a normal number of the mean ±Δχ² and the variance 4 Δχ²."""
    for delta in (1.0, 9.0, 20.0):
        other, true = (stats.norm(sign * delta, 2 * math.sqrt(delta)) for sign in (-1, 1))
        found = Distinction("parallel", 1.0, 1.5, delta, math.nan, at_end=False)
        assert found.power == pytest.approx(true.sf(other.isf(stats.norm.sf(3))))


def test_a_field_of_one_pixel(tmp_path):
    healpy.write_map(tmp_path / "one.fits", np.eye(1, 12 * 8**2, 400)[0], coord="C")
    config = Config().replace({"sky.nside": 8})
    with pytest.raises(InputError, match=r"one\.fits: sees nothing of the sky beside m = 0"):
        forecast(config, Survey(str(tmp_path / "one.fits"), (1e10,), 8))
