"""A small results file to observe."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.run.ensemble import simulate

SMALL = {"sky.nside": 16, "flow.modes": 128, "ensemble.realizations": 3}


@pytest.fixture(scope="session")
def skies(tmp_path_factory):
    """Results of three realisations, the a_lm of the first two kept: path and result."""
    path = tmp_path_factory.mktemp("skies") / "sky.h5"
    return path, simulate(Config().replace(SMALL), path, alms=2, workers=1)
