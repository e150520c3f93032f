"""Sums over particles: kept through kills, with the same bits, and only trusted where they are whole."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.results import partial_sums
from eddysky.simulator.results.partial_sums import (
    ParticleSums,
    RealizationStoppedError,
    SavedSums,
    remove_sums,
)
from eddysky.simulator.run import job, realization
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.transport.blocks import mapped

BASE = Config.from_dict(
    {
        "sky": {"nside": 4, "lmax": 6, "sampling": "random", "particles": 640},
        "flow": {"modes": 16, "inner_scale": "10 pc"},
        "ensemble": {"realizations": 2},
    }
)
ORBITS = {"transport.mode": "helical", "transport.magnetic_field_strength": "1 nG"}
CONFIGS = {
    "random": BASE,
    "stratified": BASE.replace({"sky.sampling": "stratified"}),
    "walk": BASE.replace({"transport.collisions": "small-angle"}),
    "drift-kinetic": BASE.replace({"transport.mode": "drift-kinetic"}),
    "orbits": BASE.replace({**ORBITS, "sky.sampling": "orbits"}),
}


@pytest.fixture
def blocks(monkeypatch):
    """Small blocks, sums saved after each; returns the numbers of the first particles of all blocks that are made."""
    monkeypatch.setattr(realization, "PARTICLE_BLOCK", 64)
    monkeypatch.setattr(realization, "ORBIT_BLOCK", 64)
    monkeypatch.setattr(partial_sums, "SECONDS_PER_SAVE", 0.0)
    monkeypatch.setattr(partial_sums, "SHARE", np.inf)
    made = []

    def counting(function, items, threads):
        def call(rows):
            made.append(rows.start)
            return function(rows)

        return mapped(call, items, threads)

    monkeypatch.setattr(realization, "mapped", counting)
    return made


@pytest.mark.parametrize("name", ["random", "stratified", "orbits"])
def test_interrupted_between_blocks(name, blocks, tmp_path, monkeypatch, assert_same):
    """The second realisation fails after its fourth block; its run continues with the fifth."""
    config = CONFIGS[name]
    whole = simulate(config, workers=1)
    original = job.realize

    def stopped(setup, index, **options):
        sums = options.get("sums")
        if index == 1:
            write = sums._write

            def writing():
                write()
                if sums.sums.count == 4 * 64:
                    raise KeyboardInterrupt

            sums._write = writing
        return original(setup, index, **options)

    with monkeypatch.context() as patch:
        patch.setattr(job, "realize", stopped)
        with pytest.raises(KeyboardInterrupt):
            simulate(config, tmp_path / "run.h5", workers=1)
    folder = tmp_path / "run.h5.parts"
    assert [path.name[14:24] for path in folder.glob("sums-*")] == ["0000000001"]
    blocks.clear()
    assert_same(simulate(config, tmp_path / "run.h5", workers=1), whole)
    assert blocks == list(range(4 * 64, 640, 64))
    assert not folder.exists()


KILLED = """
import os
from eddysky.simulator.results import partial_sums
from eddysky.simulator.run import realization
from eddysky.simulator import Config, simulate
realization.PARTICLE_BLOCK, partial_sums.SECONDS_PER_SAVE, partial_sums.SHARE = 64, 0.0, 1e9
saves = 0
publish = partial_sums.publish
def counting(*names):
    global saves
    publish(*names)
    saves += 1
    if saves == {saves}:
        os.kill(os.getpid(), 9)
