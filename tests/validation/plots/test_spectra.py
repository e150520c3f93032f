"""C_ℓ of several ensembles and tables on the same axes: read off the figure."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from eddysky import Config, InputError, predict, simulate
from eddysky.simulator.plots import style
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.plots import draw_power, plot_spectra

BASE = Config(sky={"nside": 4, "lmax": 6}, flow={"modes": 16}, ensemble={"realizations": 4})
ELL = np.arange(2, 8)


@pytest.fixture(scope="module")
def result():
    return simulate(BASE, maps=0)


def points(axes):
    """Positions and half-lengths of the error bars of each container."""
    found = []
    for bars in axes.containers:
        line, _, (errors,) = bars.lines
        halves = [np.ptp(segment[:, 1]) / 2 for segment in errors.get_segments()]
        found.append((line.get_xdata(), line.get_ydata(), halves))
    return found


def test_results_are_points_over_their_prediction_and_band(result):
    axes = Figure().subplots()
    assert draw_power(axes, result, label="mine") is axes
    ((x, y, error),) = points(axes)
    power = result.power[:, 1:]
    np.testing.assert_allclose(x, np.arange(1, 7))
    np.testing.assert_allclose(y, power.mean(axis=0))
    np.testing.assert_allclose(error, power.std(axis=0, ddof=1) / 2)
    predicted = predict(BASE).c_ell[1:]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), predicted)
    corners = axes.collections[0].get_paths()[0].vertices
    for ell, value in enumerate(predicted, start=1):
        here = corners[np.isclose(corners[:, 0], ell), 1]
        # One sky of isotropic diffusion scatters by √(2/(2ℓ+1)).
        assert max(here) == pytest.approx(value * (1 + np.sqrt(2 / (2 * ell + 1))))
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_legend_handles_labels()[1] == ["mine"]


def test_tables_are_points_limits_or_lines():
    c_ell = np.array([4.0, 3.0, 1.0, 0.5, -1.0, -9.0])
    axes = Figure().subplots()
    draw_power(axes, MeasuredPower(ELL, c_ell, np.ones(6)), mark="s", colour="black")
    ((x, y, error),) = points(axes)
    np.testing.assert_array_equal([x, y, error], [ELL[:2], c_ell[:2], [1, 1]])
    # At value + 2 errors where the error is not below the value, and nothing where that is negative.
    (limits,) = (line for line in axes.lines if line.get_marker() == "v")
    np.testing.assert_array_equal(limits.get_xydata(), [[4, 3], [5, 2.5], [6, 1]])
    draw_power(axes, MeasuredPower(ELL, np.abs(c_ell)), line="--")
    assert axes.lines[-1].get_linestyle() == "--"
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), np.abs(c_ell))
    with pytest.raises(
        InputError, match="must be a Result, a MeasuredPower or a Prediction, not str"
    ):
        draw_power(axes, "OUT.h5")


def test_bands_and_errors_of_two_sides():
    low, high = np.array([2, 5]), np.array([4, 9])
    errors = np.array([[1e-9, 2e-9], [3e-9, 9e-8]])
    bands = MeasuredPower.from_bands(low, high, np.array([1e-7, 1e-9]), errors)
    axes = draw_power(Figure().subplots(), bands)
    line, _, (across, along) = axes.containers[0].lines
    assert line.get_ydata() == [1e-7]
    np.testing.assert_allclose(across.get_segments()[0][:, 0], [2, 4])
    np.testing.assert_allclose(along.get_segments()[0][:, 1], [0.99e-7, 1.03e-7])
    assert axes.lines[-1].get_ydata() == [pytest.approx(1e-9 + 18e-8)]


def test_a_flow_without_turbulence_and_a_single_sky():
    """Their errors are zero or unknown."""
    shear = Config(
        sky={"nside": 4, "frame": "observer"},
        flow={"velocity_dispersion": "0 km/s", "mean_velocity": ("9 km/s", "0 km/s", "0 km/s")},
        ensemble={"realizations": 1},
    )
    axes = draw_power(Figure().subplots(), simulate(shear, maps=0))
    ((x, _, error),) = points(axes)
    assert (x[0], error[0]) == (1, 0)


def test_the_legend_says_what_differs_and_the_title_what_does_not(result, monkeypatch):
    kept = []
    monkeypatch.setattr(style, "save", lambda fig, path: kept.append(fig))
    other = simulate(BASE.replace({"flow.index": 2.0, "cosmic_rays.energy": "20 TeV"}), maps=0)
    measured = MeasuredPower(ELL, 1e-7 * ELL**-2.0, 1e-8 * np.ones(6))
    shown = {"$a": result, "b": other, "table": measured, "theory": predict(BASE)}
    plot_spectra(shown, "any.png")
    (fig,) = kept
    labels = [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    assert sorted(labels) == [
        r"\$a (4 realisations): $\gamma$ = 1.67, 10 TeV, $\lambda$ = 10 pc (fixed paths)",
        r"b (4 realisations): $\gamma$ = 2, 20 TeV, $\lambda$ = 12.6 pc (fixed paths)",
        "table",
        "theory",
    ]
    title = fig.get_suptitle().replace("\n", " ")
    assert title.startswith(r"simulated: $\sigma$(10 pc) = 20 km/s")
    assert "gamma" not in title
    # Points of the two ensembles stand beside each other.
    first, second = (x for x, _, error in points(fig.axes[0])[:2])
    assert np.all(first < second)


def test_what_is_far_below_is_left_out(result):
    low = MeasuredPower(ELL, 1e-30 * np.ones(6))
    fig = plot_spectra({"a": result, "low": low}, title="Mine")
    assert fig.axes[0].get_ylim()[0] >= 1e-6 * result.power[:, 1:].mean(axis=0).max()
    assert fig.get_suptitle() == "Mine"
    with pytest.raises(InputError, match="none is given"):
        plot_spectra({})


def test_many_entries_lie_below_the_axes_in_order():
    errors = (None, 1e-9 * np.ones(6))
    shown = {f"t{k}": MeasuredPower(ELL, 10.0**-k * ELL**-2.0, errors[k % 2]) for k in range(8)}
    fig = plot_spectra(shown)
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == list(shown)
    box, axes = legend.get_window_extent(), fig.axes[0].get_tightbbox()
    assert box.y1 <= axes.y0
    assert box.y0 >= 0
