"""A law of the free path from outside, from its two functions to the verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from eddysky.simulator import Config, FreePathLaw, simulate
from eddysky.validation import compare
from eddysky.validation.theory.free_path import free_path_rule
from eddysky.validation.theory.predict import predict
from eddysky.validation.theory.second_order import second_order


@dataclass(frozen=True)
class TwoExponentials(FreePathLaw):
    """Hard and soft scattering: a path is exponential, of mean 1/2 or else of mean 2."""

    name = "two-exponentials"

    def quantile(self, probability):
        # p = 1 − (2 e^(−2s) + e^(−s/2))/3, by the root of a quartic in e^(−s/2), which Newton's method finds.
        rest = 3 * (1 - np.asarray(probability))
        root = np.minimum(1.0, rest)
        for _ in range(60):
            root = root - (2 * root**4 + root - rest) / (8 * root**3 + 1)
        return np.maximum(-2 * np.log(root), 0.0)

    def characteristic(self, q):
        q = np.asarray(q)
        return 2 / 3 / (1 - 0.5j * q) + 1 / 3 / (1 - 2j * q)


SMALL = {"sky.nside": 4, "sky.lmax": 8, "flow.modes": 256, "flow.outer_scale": "100 pc"}


@pytest.mark.parametrize("scatterings", [1, 2])
@pytest.mark.parametrize(
    ("mode", "sampling"),
    [("isotropic", "random"), ("isotropic", "stratified"), ("parallel", "stratified")],
)
def test_simulation_and_prediction_agree(mode, sampling, scatterings):
    """Each verdict is wrong in one of a thousand cases; the seed is fixed."""
    config = Config(transport={"free_path": TwoExponentials()}).replace(
        SMALL
        | {"transport.mode": mode, "transport.scatterings": scatterings, "sky.sampling": sampling}
        | {"sky.particles": 4000, "ensemble.realizations": 100, "flow.inner_scale": "3 pc"}
    )
    result = simulate(config, workers=2, maps=0)
    comparison = compare(result)
    assert comparison.consistent
    assert len(comparison.ell) > 3
    # The law shows: as a sky of another it is refused.
    other = "exponential" if mode == "isotropic" else "fixed"
    other = config.replace({"transport.free_path": other})
    assert not compare(replace(result, config=other)).consistent


def test_paths_that_stand_for_a_law():
    """Four nodes give seven moments of the law: ⟨s^m⟩ = m! (2 · 2^(−m) + 2^m)/3."""
    config = Config(transport={"free_path": TwoExponentials()}).replace(SMALL)
    nodes, weights = map(np.array, zip(*free_path_rule(config.transport.law), strict=True))
    assert len(nodes) == 4
    assert np.all(nodes > 0)
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert weights @ nodes == pytest.approx(1, rel=1e-3)
    # The last of 4096 equally likely paths stands for the tail.
    assert weights @ nodes**2 == pytest.approx(2 * (2 / 4 + 4) / 3, rel=0.01)
    particles = config.replace({"sky.sampling": "random"})
    assert np.all(second_order(particles, predict(particles))[1:] > 0)