partial_sums.publish = counting
simulate(Config.from_toml("run.toml"), "run.h5", workers=1)
"""


def test_killed_in_each_realisation(blocks, tmp_path, assert_same):
    whole = simulate(BASE, workers=1)
    (tmp_path / "run.toml").write_text(BASE.to_toml())
    for saves in (3, 9):
        code = [sys.executable, "-c", KILLED.format(saves=saves)]
        assert subprocess.run(code, cwd=tmp_path, timeout=60).returncode == -9
    blocks.clear()
    assert_same(simulate(BASE, tmp_path / "run.h5", workers=1), whole)
    # 3 and 9 of 20 were made by the runs killed.
    assert len(blocks) == 8


def test_ctrl_c_saves_at_once_what_is_summed(blocks, tmp_path, monkeypatch, assert_same):
    """The run is interrupted while a realisation is under way, long before its sums would have been saved."""
    monkeypatch.setattr(partial_sums, "SECONDS_PER_SAVE", 1e9)
    config = BASE.replace({"ensemble.realizations": 1})
    counting = realization.mapped

    def failing(function, items, threads):
        def call(rows):
            if rows.start == 5 * 64:
                raise KeyboardInterrupt
            return function(rows)

        return counting(call, items, threads)

    with monkeypatch.context() as patch:
        patch.setattr(realization, "mapped", failing)
        with pytest.raises(KeyboardInterrupt):
            simulate(config, tmp_path / "run.h5", workers=1)
    blocks.clear()
    assert_same(simulate(config, tmp_path / "run.h5", workers=1), simulate(config, workers=1))
    assert blocks[:5] == [5 * 64 + 64 * i for i in range(5)]


class TestFile:
    @pytest.fixture
    def saved(self, tmp_path):
        return self.open(tmp_path)

    def open(self, tmp_path, config=BASE, index=1, keep_map=True, block=64):
        return SavedSums(tmp_path, config, index, keep_map, block)

    def add(self, saved):
        with saved.adding() as sums:
            sums.count += 64
            sums.alm += 1 + 2j
            sums.total += 0.1
            sums.pixels.square[:] = 3.0

    def test_there_and_back(self, saved, tmp_path):
        self.add(saved)
        saved.stop()
        found = self.open(tmp_path).sums
        assert found.count == 64
        for one, other in zip(found.arrays(), saved.sums.arrays(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_nothing_new_is_not_saved(self, saved, tmp_path):
        saved.stop()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "other",
        [
            {"config": BASE.replace({"flow.modes": 17})},
            {"index": 0},
            {"keep_map": False},
            {"block": 128},
        ],
    )
    def test_of_something_else_is_not_used(self, saved, tmp_path, other):
        self.add(saved)
        saved.stop()
        assert self.open(tmp_path, **other).sums.count == 0

    @pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: d[:100] + b"x" + d[101:]])
    def test_damaged_is_set_aside(self, saved, tmp_path, damage, capsys):
        self.add(saved)
        saved.stop()
        saved.path.write_bytes(damage(saved.path.read_bytes()))
        found = self.open(tmp_path).sums
        assert found.count == 0
        assert not any(np.any(data) for data in found.arrays())
        assert "set aside" in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == [f"{saved.path.name}.damaged"]

    def test_stopped_adds_no_more(self, saved):
        saved.stop()
        with pytest.raises(RealizationStoppedError):
            self.add(saved)

    def test_half_added_is_not_saved(self, saved, tmp_path):
        def add():
            with saved.adding() as sums:
                sums.count = 64
                raise MemoryError

        with pytest.raises(MemoryError):
            add()
        saved.stop()
        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_is_said(self, saved, tmp_path, monkeypatch, capsys):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(partial_sums, "publish", full)
        self.add(saved)
        saved.stop()
        assert "No space left on device" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    def test_only_the_finished_of_the_configuration_are_removed(self, saved, tmp_path):
        for each in (
            saved,
            self.open(tmp_path, index=2),
            self.open(tmp_path, config=CONFIGS["walk"]),
        ):
            self.add(each)
            each.stop()
        (tmp_path / f"sums-{BASE.config_hash[:8]}-mine").touch()
        remove_sums(tmp_path, BASE, lambda index: index == 1)
        assert len(list(tmp_path.iterdir())) == 3


def test_empty_sums():
    sums = ParticleSums.empty(BASE, False)
    assert (sums.count, sums.pixels, len(sums.arrays())) == (0, None, 2)
