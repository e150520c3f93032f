"""False-alarm rate of `compare` on synthetic ensembles and simulated skies."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import SMALL, at_least, at_most, cosmic, crossed, neighbours, result

from eddysky.simulator import Config, simulate
from eddysky.validation import compare
from eddysky.validation.comparison.verdict import FALSE_ALARM


@pytest.mark.parametrize("draw", [cosmic, neighbours])
@pytest.mark.parametrize("count", [30, 100])
def test_false_alarms(expected, draw, count):
    """Each of the three tests rejects a true theory at most 0.0025 of the time, so all at most 0.0075."""
    rng = np.random.default_rng(20)
    c_ell, trials = expected(SMALL).prediction.c_ell, 2000
    found = [
        compare(result(SMALL, draw(rng, c_ell, count)), expected(SMALL)) for _ in range(trials)
    ]
    assert sum(not c.consistent for c in found) <= at_most(trials, 0.0075)
    p_values = np.array([c.p_value for c in found])
    # p is nearly uniform also where it is not small: 6.5% are below 5% for skewed C_ℓ and R = 30, 4.7 to 6% for
    # correlated C_ℓ.
    assert at_least(trials, 0.045) <= np.sum(p_values < 0.05) <= at_most(trials, 0.07)
    assert at_least(trials, 0.45) <= np.sum(p_values < 0.5) <= at_most(trials, 0.55)


@pytest.mark.parametrize(
    ("mode", "count", "level"),
    [
        ("isotropic", 10, 0.3),
        ("isotropic", 10, 30.0),
        ("isotropic", 30, 3.0),
        ("parallel", 100, 0.3),
        ("parallel", 100, 3.0),
    ],
)
def test_false_alarms_with_shot_noise(expected, mode, count, level):
    """White noise of `level` times C_4: from a tenth of the signal to more than ten times the signal."""
    rng, trials = np.random.default_rng(40), 300
    config = SMALL.replace(
        {
            "transport.mode": mode,
            "sky.sampling": "random",
            "sky.lmax": 8,
            "flow.inner_scale": "3 pc",
        }
    )
    c_ell = expected(config).prediction.c_ell
    noise = np.full(len(c_ell), level * c_ell[4])
    squares = 1 if mode == "parallel" else None
    found = [
        compare(result(config, *crossed(rng, c_ell, noise, count, squares)), expected(config))
        for _ in range(trials)
    ]
    # 0.3% are expected; a wrong treatment of the noise fails 10% and more.
    assert sum(not c.consistent for c in found) <= at_most(trials, 0.006)
    p_values = np.array([c.p_value for c in found])
    assert at_least(trials, 0.43) <= np.sum(p_values < 0.5) <= at_most(trials, 0.57)


@pytest.mark.parametrize(
    ("settings", "skies"),
    [
        # Shot noise of stratified arrivals is far below white noise at small ℓ and equal to it at large ℓ.
        ({"flow.inner_scale": "100 pc", "sky.sampling": "stratified", "sky.particles": 20_000}, 30),
        ({"flow.inner_scale": "300 pc", "sky.sampling": "random", "sky.particles": 5_000}, 30),
        ({"transport.mode": "parallel", "sky.sampling": "random", "sky.particles": 2_000}, 100),
    ],
)
def test_false_alarms_of_simulated_skies(expected, settings, skies):
    """Ensembles of ordinary runs in which most multipoles are lost in shot noise."""
    base = {"sky.nside": 8, "sky.lmax": 12, "flow.modes": 64, "flow.inner_scale": "10 pc"}
    ensembles = 20 if skies < 100 else 6
    config = Config().replace(base | settings | {"ensemble.realizations": skies * ensembles})
    made = simulate(config, workers=1, maps=0)
    failed = 0
    for start in range(0, len(made.power), skies):
        rows = slice(start, start + skies)
        found = compare(result(config, made.power[rows], made.noise[rows]), expected(config))
        failed += not found.consistent
    # 0.3% are expected; with noise estimated from the scatter of each ℓ 8 of 40 failed.
    assert failed <= at_most(ensembles, 0.003)


@pytest.mark.slow
def test_false_alarms_of_the_smallest_ensembles(expected):
    rng = np.random.default_rng(21)
    c_ell, trials = expected(SMALL).prediction.c_ell, 30_000
    found = [compare(result(SMALL, cosmic(rng, c_ell, 10)), expected(SMALL)) for _ in range(trials)]
    assert sum(not c.consistent for c in found) <= at_most(trials, 3 * FALSE_ALARM)
