"""Observations against matrix × prediction: verdicts, exclusions and words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eddysky.simulator import Config, InputError
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.observation import compare_observation, predict_observation
from eddysky.validation.comparison.realizations import NoVerdictError, TooFewRealizationsError

# Each test of a true theory fails with a probability of 0.3% (`FALSE_ALARM`); seeds are fixed.
SKIES = {"sky.nside": 16, "sky.lmax": 24, "flow.modes": 1024, "ensemble.realizations": 40}
ICECUBE = Survey("icecube", (1e10,), 16, apodise=10.0)


def skies(folder, **settings):
    """Results file of small skies."""
    path = folder / "sky.h5"
    simulate(Config().replace(SKIES | settings), path, workers=1, maps=0)
    return path


@pytest.fixture(scope="module")
def isotropic(tmp_path_factory):
    return skies(tmp_path_factory.mktemp("isotropic"))


@pytest.fixture(scope="module")
def seen(isotropic):
    """IceCube's observation of them."""
    return observe(isotropic, ICECUBE)


def test_a_part_of_the_sky_is_consistent(seen):
    found = compare_observation(seen)
    assert found.consistent
    assert found.realizations == 40
    assert found.ell[0] == 1
    assert "the plain correction for the part of the sky, is off by" in str(found)
    assert "m = 0 is left out: it would add" in str(found)
    assert found.to_dict()["lost_with_zonal"][1] == pytest.approx(found.lost[1])


@pytest.mark.parametrize(
    "survey",
    [
        Survey("full", (1e10,), 16, keep_zonal=True),
        Survey("hawc", (1e10,), 16, point_spread=5.0),
        Survey("icecube+hawc", (1e10,), 16, keep_zonal=True, weighting="exposure"),
        Survey("lhaaso", (1e9,), 16, compton_getting=(200.0, 80.0, 30.0)),
    ],
)
def test_other_surveys_are_consistent(isotropic, survey):
    assert compare_observation(observe(isotropic, survey)).consistent


def test_another_theory_is_not_consistent(seen):
    assert not compare_observation(replace(seen, power=1.8 * seen.power)).consistent
    louder = seen.config.replace({"flow.velocity_dispersion": "30 km/s"})
    assert not compare_observation(replace(seen, config=louder)).consistent


def test_noise_that_is_not_subtracted_is_seen(isotropic):
    loud = observe(isotropic, replace(ICECUBE, events=(3e7,)))
    assert compare_observation(loud).consistent
    assert not compare_observation(replace(loud, noise=0.5 * loud.noise)).consistent


def test_few_observations_have_no_verdict(seen):
    few = replace(seen, index=seen.index[:9], power=seen.power[:9], noise=seen.noise[:9])
    with pytest.raises(TooFewRealizationsError, match="at least 10"):
        compare_observation(few)


def test_the_expectation_must_be_that_of_the_skies(seen):
    other = Expectation.from_config(seen.config.replace({"flow.index": 1.5}))
    with pytest.raises(InputError, match="another configuration"):
        compare_observation(seen, other)


FIELD = {"ensemble.realizations": 100, "sky.nside": 16, "sky.lmax": 12}
HELICAL = {"transport.mode": "helical", "transport.free_path": "exponential"}


@pytest.mark.parametrize(
    "settings",
    [
        {"transport.mode": "parallel"},
        {"transport.mode": "parallel", "transport.magnetic_field": "random"},
        {"transport.mode": "drift-kinetic", "flow.transverse_fraction": 1.0},
        {
            "transport.mode": "parallel",
            "transport.density_gradient": ["3e-5/pc", "0/pc", "2e-5/pc"],
        },
        HELICAL | {"flow.inner_scale": "10 pc", "transport.magnetic_field_strength": "0.01 uG"},
    ],
)
def test_skies_with_a_magnetic_field_are_consistent(tmp_path, settings):
    path = skies(tmp_path, **FIELD, **settings)
    assert compare_observation(observe(path, ICECUBE)).consistent


def test_the_direction_of_the_field_shows_in_a_part_of_the_sky(tmp_path):
    seen = observe(skies(tmp_path, **FIELD, **{"transport.mode": "parallel"}), ICECUBE)
    turned = seen.config.replace({"transport.magnetic_field": (0.0, -80.0)})
    first = predict_observation(seen, Expectation.from_config(seen.config)).mean
    second = predict_observation(seen, Expectation.from_config(turned)).mean
    assert np.max(np.abs(second[2:] / first[2:] - 1)) > 0.5
    assert not compare_observation(replace(seen, config=turned)).consistent


def test_shot_noise_of_particles_is_part_of_the_prediction(tmp_path):
    few = {"sky.sampling": "random", "sky.particles": 20_000, "sky.lmax": 12}
    seen = observe(skies(tmp_path, **few), ICECUBE)
    found = compare_observation(seen)
    assert found.consistent
    silent = Expectation.from_config(seen.config.replace({"sky.particles": 2_000_000}))
    without = predict_observation(replace(seen, config=silent.config), silent).mean
    assert np.max(found.predicted / without[found.ell]) > 1.1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sky.sampling": "stratified", "sky.particles": 2000}, "stratified"),
        ({"sky.sampling": "random", "sky.particles": 2000, "transport.mode": "parallel"}, "field"),
    ],
)
def test_shot_noise_that_is_not_predicted_is_refused(tmp_path, settings, words):
    seen = observe(skies(tmp_path, **FIELD, **settings), ICECUBE)
    with pytest.raises(InputError, match=f"shot noise of .*{words}"):
        compare_observation(seen)


def test_infinite_power_reaches_all_multipoles(tmp_path):
    stationary = {
        "transport.mode": "drift-kinetic", "transport.free_path": "exponential",
        "transport.scatterings": "stationary", "flow.velocity_dispersion": "0.1 km/s",
    }  # fmt: skip
    seen = observe(skies(tmp_path, **FIELD, **stationary), ICECUBE)
    with pytest.raises(NoVerdictError, match="infinite in the mean"):
        compare_observation(seen)
