"""Figure of an observation."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.plots.observation import plot_observation
from eddysky.simulator.run.ensemble import simulate


@pytest.fixture(scope="module")
def skies(tmp_path_factory):
    path = tmp_path_factory.mktemp("skies") / "sky.h5"
    simulate(Config().replace({"sky.nside": 8, "flow.modes": 32, "ensemble.realizations": 1}), path)
    return path


def test_three_panels_that_say_what_they_show(skies, drawn):
    survey = Survey("icecube+hawc", (1e9,), 8, point_spread=1.0, compton_getting=(20.0, 10.0, 5.0))
    kept = drawn(
        lambda path: plot_observation(observe(skies, survey), path, smooth=20.0), "obs.png"
    )
    words = [text for text, _ in kept.texts]
    title = " ".join(words[0].split())
    for part in ("IceCube + HAWC", r"1$\times 10^{9}$ events", "point spread 1°", "20 km/s"):
        assert any(part in " ".join(text.split()) for text in words), (part, title)
    assert any(r"without $\ell \leq 3$, summed over discs of 20°" in text for text in words)
    assert any("significance" in text for text in words)
    assert "outside the field of view" in words
    width, height = kept.figure.bbox.width, kept.figure.bbox.height
    for text, box in kept.texts:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text


def test_a_full_sky_of_noise_alone(skies):
    observation = observe(skies, Survey("full", (1e6,), 8))
    figure = plot_observation(observation, subtract_multipoles=None, smooth=0.0)
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert any("relative intensity, pixel by pixel" in label for label in labels)
    with pytest.raises(InputError, match="row = 4"):
        plot_observation(observation, row=4)
    assert np.isfinite(observation.intensity).all()
