"""JSON of measurements: the head, the digits, and whole files only."""

from __future__ import annotations

import json
import math
import subprocess

import numpy as np
import pytest

from eddysky.simulator.machine import available_cores
from eddysky.validation import record
from eddysky.validation.record import Record


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_head_and_rows():
    written = Record("some", "make some").write(rows=[{"value": np.float64(1 / 3), "bad": np.nan}])
    found = json.loads(written.read_text("utf-8"))
    assert written.as_posix() == "results/some.json"
    assert found["rows"] == [{"value": 0.333333, "bad": None}]
    assert found["command"] == "make some"
    assert found["commit"] is None
    assert 0 <= found["seconds"] < 60
    assert found["versions"]["numpy"] == np.__version__
    assert {"eddysky", "numba", "scipy", "ducc0", "healpy"} <= found["versions"].keys()
    assert found["machine"]["cores"] == available_cores()
    assert found["machine"]["memory_gb"] > 0.1
    assert found["machine"]["processor"]
    assert [path.name for path in written.parent.iterdir()] == ["some.json"]


def test_what_cannot_be_written_leaves_the_file_as_it_was():
    written = Record("some", "make some").write(rows=[1])
    before = written.read_bytes()
    with pytest.raises(TypeError):
        Record("some", "make some").write(rows=[object()])
    assert written.read_bytes() == before


def test_plain_values():
    given = {"a": (np.int64(3), np.bool_(True)), "b": math.inf, "c": 123456.789, "d": "x", "e": 7}
    found = record.rounded(given)
    assert found == {"a": [3, True], "b": None, "c": 123457.0, "d": "x", "e": 7}
    json.dumps(found)


def test_commit_of_a_clone_of_eddysky_only(tmp_path):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    assert record.commit() is None
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert record.commit() is None
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "eddysky"\n')
    words = record.commit()
    assert words is not None
    assert len(words) >= 7
