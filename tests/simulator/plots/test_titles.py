"""Titles of figures fit and lose nothing; read off the figure before it is saved."""

from __future__ import annotations

import pytest
from synthetic import power_law

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import config_in_words
from eddysky.simulator.plots import plot_map
from eddysky.simulator.plots.style import figure
from eddysky.simulator.plots.titles import fit_text, set_title
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.plots import plot_power, plot_powers

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
            drawn(plot_power, result, tmp_path / "p.png", power_law()),
        ):
            assert_inside(figure_of)
            said = figure_of.figure._suptitle.get_text().replace("\n", " ")
            assert (
                config_in_words(result.config) in said or config_in_words(result.config, 0) == said
            )

    def test_long_labels_and_title_of_several(self, drawn, tmp_path):
        lost = power_law()
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
