"""Figures of sky maps: labels, colour scale, mark of the field; read off the figure before it is saved."""

from __future__ import annotations

import dataclasses
import functools
import re

import healpy
import numpy as np
import pytest
from matplotlib.colors import to_hex

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.plots import plot_map, plot_sky
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

    def test_unknown_options_are_refused(self, result):
        with pytest.raises(TypeError, match="smoth"):
            plot_map(result, smoth=10)

    def test_no_mark_with_isotropic_transport(self, result, drawn, tmp_path):
        shown = drawn(plot_map, result, tmp_path / "m.png")
        assert shown.figure.axes[0].get_legend() is None

    def test_pixels_without_particles_are_grey(self, drawn, tmp_path):
        settings = {"sky.sampling": "random", "sky.particles": 100, "ensemble.realizations": 1}
        shown = drawn(plot_map, simulate(BASE.replace(settings), maps=1), tmp_path / "m.png")
        assert "no particles" in [text for text, _ in shown.texts]
        mesh = shown.figure.axes[0].collections[0]
        assert to_hex(mesh.cmap(np.nan)) == to_hex(EMPTY)


class TestOptions:
    SKY = healpy.alm2map(np.array([0, 1, 0.3, 0.2, 0, 0, 0.5j, 0.1, 0.2, 0.3j]) * 1e-3, 16)

    def colours(self, fig):
        return fig.axes[0].collections[0].get_array().ravel()

    def test_multipoles_are_taken_off_and_the_rest_is_smoothed(self):
        fig = plot_sky(self.SKY, subtract_multipoles=3, limits=(-1e-3, 1e-3))
        # ℓ ≤ 3 is all there is.
        assert np.max(np.abs(self.colours(fig))) < 1e-9
        assert r"$\ell \leq 3$ subtracted" in fig.axes[1].get_xlabel()
        seen = np.where(np.arange(len(self.SKY)) < 1000, np.nan, self.SKY)
        fig = plot_sky(seen, smooth=180, limits=(-1e-3, 1e-3), title="Mine")
        np.testing.assert_allclose(
            np.unique(np.round(self.colours(fig).compressed(), 9)),
            [round(1e3 * np.nanmean(seen), 9)],
        )
        assert "smoothed over 180°" in fig.axes[1].get_xlabel()
        assert fig.get_suptitle() == "Mine"
        assert [t.get_text() for t in fig.axes[0].get_legend().get_texts()] == ["not seen"]

    @pytest.mark.parametrize(
        ("limits", "extend"),
        [((-1, 1), "neither"), ((0, 1), "min"), ((-1e-4, 2e-4), "both")],
    )
    def test_the_colour_bar_says_what_lies_beyond(self, limits, extend):
        fig = plot_sky(self.SKY, limits=limits)
        mesh = fig.axes[0].collections[0]
        scale = float(np.max(np.abs(self.SKY)) / np.max(np.abs(mesh.get_array())))
        np.testing.assert_allclose(np.array(mesh.get_clim()) * scale, limits, rtol=1e-12)
        assert mesh.colorbar.extend == extend

    def test_colours_of_one_sign_have_no_middle(self):
        spot = np.maximum(self.SKY, 0)
        figures = plot_sky(spot), plot_sky(spot, quantity="weight"), plot_sky(spot + 1)
        found = [fig.axes[0].collections[0].cmap.name for fig in figures]
        # A relative intensity may be negative, whatever this one is; a weight may not.
        assert found == ["RdBu_r", "viridis", "viridis"]

    def test_the_field_is_marked_in_the_coordinates_of_the_figure(self, drawn, tmp_path):
        """The galactic pole is at RA 192.86°, Dec 27.13° (J2000)."""
        config = BASE.replace(
            {"transport.mode": "parallel", "transport.magnetic_field": [192.86, 27.13]}
        )
        result = simulate(config, maps=1)
        shown = drawn(
            functools.partial(plot_map, coordinates="galactic"), result, tmp_path / "m.png"
        )
        marks = {line.get_marker(): line for line in shown.figure.axes[0].lines}
        ((y,),) = (marks["+"].get_ydata(),)
        assert y == pytest.approx(np.pi / 2, abs=1e-3)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"projection": "mercator"}, "projection mercator: must be mollweide, hammer"),
            ({"title": r"$\frac$"}, "between dollars must be a formula"),
            ({"smooth": 200}, "must be from 0 to 180"),
            ({"subtract_multipoles": 11}, "must be from 0 to 10"),
        ],
    )
    def test_refused(self, options, words):
        with pytest.raises(InputError, match=words):
            plot_sky(self.SKY, **options)
        with pytest.raises(InputError, match="no pixel of the map holds a value"):
            plot_sky(np.full(12, np.nan))
