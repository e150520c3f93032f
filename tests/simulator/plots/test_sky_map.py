"""Figures of sky maps: labels, colour scale, mark of the field; read off the figure before it is saved."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from matplotlib.colors import to_hex

from eddysky.simulator.config import Config
from eddysky.simulator.plots import plot_map
from eddysky.simulator.plots.sky_axes import EMPTY
from eddysky.simulator.run.ensemble import simulate

BASE = Config.from_dict(
    {
        "sky": {"nside": 4, "lmax": 6},
        "flow": {"modes": 16},
        "ensemble": {"realizations": 3},
    }
)


@pytest.fixture(scope="module")
def result():
    return simulate(BASE, maps=2)


class TestMap:
    def test_labels(self, result, drawn, tmp_path):
        shown = drawn(plot_map, result, tmp_path / "m.png")
        said = [text for text, _ in shown.texts]
        for degrees in ("120°", "60°", "0°", "300°", "240°", "+30°", "−60°"):
            assert degrees in said
        assert said.count("180°") == 2
        whole = " ".join(said)
        for words in ("arrival directions", "increases to the left", "relative intensity"):
            assert words in whole
        # No text is hidden by another.
        boxes = [(text, box) for text, box in shown.texts if text.endswith("°")]
        pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
        assert [(a, b) for a, b in pairs if a[1].overlaps(b[1])] == []

    @pytest.mark.parametrize("size", [0.0, 1e-16])
    def test_no_colour_scale_of_nothing(self, result, drawn, tmp_path, size):
        flat = dataclasses.replace(result, maps=np.full_like(result.maps, size))
        shown = drawn(plot_map, flat, tmp_path / "m.png")
        said = " ".join(text for text, _ in shown.texts)
        assert "no anisotropy" in said
        assert ("rounding" in said) == (size > 0)
        assert len(shown.figure.axes) == 1  # no colour bar
        assert not re.search(r"[01]\.00", said)

    @pytest.mark.parametrize("field", [[40.0, -30.0], "random"])
    def test_the_field_is_marked_where_it_points(self, drawn, tmp_path, field):
        config = BASE.replace({"transport.mode": "parallel", "transport.magnetic_field": field})
        result = simulate(config, maps=2)
        shown = drawn(plot_map, result, tmp_path / "m.png", 1)
        legend = [text for text, _ in shown.texts if "n = " in text]
        assert legend == ["$n = +b$", "$n = -b$"]
        marks = {line.get_marker(): line for line in shown.figure.axes[0].lines}
        b = config.for_realization(1).field_direction
        for marker, sign in (("+", 1), ("_", -1)):
            # Longitude on the map is minus the right ascension.
            ((x,), (y,)) = marks[marker].get_xdata(), marks[marker].get_ydata()
            there = [np.cos(y) * np.cos(-x), np.cos(y) * np.sin(-x), np.sin(y)]
            np.testing.assert_allclose(there, sign * b, atol=1e-12)

    def test_no_mark_with_isotropic_transport(self, result, drawn, tmp_path):
        shown = drawn(plot_map, result, tmp_path / "m.png")
        assert shown.figure.axes[0].get_legend() is None

    def test_pixels_without_particles_are_grey(self, drawn, tmp_path):
        settings = {"sky.sampling": "random", "sky.particles": 100, "ensemble.realizations": 1}
        shown = drawn(plot_map, simulate(BASE.replace(settings), maps=1), tmp_path / "m.png")
        assert "no particles" in [text for text, _ in shown.texts]
        mesh = shown.figure.axes[0].collections[0]
        assert to_hex(mesh.cmap(np.nan)) == to_hex(EMPTY)
