"""The table of columns: what it says is what files hold and what the documentation lists."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from eddysky.simulator.results.columns import COLUMNS, ROWS
from eddysky.simulator.results.result import Result
from eddysky.simulator.run.ensemble import simulate

DOCUMENT = Path(__file__).parents[3] / "docs" / "results-file.md"
CASES = {
    "isotropic": {},
    "random": {"sky.sampling": "random", "sky.particles": 64},
    "parallel": {"transport.mode": "parallel"},
}


@pytest.mark.parametrize("case", CASES)
def test_files_hold_what_the_table_says(tiny, tmp_path, case):
    config = tiny.replace(CASES[case])
    simulate(config, tmp_path / "run.h5", maps=3, alms=2)
    counts = {"index": 5, "map_index": 3, "alm_index": 2}
    present = [column for column in COLUMNS if column.present(config)]
    with h5py.File(tmp_path / "run.h5") as file:
        assert set(file) == {column.name for column in present}
        for column in present:
            data = file[column.name]
            assert data.shape == (counts[column.rows], *column.row_shape(config))
            assert data.dtype == column.dtype
            assert data.attrs["units"] == column.units == "1"
            assert data.attrs["description"] == column.description
            assert (data.compression == "gzip") == column.packed
            assert column.attributes(config).items() <= dict(data.attrs).items()


def test_which_configurations_have_which(tiny):
    def names(case):
        return {c.name for c in COLUMNS if c.present(tiny.replace(CASES[case]))}

    common = {"index", "power", "mean", "map_index", "maps", "alm_index", "alm"}
    assert names("isotropic") == common
    assert names("random") == common | {"hits", "variance", "noise"}
    assert names("parallel") == common | {"zonal"}


def test_every_column_is_a_field_of_results():
    fields = {field.name for field in dataclasses.fields(Result)}
    assert fields == {column.name for column in COLUMNS} | {"config", "columns", "definitions"}
    assert {column.rows for column in COLUMNS} == set(ROWS)
    assert not any(column.is_outside for column in COLUMNS)


def test_kinds_of_numbers():
    kinds = {column.name: column for column in COLUMNS}
    assert kinds["hits"].holds(np.dtype("uint32"))
    assert kinds["maps"].holds(np.dtype("float64"))
    assert not kinds["maps"].holds(np.dtype("int64"))
    assert not kinds["alm"].holds(np.dtype("float64"))


def test_the_documentation_lists_them():
    table = re.findall(r"^\| (`/.*?) \| ", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    listed = [name for cell in table for name in re.findall(r"`/([^`]*)`", cell)]
    assert sorted(listed) == sorted([*(column.name for column in COLUMNS), "columns/NAME"])
