"""Small results, an observation of them, and their report."""

from __future__ import annotations

import pytest

from eddysky import Config, Survey, observe, simulate
from eddysky.simulator.observation.observation_file import write_observation
from eddysky.validation.report.page import write_report

SETTINGS = {
    "sky.nside": 8,
    "flow.modes": 256,
    "flow.inner_scale": "10 pc",
    "ensemble.realizations": 40,
}


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Results and an observation."""
    folder = tmp_path_factory.mktemp("report")
    results, observation = folder / "sky.h5", folder / "obs.h5"
    simulate(Config().replace(SETTINGS), results)
    survey = Survey("dec:-90,20", (1e12,), 8, apodise=20.0)
    write_observation(observation, observe(results, survey))
    return results, observation


@pytest.fixture(scope="session")
def page(files, tmp_path_factory):
    """A report on both."""
    return write_report(files, tmp_path_factory.mktemp("page") / "report.html")
