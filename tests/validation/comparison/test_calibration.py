"""False-alarm rate of the verdict on simulated ensembles of random configurations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eddysky.simulator import Config, simulate
from eddysky.validation.comparison.calibration import (
    _calibrate,
    _ensembles,
    _random_configuration,
    _Tally,
)


def test_a_seed_gives_one_configuration():
    drawn = [_random_configuration(seed) for seed in range(40)]
    assert drawn == [_random_configuration(seed) for seed in range(40)]
    some = [config for config in drawn if config is not None]
    assert len(some) > 15
    assert len({config.transport.mode for config in some}) == 4
    assert {config.sampling for config in some} == {
        "pixel-centre", "expected", "random", "stratified",
    }  # fmt: skip


def test_ensembles_are_disjoint():
    settings = {"sky.nside": 2, "flow.modes": 8, "ensemble.realizations": 65}
    config = Config().replace(settings | {"sky.sampling": "random", "sky.particles": 16})
    made = list(_ensembles(simulate(config, workers=1, maps=0)))
    assert [len(one.power) for one in made] == [10] * 6 + [30] * 2
    for some in (made[:6], made[6:]):
        indices = np.concatenate([one.index for one in some])
        assert np.array_equal(indices, np.arange(60))
    assert all(one.noise.shape == one.power.shape for one in made)


@pytest.mark.slow
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_false_alarm_rate():
    tally = _Tally()
    number = sum(_calibrate(tally, seed) for seed in range(100))
    assert number > 40
    judged = tally.judged.total()
    assert judged > 1000
    # 0.3% are expected, 0.4% allowed; the bound on the count has a false-alarm probability of 1e-4.
    assert tally.failed.total() <= stats.binom.isf(1e-4, judged, 0.004)
