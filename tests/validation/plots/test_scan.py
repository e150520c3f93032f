"""Figures of scans, of tables without any simulation."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.validation.comparison.slope import Slope
from eddysky.validation.comparison.verdict import Comparison
from eddysky.validation.plots import plot_scan
from eddysky.validation.scans.grid import grid_points
from eddysky.validation.scans.table import Row, make_table

PATHS = {"transport.mean_free_path": ["5 pc", "10 pc", "80 pc"]}


def row(verdict="consistent", size=1.0):
    slope = Slope(2, 16, -2.6, 0.1, -2.7, 1.0)
    found = Comparison(
        20, *(np.ones(1) for _ in range(4)), amplitude=size, amplitude_error=0.1, slope=slope
    )
    known = not verdict.startswith("no verdict")
    return Row(20, 1e-7 * size, 1e-8, 1.1e-7, found if known else None, verdict)


def table_of(grid, verdicts=(), pending=0):
    points = grid_points(Config(), grid)
    marks = [*verdicts, *(len(points) - len(verdicts)) * ["consistent"]]
    rows = {
        point.file: row(mark, 1 + 0.1 * i)
        for i, (point, mark) in enumerate(zip(points, marks, strict=True))
    }
    for point in points[len(points) - pending :]:
        del rows[point.file]
    return make_table(points, rows, 2, "mine")


def drawn(axes):
    """Places and values of all measured points."""
    return np.concatenate([np.transpose(bars[0].get_data()) for bars in axes.containers])


def test_one_key_has_its_values_and_unit_on_the_axis():
    fig = plot_scan(table_of(PATHS, ["consistent", "not consistent", "no verdict: few"]))
    power, amplitude, slope = fig.axes
    assert slope.get_xlabel() == "mean free path [pc]"
    assert [tick.get_text() for tick in slope.get_xticklabels()] == ["5", "10", "80"]
    assert slope.get_xscale() == "log"
    np.testing.assert_allclose(
        sorted(drawn(power).tolist()), [[5, 1e-7], [10, 1.1e-7], [80, 1.2e-7]], rtol=1e-12
    )
    assert [bars[0].get_marker() for bars in power.containers] == ["o", "X", "o"]
    assert [bars[0].get_markerfacecolor() for bars in power.containers][2] == "white"
    # Without a verdict there is no amplitude.
    assert np.isfinite(drawn(amplitude)[:, 1]).sum() == 2
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert words == ["simulated", "contradicts the theory", "no verdict", "prediction"]
    assert fig.get_suptitle().replace("\n", " ") == (
        "mine, 3 points sharing their random flows, 20 realisations each"
    )


def test_a_second_key_makes_lines_beside_one_another():
    fig = plot_scan(table_of({"flow.index": [1.5, 1.75]} | PATHS, pending=1))
    power = fig.axes[0]
    assert len(power.containers) == 2
    places = drawn(power)[:, 0]
    assert len(set(places.tolist())) == 5
    np.testing.assert_allclose(sorted(places), [5, 5, 10, 10, 80], rtol=0.05)
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert words[:2] == ["index = 1.5", "index = 1.75"]
    assert "1 not yet simulated" in fig.get_suptitle()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_legend_fits_however_long_its_labels(count):
    """Keys with long names and values."""
    grid = {
        "flow.index": [1.5, 1.6, 1.7],
        "flow.velocity_dispersion": ["10 km/s", "20 km/s"],
        "flow.transverse_fraction": [0.0, 1.0],
        "transport.density_gradient": [["0.001 1/pc", "0 1/pc", "0 1/pc"]],
    }
    fig = plot_scan(table_of(dict(list(grid.items())[: count + 1])))
    fig.canvas.draw()
    box = fig.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= fig.bbox.x1


def test_texts_stand_in_the_order_of_the_table():
    fig = plot_scan(table_of({"transport.free_path": ["fixed", "exponential"]}))
    bottom = fig.axes[-1]
    assert [tick.get_text() for tick in bottom.get_xticklabels()] == ["fixed", "exponential"]
    assert drawn(bottom)[:, 0].tolist() == [0, 1]


def test_many_values_of_two_keys_make_maps():
    index = [1.30 + 0.05 * i for i in range(9)]
    energies = [f"{i} TeV" for i in range(10, 1, -1)]
    grid = {"cosmic_rays.energy": energies, "flow.index": index}
    table = table_of(grid, ["consistent", "not consistent"])
    fig = plot_scan(table)
    maps = [axes for axes in fig.axes if axes.images]
    assert len(maps) == 3
    image = np.asarray(maps[0].images[0].get_array())
    # Across is the energy, ascending, and up the index; each cell is its own row of the table.
    for energy, gamma, value in table["cosmic_rays.energy", "flow.index", "c_ell"]:
        assert image[index.index(gamma), int(energy) - 2] == value
    assert len(maps[0].texts) == 81
    (cross,) = (
        line for line in maps[1].lines if line.get_marker() == "X" and len(line.get_xdata())
    )
    np.testing.assert_allclose(cross.get_xydata(), [[8 + 0.36, 1 - 0.27]])


def test_many_points_of_more_keys_stand_side_by_side():
    grid = {
        "transport.free_path": ["fixed", "exponential"],
        "flow.index": [1.5, 1.6, 1.7],
        "sky.frame": ["fluid", "observer"],
        "flow.transverse_fraction": [0.0, 0.5, 1.0],
    }
    fig = plot_scan(table_of(grid))
    assert drawn(fig.axes[0])[:, 0].tolist() == list(range(1, 37))
    assert [text.get_text() for text in fig.axes[0].texts] == ["fixed", "exponential"]
    assert "in the order of the table" in fig.axes[-1].get_xlabel()


def test_the_same_table_makes_the_same_file(tmp_path):
    table = table_of(PATHS)
    files = [plot_scan(table, tmp_path / f"{name}.png").read_bytes() for name in ("a", "b")]
    assert files[0] == files[1]


def test_single_points_and_empty_tables_can_be_drawn(tmp_path):
    for verdict, pending in (("no verdict: few", 0), ("consistent", 1)):
        plot_scan(table_of({"flow.index": [1.5]}, [verdict], pending))
    with pytest.raises(InputError, match="must end in"):
        plot_scan(table_of(PATHS), tmp_path / "scan.gif")
