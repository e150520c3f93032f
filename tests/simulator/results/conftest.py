"""Small ensembles, in memory and in a file."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.output import write
from eddysky.simulator.run import job
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.realization import Setup, realize

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


@pytest.fixture
def ten():
    """A small configuration of ten realisations."""
    return TINY.replace({"ensemble.realizations": 10})


@pytest.fixture
def output(tmp_path):
    return tmp_path / "run.h5"


@pytest.fixture
def parts(output):
    """The folder of finished realisations of `output`."""
    return output.with_name("run.h5.parts")


@pytest.fixture
def make():
    """Make some realisations."""

    def call(config, indices, maps=2):
        setup = Setup.from_config(config)
        return [realize(setup, index, keep_map=index < maps) for index in indices]

    return call


@pytest.fixture
def add(output, make):
    """Leave a part behind, as an interrupted run does; returns its path."""

    def call(config, indices, maps=2):
        with open_checkpoints(output, config) as opened:
            before = set(opened.finished)
            opened.add(make(config, indices, maps))
            return next(iter(set(opened.finished) - before), None)

    return call


@pytest.fixture
def counted(monkeypatch):
    """Numbers of the realisations that are really made."""
    indices = []

    def counting(setup, index, **options):
        indices.append(index)
        return realize(setup, index, **options)

    monkeypatch.setattr(job, "realize", counting)
    return indices
