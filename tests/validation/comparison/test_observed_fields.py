"""Fields of view of IceCube, HAWC and both: matrix × prediction, noise level, plain correction, and loss of m = 0."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.observation import compare_observation

SMALL = {"sky.nside": 16, "sky.lmax": 24, "flow.modes": 512, "ensemble.realizations": 40}
WHOLE = {"ensemble.realizations": 200}
ALARM = 1e-3


@pytest.fixture(
    scope="module", params=["small", pytest.param("whole", marks=pytest.mark.slow)]
)  # fmt: skip
def skies(request, tmp_path_factory):
    """Results file, its expectation, and the highest multipole of the tests."""
    config = Config().replace(SMALL if request.param == "small" else WHOLE)
    path = tmp_path_factory.mktemp("fields") / "sky.h5"
    simulate(config, path, maps=0, alms=config.ensemble.realizations)
    return path, Expectation.from_config(config), 22 if request.param == "small" else 60


def survey(skies, field, events=1.7e11, **options):
    return Survey(field, (events,), skies[1].config.sky.nside, **options)


def test_noise_and_spectrum_of_the_whole_sky(skies):
    path, expected, _ = skies
    events = 6.8e10
    found = observe(path, survey(skies, "full", events, keep_zonal=True), range(40))
    level = 4 * math.pi / events
    # The bias is 1/N of each observation, whose number of events scatters by 1/√N.
    np.testing.assert_allclose(found.noise[:, 1:], level, rtol=1e-3)
    assert compare_observation(found, expected).p_value > ALARM
    # Noise alone: the same survey of a sky without power.
    config = expected.config
    still = {"flow.velocity_dispersion": "0 km/s", "ensemble.realizations": 1}
    empty = path.with_name("empty.h5")
    if not empty.exists():
        simulate(config.replace(still), empty, maps=0, alms=1)
    rows = [
        observe(empty, replace(found.survey, seed=seed)).power[0, 1:] / level for seed in range(8)
    ]
    size = 2 * np.arange(1, config.lmax + 1) + 1
    mean = np.mean(rows, axis=0) @ size / size.sum()
    error = math.sqrt(2 / (len(rows) * size.sum()))
    assert abs(mean - 1) < -NormalDist().inv_cdf(ALARM / 2) * error


@pytest.mark.parametrize("field", ["icecube", "hawc", "icecube+hawc"])
def test_coupled_spectra_are_matrix_times_prediction(skies, field):
    path, expected, highest = skies
    found = compare_observation(observe(path, survey(skies, field)), expected)
    assert found.p_value > ALARM
    some = (found.ell >= 3) & (found.ell <= highest)
    assert np.sum(some) == highest - 2
    assert np.mean(np.abs(found.pull[some]) < 3) >= 0.95
    # What the correction by the mean square of the weight takes for the coupled spectrum.
    plain = np.abs((found.measured - found.plain) / found.error)[some] > 3
    assert np.max(np.abs(found.plain_error[some])) > 0.1
    if field == "icecube":
        assert np.mean(plain) > 0.1


@pytest.mark.parametrize("field", ["icecube", "hawc", "icecube+hawc"])
def test_what_is_lost_with_m_0_is_predicted(skies, field):
    path, expected, highest = skies
    without = observe(path, survey(skies, field))
    whole = observe(path, survey(skies, field, keep_zonal=True))
    found = compare_observation(without, expected)
    gain = (whole.power - whole.noise - without.power + without.noise)[:, found.ell]
    assert np.all(gain.mean(axis=0)[(found.ell >= 2) & (found.ell <= 15)] > 0)
    error = gain.std(axis=0, ddof=1) / math.sqrt(len(gain))
    pull = (gain.mean(axis=0) - (found.with_zonal - found.predicted)) / error
    # One square of a normal number is far from normal: fewer are within three standard errors.
    assert np.mean(np.abs(pull[(found.ell >= 3) & (found.ell <= highest)]) < 3) >= 0.9
