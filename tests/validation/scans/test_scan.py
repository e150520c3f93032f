"""Scans: their files, their table, and how they continue."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.table import Table

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.store import read
from eddysky.simulator.run import ensemble
from eddysky.simulator.run.threads import Threads
from eddysky.validation import compare, scan
from eddysky.validation.scans.grid import grid_points
from eddysky.validation.scans.scan import simulate_points

SMALL = Config().replace(
    {"sky.nside": 4, "sky.lmax": 8, "flow.modes": 64, "ensemble.realizations": 12}
)
GRID = {"transport.mean_free_path": ["5 pc", "10 pc"], "flow.index": [1.5, 1.75]}


class Wave:
    """A plane wave whose phase is the number of the realisation."""

    k_max = 1.0

    def __init__(self, index):
        self.index = index

    def velocity(self, points):
        """Velocity along y [km/s]."""
        return 20 * np.cos(0.5 * points[:, :1] + self.index) * [0.0, 1.0, 0.0]


@pytest.fixture
def made(monkeypatch):
    """Numbers of realisations that were made, one a call."""
    counts = []
    original = Threads.batches

    def batches(self, job, indices, total, bar):
        counts.append(len(indices))
        return original(self, job, indices, total, bar)

    monkeypatch.setattr(Threads, "batches", batches)
    return counts


def test_the_table_has_what_compare_says_of_each_file(tmp_path):
    table = scan(SMALL, GRID, tmp_path / "new", ell=3, maps=1)
    assert len(table) == 4
    assert table["transport.mean_free_path"].unit == "pc"
    assert table["transport.mean_free_path"].tolist() == [5, 5, 10, 10]
    assert table["flow.index"].tolist() == [1.5, 1.75, 1.5, 1.75]
    for row in table:
        result = read(tmp_path / "new" / row["file"])
        assert result.config.flow.index == row["flow.index"]
        assert result.config.mean_free_path == row["transport.mean_free_path"]
        assert result.config.ensemble.seed == row["seed"] == 1
        assert len(result.maps) == 1
        found = compare(result)
        assert (row["c_ell"], row["c_ell_error"]) == (result.c_ell[3], result.error[3])
        at = found.ell.tolist().index(3)
        assert row["c_ell_predicted"] == found.predicted[at]
        assert row["amplitude"] == found.amplitude
        assert row["slope_error"] == found.slope.error
        assert row["p_value"] == found.p_value
        assert row["verdict"] == ("consistent" if found.consistent else "not consistent")


def test_the_table_in_the_folder_is_the_one_given_back(tmp_path):
    table = scan(SMALL, GRID, tmp_path)
    read_back = Table.read(tmp_path / "scan.ecsv")
    assert read_back.meta == table.meta
    assert read_back.meta["grid"] == list(GRID)
    assert "share seed 1" in read_back.meta["seeds"]
    shared = Config.from_text(read_back.meta["configuration"])
    assert shared.sky.nside == 4
    assert "mean_free_path" not in read_back.meta["configuration"]
    for name in table.colnames:
        assert read_back[name].unit == table[name].unit
        assert read_back[name].description == table[name].description
        np.testing.assert_array_equal(read_back[name], table[name])


def test_the_same_scan_again_makes_nothing_and_writes_the_same_bytes(tmp_path, made):
    scan(SMALL, GRID, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == [12, 12, 12, 12]
    scan(SMALL, GRID, tmp_path)
    assert made == [12, 12, 12, 12]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_more_values_and_more_realisations_extend_a_scan(tmp_path, made):
    scan(SMALL, {"flow.index": [1.5]}, tmp_path, seeds="different")
    longer = {"flow.index": [1.6, 1.5]}
    table = scan(SMALL, longer, tmp_path, seeds="different")
    assert made == [12, 12]
    assert len(table) == len(list(tmp_path.glob("*.h5"))) == 2
    del made[:]
    table = scan(SMALL.replace({"ensemble.realizations": 15}), longer, tmp_path, seeds="different")
    assert made == [3, 3]
    assert table["realizations"].tolist() == [15, 15]


def test_an_interrupted_scan_has_a_table_of_its_finished_points(tmp_path, monkeypatch):
    points = grid_points(SMALL, GRID)
    original = ensemble.open_checkpoints

    def stop(output, *more, **options):
        if output.name == points[2].file:
            raise KeyboardInterrupt
        return original(output, *more, **options)

    monkeypatch.setattr(ensemble, "open_checkpoints", stop)
    with pytest.raises(KeyboardInterrupt):
        scan(SMALL, GRID, tmp_path)
    table = Table.read(tmp_path / "scan.ecsv")
    assert table["verdict"].tolist()[2:] == ["not yet simulated"] * 2
    assert not np.ma.getmaskarray(table["slope"])[:2].any()
    assert np.ma.getmaskarray(table["slope"])[2:].all()
    # A scan of fewer points that begins with the last one knows the finished ones before it makes any.
    monkeypatch.setattr(
        ensemble, "open_checkpoints", lambda *given, **options: stop(tmp_path / points[2].file)
    )
    with pytest.raises(KeyboardInterrupt):
        scan(SMALL, {key: values[::-1] for key, values in GRID.items()}, tmp_path)
    table = Table.read(tmp_path / "scan.ecsv")
    assert (table["verdict"] == "not yet simulated").tolist() == [True, True, False, False]


def test_a_point_without_a_verdict_says_why(tmp_path):
    table = scan(SMALL.replace({"ensemble.realizations": 3}), {"flow.index": [1.5]}, tmp_path)
    assert table["verdict"][0].startswith("no verdict: too few realisations for standard errors, 3")
    assert table["c_ell"][0] > 0
    assert table["amplitude"][0] is np.ma.masked


def test_files_of_something_else_are_refused_before_anything_is_made(tmp_path, made):
    scan(SMALL, {"flow.index": [1.75]}, tmp_path)
    del made[:]
    other = SMALL.replace({"ensemble.seed": 2})
    with pytest.raises(
        InputError, match=r"index=1\.75\.h5: of another configuration .*seed was 1, now 2"
    ):
        scan(other, {"flow.index": [1.5, 1.75]}, tmp_path)
    (tmp_path / "index=1.5.h5").write_text("mine")
    with pytest.raises(InputError, match=r"index=1\.5\.h5"):
        scan(SMALL, {"flow.index": [1.6, 1.5]}, tmp_path)
    assert (tmp_path / "index=1.5.h5").read_text() == "mine"
    assert made == []


def test_a_table_of_something_else_is_not_replaced(tmp_path, made):
    table = tmp_path / "scan.ecsv"
    table.write_text("# %ECSV 1.0\n# my own\n")
    with pytest.raises(InputError, match="was not written by eddysky"):
        scan(SMALL, GRID, tmp_path)
    assert table.read_text() == "# %ECSV 1.0\n# my own\n"
    assert made == []


def test_the_folder_and_the_multipole_are_checked(tmp_path, made):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is not a folder"):
        scan(SMALL, GRID, tmp_path / "file")
    with pytest.raises(InputError, match="cannot be made: No such file"):
        scan(SMALL, GRID, tmp_path / "no" / "folder")
    with pytest.raises(InputError, match="ell = 9: must be from 1 to 8"):
        scan(SMALL, GRID, tmp_path, ell=9)
    assert made == []


def test_slices_of_points_make_the_files_of_the_whole_scan(tmp_path, made):
    points = grid_points(SMALL, GRID)
    for number in (0, 1):
        done = [point for point, _ in simulate_points(points[number::2], tmp_path)]
        assert done == [points[number], points[number + 2]]
    assert not (tmp_path / "scan.ecsv").exists()
    assert made == [12] * 4
    assert set(scan(SMALL, GRID, tmp_path)["verdict"]) == {"consistent"}
    assert made == [12] * 4


def test_velocity_fields_and_laws_from_outside(tmp_path, made):
    base = Config().replace({"sky.nside": 8, "ensemble.realizations": 12})
    for _ in range(2):
        table = scan(
            base,
            {"transport.mean_free_path": ["5 pc", "10 pc"]},
            tmp_path,
            flow=lambda index: Wave(index),
        )
    assert made == [12, 12]
    assert len(table) == 2
    laws = scan(SMALL, {"transport.free_path": ["exponential", ErlangPath(2)]}, tmp_path / "laws")
    assert laws["transport.free_path"].tolist() == ["exponential", "erlang"]
