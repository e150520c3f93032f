"""The log: lines of JSON, appended to logs only, and never in the way of the run."""

from __future__ import annotations

import json
import os

import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.run import job
from eddysky.simulator.run.log import Log

TINY = Config().replace(
    {"sky.nside": 4, "flow.modes": 16, "flow.inner_scale": "10 pc", "ensemble.realizations": 5}
)


def events(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_of_a_run(tmp_path):
    log = tmp_path / "run.log"
    simulate(TINY, tmp_path / "run.h5", workers=1, log=log)
    start, plan, part, merged, end = events(log)
    assert [line["event"] for line in (start, plan, part, merged, end)] == [
        "start", "plan", "part", "merged", "end",
    ]  # fmt: skip
    assert start["threads"] == 1
    assert start["realizations"] == plan["missing"] == part["count"] == end["realizations"] == 5
    assert part["numbers"] == [0, 1, 2, 3, 4]
    assert all(line["time"].startswith("20") and line["eddysky"] for line in events(log))
    simulate(TINY, tmp_path / "run.h5", log=log)
    assert [line["event"] for line in events(log)][5:] == ["start", "merged", "end"]


@pytest.mark.parametrize(
    ("error", "event"),
    [(KeyboardInterrupt, "interrupted"), (InputError, "refused"), (ZeroDivisionError, "failed")],
)
def test_of_a_run_that_ends_early(tmp_path, monkeypatch, error, event):
    def broken(*_, **__):
        raise error("why")

    monkeypatch.setattr(job, "realize", broken)
    with pytest.raises(error):
        simulate(TINY, tmp_path / "run.h5", log=tmp_path / "run.log")
    last = events(tmp_path / "run.log")[-1]
    assert (last["event"], last["reason"]) == (event, "why")


@pytest.mark.parametrize("content", [b"notes\n", b"[1]\n", b'{"a": 1}\n', b"\x89HDF\r\n"])
def test_a_file_that_is_no_log_is_refused(tmp_path, content):
    path = tmp_path / "notes"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no log of eddysky"):
        simulate(TINY, log=path)
    assert path.read_bytes() == content


def test_places_that_cannot_be(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "run.log"):
        with pytest.raises(InputError, match="--log"):
            Log(path)


def test_a_log_in_the_place_of_the_results_is_refused_before_it_is_made(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("run.h5", "link/run.h5", "run.h5.parts"):
        with pytest.raises(InputError, match="is the results file"):
            simulate(TINY, tmp_path / "run.h5", log=tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_a_line_cut_short_by_a_kill_is_ended(tmp_path):
    path = tmp_path / "run.log"
    with Log(path) as log:
        log.write("start")
    with path.open("a") as file:
        file.write('{"eddysky": "0.1')
    with Log(path) as log:
        log.write("start")
    assert len(path.read_text().splitlines()) == 3


def test_a_full_disk_is_said_once_and_stops_nothing(tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    with Log(tmp_path / "run.log") as log:
        monkeypatch.setattr(os, "write", full)
        log.write("one")
        log.write("two")
    assert capsys.readouterr().err.count("No space left on device") == 1
