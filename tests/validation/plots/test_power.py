"""Figures of C_ℓ: range, remarks on what is not shown, marks; read off the figure before it is saved."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import compared, power_law

from eddysky.simulator.config import Config
from eddysky.simulator.plots.style import beside_one_another
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.plots import plot_power, plot_powers
from eddysky.validation.plots.ratio import ratio_spread

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


class TestPower:
    def test_range_follows_the_well_measured(self, result, drawn, tmp_path):
        given = power_law()
        given.measured[10:] *= -20
        given.error[10:] *= 100
        assert ratio_spread([given]) == pytest.approx(1.3 * (0.05 + 1.5 * 0.1))
        shown = drawn(plot_power, result, tmp_path / "p.png", given)
        assert shown.figure.axes[1].get_ylim() == pytest.approx((0.74, 1.26))
        said = " ".join(text for text, _ in shown.texts)
        assert "arrows: beyond this panel" in said

    def test_what_is_lost_in_shot_noise_is_said(self, result, drawn, tmp_path):
        given = power_law()
        given.above_noise = (given.ell < 8) | (given.ell == 10)
        given.measured[~given.above_noise] *= 1000
        shown = drawn(plot_power, result, tmp_path / "p.png", given)
        said = " ".join(text for text, _ in shown.texts)
        assert r"not shown: $\ell$ = 8–9, 11–20 (lost in shot noise)" in said
        assert shown.figure.axes[1].get_ylim()[1] < 1.5

    def test_the_noise_level_is_drawn_where_there_are_particles(self, result, drawn, tmp_path):
        given = power_law()
        shown = drawn(plot_power, result, tmp_path / "p.png", given)
        assert not any("shot noise" in text for text, _ in shown.texts)
        given.noise = np.full(20, 3e-10)
        for plotted, label in (
            (
                drawn(plot_power, result, tmp_path / "p.png", given),
                "shot noise $N_\\ell$ of one sky",
            ),
            (
                drawn(plot_powers, {"a": given, "b": power_law()}, tmp_path / "p.png", "title"),
                "shot noise $N_\\ell$ of one sky",
            ),
        ):
            texts = [text for text, _ in plotted.texts]
            assert [text.startswith(label) for text in texts].count(True) == 1
            # The prediction falls to 3e-11: the ratio enters the lower panel, and its title says what it is.
            assert any(r"dotted: $N_\ell/C_\ell$" in text for text in texts)
            for axes, expected in zip(
                plotted.figure.axes, (given.noise, given.noise / given.predicted), strict=True
            ):
                dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
                np.testing.assert_array_equal(dotted[0].get_xdata(), given.ell)
                np.testing.assert_array_equal(dotted[0].get_ydata(), expected)

    def test_range_and_levels_are_those_given(self, drawn, tmp_path):
        given = power_law()
        given.predicted[:] = given.ell**-9.0
        given.measured[:] = given.predicted
        for reach in (1e-6, 1e-8):
            shown = drawn(
                plot_powers, {"a": given}, tmp_path / "p.png", "title", None,
                {"noise here": 2e-4, "noise there": 1e-4}, reach,
            )  # fmt: skip
            top = shown.figure.axes[0]
            assert top.get_ylim()[0] == pytest.approx(reach)
            level = {line.get_label(): list(line.get_ydata()) for line in top.lines}
            assert (level["noise here"], level["noise there"]) == ([2e-4] * 2, [1e-4] * 2)

    def test_nothing_predicted(self, result, drawn, tmp_path):
        nothing = np.zeros(20)
        given = compared(power_law().ell, nothing, nothing, nothing, nothing > 0)
        for shown in (
            drawn(plot_power, result, tmp_path / "p.png", given),
            drawn(plot_powers, {"one": given}, tmp_path / "p.png", "title"),
        ):
            said = " ".join(text for text, _ in shown.texts)
            assert r"no anisotropy predicted at $\ell$ = 1–20" in said
            assert all(len(axes.get_yticks()) == 0 for axes in shown.figure.axes)

    def test_negative_estimates_have_upper_limits(self, result, drawn, tmp_path):
        given = power_law()
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
        shown = drawn(
            plot_powers, {"a": power_law(), "b": power_law()}, tmp_path / "p.png", "title"
        )
        points = [c.lines[0].get_xdata() for c in shown.figure.axes[1].containers]
        assert len(points) == 2
        assert not np.any(points[0] == points[1])
