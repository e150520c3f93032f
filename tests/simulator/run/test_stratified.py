"""Stratified particles: no bias, less variance than plain ones, the same bits for any threads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eddysky.simulator import Config, simulate
from eddysky.simulator.run.realization import Setup, observe, realize
from eddysky.simulator.transport.free_paths import path_weight, paths_of_quantiles
from eddysky.validation import compare

SMALL = {
    "sky.nside": 8,
    "sky.sampling": "stratified",
    "sky.particles": 20_000,
    "flow.modes": 64,
    "ensemble.realizations": 100,
}
LAWS = {
    "fixed": {},
    "exponential": {"transport.free_path": "exponential"},
    "erlang": {"transport.free_path": "erlang", "transport.erlang_order": 4},
    "scatterings": {"transport.free_path": "exponential", "transport.scatterings": 3},
    "parallel": {"transport.free_path": "exponential", "transport.mode": "parallel"},
}


@pytest.mark.parametrize("law", LAWS)
def test_simulated_and_predicted_agree(law):
    config = Config().replace(SMALL | LAWS[law] | {"ensemble.seed": 11})
    comparison = compare(simulate(config, maps=0))
    # Three tests at 1e-3 each; the amplitude is good enough for a bias of 20% to be seen.
    assert comparison.consistent
    assert comparison.amplitude_error < (0.1 if law == "parallel" else 0.06)


def estimates(config, flow, count):
    """C_l of one flow as seen by `count` independent sets of particles."""
    setup = Setup.from_config(config)
    return np.array([observe(setup, flow, i, threads=2).power for i in range(count)])


@pytest.mark.parametrize("law", ["fixed", "exponential", "erlang"])
def test_the_same_flow_is_seen_without_bias_and_with_less_variance(law):
    stratified = Config().replace(SMALL | LAWS[law])
    plain = stratified.replace({"sky.sampling": "random"})
    flow = Setup.from_config(stratified).flow(0)
    ours, theirs = estimates(stratified, flow, 40), estimates(plain, flow, 40)
    variance = ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)
    pull = (ours.mean(axis=0) - theirs.mean(axis=0))[1:] / np.sqrt(variance[1:] / 40)
    # 12 multipoles at 4 standard errors with 78 degrees of freedom: 0.2%.
    assert np.max(np.abs(pull)) < 4
    ratio = ours.var(axis=0, ddof=1)[1:] / theirs.var(axis=0, ddof=1)[1:]
    # The geometric mean of 12 ratios of variances of 40 is good to 10%; a half at most is six of those below one.
    assert np.exp(np.mean(np.log(ratio))) < 0.5


@pytest.mark.parametrize("order", [1, 2, 16])
def test_paths_follow_their_law(order):
    quantile = (np.arange(1000) + 0.5) / 1000
    law = {"transport.free_path": "erlang", "transport.erlang_order": order}
    config = Config().replace(law | {"transport.mean_free_path": "4 pc"})
    paths = paths_of_quantiles(config, quantile)
    assert np.allclose(stats.gamma(order, scale=4 / order).cdf(paths), quantile, atol=1e-10)
    assert path_weight(config) == 0.5 / np.sqrt(order)


def test_fixed_paths_are_fixed():
    quantile = (np.arange(1000) + 0.5) / 1000
    assert np.array_equal(paths_of_quantiles(Config(), quantile), np.full(1000, 10.0))
    assert path_weight(Config()) == 0


def test_the_same_bits_for_any_threads():
    config = Config().replace(SMALL | LAWS["exponential"] | {"sky.particles": 200_001})
    setup = Setup.from_config(config)
    one = realize(setup, 1, keep_map=True, threads=1)
    three = realize(setup, 1, keep_map=True, threads=3)
    assert np.array_equal(one.power, three.power)
    assert np.array_equal(one.sky.intensity, three.sky.intensity, equal_nan=True)


def test_few_particles():
    config = Config().replace(SMALL | {"sky.particles": 16, "sky.nside": 1, "sky.lmax": 2})
    assert np.all(np.isfinite(simulate(config, maps=1).power))
