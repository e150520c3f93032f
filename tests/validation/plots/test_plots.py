"""Figures are written and show something, for usual and for odd results."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.image import imread

from eddysky.simulator.config import Config
from eddysky.simulator.plots import plot_map
from eddysky.simulator.plots.style import power_of_ten
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.plots import plot_power, plot_powers
from eddysky.validation.plots import power as plots

BASE = Config.from_dict(
    {"sky": {"nside": 4, "lmax": 6}, "flow": {"modes": 16}, "ensemble": {"realizations": 3}}
)


@pytest.fixture(scope="module")
def result():
    return simulate(BASE, maps=2)


def comparison(lmax=30, seed=1):
    ell = np.arange(1, lmax + 1)
    predicted = 1e-7 * ell**-2.7
    error = 0.1 * predicted
    noise = np.random.default_rng(seed).normal(size=lmax)
    return SimpleNamespace(
        ell=ell,
        measured=predicted + noise * error,
        error=error,
        predicted=predicted,
        above_noise=None,
        noise=None,
    )


def assert_drawn(path, colours=100):
    image = imread(path)
    height, width = image.shape[:2]
    assert min(height, width) > 500
    # More than a white page with axes: many colours, and ink on more than 2% of the pixels.
    assert len(np.unique(np.round(255 * image) @ 256.0 ** np.arange(image.shape[2]))) > colours
    assert np.mean(np.any(image[..., :3] < 0.95, axis=2)) > 0.02
    return image


class TestMap:
    def test_usual_and_rows_differ(self, result, tmp_path):
        paths = [plot_map(result, tmp_path / f"{row}.png", row) for row in (0, 1)]
        assert paths == [tmp_path / "0.png", tmp_path / "1.png"]
        assert not np.array_equal(*(assert_drawn(path) for path in paths))

    def test_empty_pixels(self, tmp_path):
        sparse = simulate(
            BASE.replace(
                {"sky.sampling": "random", "sky.particles": 100, "ensemble.realizations": 1}
            )
        )
        assert np.isnan(sparse.maps).any()
        assert_drawn(plot_map(sparse, tmp_path / "map.png"))

    def test_flat_sky(self, result, tmp_path):
        flat = dataclasses.replace(result, maps=np.zeros_like(result.maps))
        assert_drawn(plot_map(flat, tmp_path / "map.png"))

    def test_one_realization_without_turbulence(self, tmp_path):
        settings = {"flow.velocity_dispersion": "0 km/s", "ensemble.realizations": 1}
        assert_drawn(plot_map(simulate(BASE.replace(settings), maps=1), tmp_path / "map.png"))

    @pytest.mark.parametrize("scale", [1e-9, 1e30])
    def test_any_scale(self, result, tmp_path, scale):
        scaled = dataclasses.replace(result, maps=result.maps * np.float32(scale))
        assert_drawn(plot_map(scaled, tmp_path / "map.png"))

    def test_right_ascension_grows_to_the_left_and_north_is_up(self, result, tmp_path):
        # A sky of one hot spot, at RA 90° and Dec +45°, is red in the upper left quarter of the ellipse.
        import healpy

        spot = np.zeros((1, 192), np.float32)
        towards = healpy.ang2vec(np.pi / 4, np.pi / 2)
        n = np.stack(healpy.pix2vec(4, np.arange(192)), axis=1)
        spot[0, n @ towards > 0.8] = 1
        hot = dataclasses.replace(result, maps=spot, map_index=np.array([0]))
        image = assert_drawn(plot_map(hot, tmp_path / "map.png"), colours=50)
        sky = image[: int(0.78 * len(image))]  # without the colour bar
        red = (sky[..., 0] > 0.3) & (sky[..., 1] < 0.2) & (sky[..., 2] < 0.3)
        rows, columns = np.nonzero(red)
        assert len(rows) > 1000
        height, width = sky.shape[:2]
        assert columns.max() < width / 2
        assert rows.mean() < height / 2


class TestPower:
    def test_usual(self, result, tmp_path):
        path = plot_power(result, tmp_path / "power.png", comparison())
        assert path == tmp_path / "power.png"
        assert_drawn(path)

    @pytest.mark.parametrize("lmax", [1, 2, 9, 21, 300])
    def test_any_number_of_multipoles(self, result, tmp_path, lmax):
        assert_drawn(plot_power(result, tmp_path / "power.png", comparison(lmax)))

    def test_negative_estimates(self, result, tmp_path):
        # A cross-spectrum scatters around zero where there is little power.
        given = comparison()
        given.measured[20:] = -given.predicted[20:]
        assert_drawn(plot_power(result, tmp_path / "power.png", given))

    @pytest.mark.parametrize(
        "path",
        [{}, {"transport.free_path": "exponential", "sky.sampling": "random", "sky.particles": 64}],
    )
    def test_slope_line_belongs_to_fixed_paths(self, tmp_path, monkeypatch, path):
        drawn = simulate(BASE.replace(path), maps=0)
        labels = []

        def note(axes, *arguments, **options):
            labels.append(options.get("label", ""))
            return original(axes, *arguments, **options)

        from matplotlib.axes import Axes

        original = Axes.plot
        monkeypatch.setattr(Axes, "plot", note)
        plot_power(drawn, tmp_path / "power.png", comparison())
        assert any("gamma" in label for label in labels) == (not path)

    def test_several(self, tmp_path):
        given = {
            "one": comparison(seed=1),
            "two": comparison(12, seed=2),
            "three": comparison(seed=3),
        }
        assert_drawn(plot_powers(given, tmp_path / "powers.png", "a title"))

    def test_prediction_of_zero_in_several(self, tmp_path):
        given = comparison()
        given.predicted[5:] = 0
        assert_drawn(plot_powers({"one": given}, tmp_path / "powers.png", "a title"))

    def test_prediction_of_zero(self, result, tmp_path):
        given = comparison()
        given.predicted[1:] = 0
        assert_drawn(plot_power(result, tmp_path / "power.png", given))

    def test_style_does_not_leak_out(self, result, tmp_path):
        import matplotlib as mpl

        before = dict(mpl.rcParams)
        plot_power(result, tmp_path / "power.png", comparison())
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("value", "exponent"),
    [(0.0, 0), (1.0, 0), (0.2, 0), (50.0, 0), (3e-4, -4), (9.99e-4, -4), (1e-3, -3), (250.0, 2)],
)
def test_power_of_ten(value, exponent):
    assert power_of_ten(value) == (exponent, 10.0**exponent)


def test_more_ensembles_than_colours_are_not_dropped(tmp_path, monkeypatch):
    drawn, original = [], plots.draw_ensemble

    def note(*arguments):
        drawn.append(arguments[4])
        original(*arguments)

    monkeypatch.setattr(plots, "draw_ensemble", note)
    given = {str(number): comparison() for number in range(len(plots.COLOURS) + 1)}
    plot_powers(given, tmp_path / "powers.png", "a title")
    assert drawn == list(given)
