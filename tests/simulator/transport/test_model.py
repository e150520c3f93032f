"""Transport models: which one a configuration gets, and what a new one must say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.isotropic import Isotropic
from eddysky.simulator.transport.model import MODELS, transport_model

SMALL = {"sky.nside": 8, "sky.lmax": 8, "flow.modes": 32, "flow.inner_scale": "10 pc"}
# Half as far: 10 TeV and γ_g = 5/3 stay as they are.
SHORT = {"transport.mean_free_path": "5 pc"}


@dataclass(frozen=True)
class HalfAsFar(Isotropic):
    """Particles that come half as far as their free paths."""

    def displacement(self, directions):
        return 0.5 * directions

    def propagate(self, position, momentum, paths):
        super().propagate(position, momentum, 0.5 * paths)


@pytest.mark.parametrize("mode", MODELS)
def test_the_mode_chooses_the_model(mode):
    assert type(transport_model(Config().replace({"transport.mode": mode}))) is MODELS[mode]


@pytest.mark.parametrize(
    "sampling",
    [{"sky.evaluation": "direct"}]
    + [{"sky.sampling": kind, "sky.particles": 500} for kind in ("random", "stratified")],
)
def test_a_model_says_how_particles_move(sampling):
    """Coming half as far as twice the path is the same, also in bits: halves of floats are exact."""
    gradient = {"transport.density_gradient": ["0.001 1/pc", "0 1/pc", "-0.002 1/pc"]}
    config = Config().replace(SMALL | sampling | gradient)
    short = Setup.from_config(config.replace(SHORT))
    new = Setup(config, HalfAsFar(config, short.model.grid), short.map_grid)
    one, other = (realize(setup, 1, keep_map=True, keep_alm=True) for setup in (short, new))
    assert np.array_equal(one.sky.intensity, other.sky.intensity, equal_nan=True)
    assert np.array_equal(one.alm, other.alm)
