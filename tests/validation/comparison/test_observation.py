"""Observations against matrix × prediction: verdicts, exclusions and words."""

from __future__ import annotations

from dataclasses import replace

import healpy
import numpy as np
import pytest

from eddysky.simulator import Config, InputError
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.observation import compare_observation, predict_observation
from eddysky.validation.comparison.observed_bands import observed_bands
from eddysky.validation.comparison.realizations import NoVerdictError, TooFewRealizationsError

# Each test of a true theory fails with a probability of 0.3% (`FALSE_ALARM`); seeds are fixed.
SKIES = {"sky.nside": 16, "sky.lmax": 24, "flow.modes": 512, "ensemble.realizations": 40}
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


FIELD = {"ensemble.realizations": 100, "sky.lmax": 12, "flow.modes": 512}
PARALLEL = {"transport.mode": "parallel"}
GRADIENT = {"transport.density_gradient": ["3e-5/pc", "0/pc", "2e-5/pc"]}
HELICAL = {
    "transport.mode": "helical", "transport.free_path": "exponential", "flow.inner_scale": "30 pc",
    "transport.magnetic_field_strength": "0.01 uG",
}  # fmt: skip


@pytest.mark.parametrize(
    "settings",
    [
        PARALLEL,
        PARALLEL | {"transport.magnetic_field": "random"},
        PARALLEL | GRADIENT,
        pytest.param(
            {"transport.mode": "drift-kinetic", "flow.transverse_fraction": 1.0},
            marks=pytest.mark.slow,
        ),
        pytest.param(HELICAL, marks=pytest.mark.slow),
    ],
)
def test_skies_with_a_magnetic_field_are_consistent(tmp_path, settings):
    path = skies(tmp_path, **FIELD, **settings)
    assert compare_observation(observe(path, ICECUBE)).consistent


def test_the_direction_of_the_field_shows_in_a_part_of_the_sky(tmp_path):
    seen = observe(skies(tmp_path, **FIELD, **PARALLEL), ICECUBE)
    turned = seen.config.replace({"transport.magnetic_field": (0.0, -80.0)})
    first = predict_observation(seen, Expectation.from_config(seen.config)).mean
    other = replace(seen, config=turned)
    second = predict_observation(other, Expectation.from_config(turned)).mean
    assert np.max(np.abs(second[2:] / first[2:] - 1)) > 0.5
    assert not compare_observation(other).consistent


def test_shot_noise_of_particles_is_part_of_the_prediction(tmp_path):
    few = {
        "sky.sampling": "random",
        "sky.particles": 10_000,
        "flow.modes": 128,
        "ensemble.realizations": 20,
    }
    seen = observe(skies(tmp_path, **few), ICECUBE)
    found = compare_observation(seen)
    assert found.consistent
    quiet = seen.config.replace({"sky.particles": 10_000_000})
    assert not compare_observation(replace(seen, config=quiet)).consistent


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sky.sampling": "stratified", "sky.particles": 2000}, "stratified"),
        (PARALLEL | {"sky.sampling": "random", "sky.particles": 2000}, "field"),
    ],
)
def test_shot_noise_that_is_not_predicted_is_refused(seen, settings, words):
    config = seen.config.replace({"ensemble.realizations": 100} | settings)
    many = replace(seen, config=config, index=np.arange(100))
    with pytest.raises(InputError, match=f"shot noise of .*{words}"):
        compare_observation(many)


def test_infinite_power_reaches_all_multipoles(seen):
    stationary = {
        "transport.mode": "drift-kinetic", "transport.free_path": "exponential",
        "transport.scatterings": "stationary", "sky.sampling": "expected",
    }  # fmt: skip
    many = replace(seen, config=seen.config.replace(stationary), index=np.arange(100))
    with pytest.raises(NoVerdictError, match="infinite in the mean"):
        compare_observation(many)


def test_a_mask_that_depends_on_right_ascension(isotropic, tmp_path):
    x, _, z = healpy.pix2vec(16, np.arange(12 * 16**2))
    file = str(tmp_path / "mask.fits")
    healpy.write_map(file, ((z < 0.5) & (x > -0.5)).astype(np.float64), dtype=np.float64)
    turned = observe(isotropic, Survey(file, (1e10,), 16, apodise=10.0))
    found = compare_observation(turned)
    assert found.consistent
    assert found.with_zonal is None
    shifted = turned.config.replace(GRADIENT)
    with pytest.raises(InputError, match="right ascension skies with a regular flow"):
        compare_observation(replace(turned, config=shifted))


def test_band_powers_of_a_part_of_the_sky(seen):
    bands = observed_bands(seen, 5)
    assert bands.low.tolist() == [2, 7, 12, 17]
    assert bands.high.tolist() == [6, 11, 16, 24]
    # Four pulls of Student's t with 39 degrees of freedom: 1e-4 for one above 4.8.
    assert np.max(np.abs(bands.pull)) < 4.8
    assert bands.condition < 10
    with pytest.raises(InputError, match="cannot be decoupled"):
        observed_bands(seen, 1)
    with pytest.raises(InputError, match="from 1 to 23"):
        observed_bands(seen, 24)


def test_skies_of_many_energies_are_consistent(tmp_path):
    """A response of 0.7 in ln E; at one energy it would be another sky."""
    spread = {"cosmic_rays.energy_response": {"width": 0.7}, "flow.inner_scale": "2 pc"}
    seen = observe(skies(tmp_path, **spread), replace(ICECUBE, point_spread=3.0))
    assert compare_observation(seen).consistent
    single = seen.config.replace({"cosmic_rays.energy_response": {"width": 0}})
    assert not compare_observation(replace(seen, config=single)).consistent
