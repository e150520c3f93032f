"""Figures of surveys name field, events and part of the sky in the same words."""

from __future__ import annotations

import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.validation.forecasting.forecast import forecast
from eddysky.validation.plots.forecast import plot_forecast
from eddysky.validation.plots.observation import plot_observed_power

CONFIG = Config().replace(
    {"sky.nside": 8, "sky.lmax": 12, "flow.modes": 64, "ensemble.realizations": 10}
)
SURVEY = Survey("icecube+hawc", (1.5e11,), 8)


def forecast_figure(path):
    return plot_forecast(forecast(CONFIG, SURVEY))


def observed_figure(path):
    simulate(CONFIG, path, workers=1)
    return plot_observed_power(observe(path, SURVEY, maps=0))


@pytest.mark.parametrize("draw", [forecast_figure, observed_figure])
def test_titles(draw, tmp_path):
    title = draw(tmp_path / "sky.h5").get_suptitle().replace("\n", " ")
    assert title.startswith("IceCube + HAWC, 1.5$\\times 10^{11}$ events, $m = 0$ removed, 9")
    assert "% of the sky" in title
    assert "10 TeV" in title
