"""Small ensembles, in memory and in a file."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.results.output import write
from eddysky.simulator.run.ensemble import simulate

TINY = Config.from_dict(
    {"sky": {"nside": 2, "lmax": 4}, "flow": {"modes": 8}, "ensemble": {"realizations": 5}}
)
CONFIGS = {
    "pixel-centre": TINY,
    "random": TINY.replace({"sky.sampling": "random", "sky.particles": 64}),
}


@pytest.fixture(scope="session")
def tiny():
    return TINY


@pytest.fixture(scope="module", params=CONFIGS)
def result(request):
    return simulate(CONFIGS[request.param], maps=3, workers=1)


@pytest.fixture
def file(result, tmp_path):
    path = tmp_path / "run.h5"
    write(path, result)
    return path
