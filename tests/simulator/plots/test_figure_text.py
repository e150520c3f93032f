"""What figures say: titles that fit, remarks on what is not shown, marks; read off the figure before it is saved."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from eddysky.simulator.config import Config
from eddysky.simulator.config.words import config_in_words
from eddysky.simulator.plots import plot_map, sky_map, style
from eddysky.simulator.plots.style import beside_one_another, figure
from eddysky.simulator.plots.titles import fit_text, set_title
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.plots import plot_power, plot_powers, power
from eddysky.validation.plots.ratio import ratio_spread

BASE = Config.from_dict(
    {
        "sky": {"nside": 4, "lmax": 6},
        "flow": {"modes": 16},
        "ensemble": {"realizations": 3},
    }
)
INJECTION = {
    "spectrum": "injection",
    "outer_scale": "10 kpc",
    "inner_scale": "20 pc",
    "velocity_dispersion": "12.3456 km/s",
    "transverse_fraction": 0.123456,
}
LONG = {
    "flow.component": [INJECTION | {"injection_scale": f"{k} pc"} for k in (50, 123.456, 1000)],
    "flow.mean_velocity": ["20 km/s", "-15.25 km/s", "1e-3 km/s"],
    "flow.velocity_gradient": [
        ["0 km/s/pc", "1 km/s/pc", "0 km/s/pc"],
        ["0 km/s/pc", "0 km/s/pc", "0.512 km/s/pc"],
        ["1.25 km/s/pc", "0 km/s/pc", "0 km/s/pc"],
    ],
    "transport.density_gradient": ["0.00005 1/pc", "-0.00003 1/pc", "0.00002 1/pc"],
    "transport.free_path": "erlang",
    "transport.erlang_order": 10000,
    "transport.scatterings": 5,
    "transport.mode": "parallel",
    "sky.frame": "observer",
    "sky.particles": 1000,
}


@pytest.fixture(scope="module")
def result():
    return simulate(BASE, maps=2)


@pytest.fixture
def drawn(monkeypatch):
    """The figure of a plotting function, laid out, with the box of each of its texts in pixels."""

    def call(plot, *arguments):
        kept = {}

        def keep(fig, path):
            fig.draw_without_rendering()
            # A legend gives its words twice.
            texts = dict.fromkeys(fig.findobj(Text))
            kept["texts"] = [
                (t.get_text(), t.get_window_extent())
                for t in texts
                if t.get_text() and t.get_visible()
            ]
            kept["figure"] = fig
            return path

        for module in (power, style):
            monkeypatch.setattr(module, "save", keep)
        plot(*arguments)
        return SimpleNamespace(**kept)

    return call


def comparison(ell, measured, error, predicted, above_noise=None):
    return SimpleNamespace(
        ell=ell, measured=measured, error=error, predicted=predicted, above_noise=above_noise
    )


def law(lmax=20):
    ell = np.arange(1, lmax + 1)
    predicted = 1e-7 * ell**-2.7
    return comparison(ell, 1.05 * predicted, 0.1 * predicted, predicted)


def assert_inside(drawn):
    """The title and all other words, and the axes below the title."""
    page = drawn.figure.bbox
    title = drawn.figure._suptitle.get_window_extent()
    assert title.y1 <= page.height
    for text, box in [*drawn.texts, ("title", title)]:
        assert box.x0 >= -1, text
        assert box.x1 <= page.width + 1, text
    for axes in drawn.figure.axes:
        assert axes.get_window_extent().y1 <= title.y0


class TestTitles:
    @pytest.mark.parametrize(
        "settings",
        [{}, LONG, {"flow.component": LONG["flow.component"] * 8}],
        ids=["usual", "long", "many components"],
    )
    def test_nothing_is_cut(self, drawn, tmp_path, settings):
        result = simulate(BASE.replace({**settings, "ensemble.realizations": 1}), maps=1)
        for figure_of in (
            drawn(plot_map, result, tmp_path / "m.png"),
            drawn(plot_power, result, tmp_path / "p.png", law()),
        ):
            assert_inside(figure_of)
            said = figure_of.figure._suptitle.get_text().replace("\n", " ")
            assert (
                config_in_words(result.config) in said or config_in_words(result.config, 0) == said
            )

    def test_long_labels_and_title_of_several(self, drawn, tmp_path):
        lost = law()
        lost.above_noise = lost.ell < 11
        given = {f"a rather long name of ensemble {i}": lost for i in range(8)}
        shown = drawn(plot_powers, given, tmp_path / "p.png", "many words " * 40)
        assert_inside(shown)

    def test_axes_keep_their_size_under_a_title_of_many_lines(self):
        heights = []
        for words in ("short", "many words " * 100):
            with figure(6.4, 6.0) as fig:
                axes = fig.add_subplot()
                set_title(fig, words)
                fig.draw_without_rendering()
                heights.append(axes.get_window_extent().height)
        assert heights[1] > 0.95 * heights[0]

    def test_one_word_is_broken_and_one_formula_is_shrunk(self):
        with figure(3.0, 3.0) as fig:
            for words in ("x" * 300, "$" + "x" * 80 + "$", r"a\$b" * 60):
                text = fig.suptitle(words)
                fit_text(text, fig.bbox.width)
                assert text.get_window_extent().width <= fig.bbox.width
                assert text.get_text().replace("\n", "") == words

    def test_formulas_and_directions_stay_whole(self):
        with figure(2.0, 3.0) as fig:
            text = fig.suptitle(config_in_words(BASE.replace({"transport.mode": "parallel"})))
            assert fit_text(text, fig.bbox.width) > 3
            for line in text.get_text().split("\n"):
                assert line.count("$") % 2 == 0
            assert "Dec\N{NO-BREAK SPACE}11.4°" in text.get_text()


class TestPower:
    def test_range_follows_the_well_measured(self, result, drawn, tmp_path):
        given = law()
        given.measured[10:] *= -20
        given.error[10:] *= 100
        assert ratio_spread([given]) == pytest.approx(1.3 * (0.05 + 1.5 * 0.1))
        shown = drawn(plot_power, result, tmp_path / "p.png", given)
        assert shown.figure.axes[1].get_ylim() == pytest.approx((0.74, 1.26))
        said = " ".join(text for text, _ in shown.texts)
        assert "arrows: beyond this panel" in said

    def test_what_is_lost_in_shot_noise_is_said(self, result, drawn, tmp_path):
        given = law()
        given.above_noise = (given.ell < 8) | (given.ell == 10)
        given.measured[~given.above_noise] *= 1000
        shown = drawn(plot_power, result, tmp_path / "p.png", given)
        said = " ".join(text for text, _ in shown.texts)
        assert r"not shown: $\ell$ = 8–9, 11–20 (lost in shot noise)" in said
        assert shown.figure.axes[1].get_ylim()[1] < 1.5

    def test_nothing_predicted(self, result, drawn, tmp_path):
        nothing = np.zeros(20)
        given = comparison(law().ell, nothing, nothing, nothing, nothing > 0)
        for shown in (
            drawn(plot_power, result, tmp_path / "p.png", given),
            drawn(plot_powers, {"one": given}, tmp_path / "p.png", "title"),
        ):
            said = " ".join(text for text, _ in shown.texts)
            assert r"no anisotropy predicted at $\ell$ = 1–20" in said
            assert all(len(axes.get_yticks()) == 0 for axes in shown.figure.axes)

    def test_negative_estimates_have_upper_limits(self, result, drawn, tmp_path):
        given = law()
        given.measured[15:] *= -0.1
        shown = drawn(plot_power, result, tmp_path / "p.png", given)
        limits = [line for line in shown.figure.axes[0].lines if line.get_marker() == "v"]
        np.testing.assert_allclose(
            limits[0].get_ydata(), (given.measured + 2 * given.error)[15:], rtol=1e-12
        )

    def test_points_of_several_ensembles_stand_apart(self, drawn, tmp_path):
        ell = np.arange(1, 200)
        places = np.array([beside_one_another(ell, place, 4) for place in range(4)])
        assert np.all(np.diff(places.T.ravel()) > 0)  # in order, each near its multipole
        np.testing.assert_allclose(places.mean(axis=0), ell, rtol=1e-2)
        shown = drawn(plot_powers, {"a": law(), "b": law()}, tmp_path / "p.png", "title")
        points = [c.lines[0].get_xdata() for c in shown.figure.axes[1].containers]
        assert len(points) == 2
        assert not np.any(points[0] == points[1])


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
        b = config.of_realization(1).field_direction
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
        assert to_hex(mesh.cmap(np.nan)) == to_hex(sky_map.EMPTY)
