"""The skies that are observed: as the file keeps them, or made again."""

from __future__ import annotations

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.observation.skies import skies_of
from eddysky.simulator.run.ensemble import simulate


def test_a_sky_of_particles_is_that_of_both_halves_without_its_monopole(tmp_path):
    path = tmp_path / "particles.h5"
    config = Config(
        sky={"nside": 4, "sampling": "random", "particles": 2000},
        flow={"modes": 32, "transverse_fraction": 0.0},
        ensemble={"realizations": 2},
    )
    result = simulate(config, path, alms=1, maps=0, workers=1)
    first, again = skies_of(path, [0, 1], threads=1)
    halves = result.alm[0]
    np.testing.assert_array_equal(first[1:], (0.5 * (halves[0] + halves[1]))[1:])
    assert np.all(np.abs(halves[:, 0]) > 0)
    assert first[0] == again[0] == 0
