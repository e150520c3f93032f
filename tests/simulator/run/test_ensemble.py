"""Ensembles: same bits for any number of workers, interruptions, and constant memory."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.machine import available_cores
from eddysky.simulator.results.store import read
from eddysky.simulator.run import ensemble, job
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.realization import Setup, realize

BASE = Config.from_dict(
    {"sky": {"nside": 4, "lmax": 6}, "flow": {"modes": 16}, "ensemble": {"realizations": 12}}
)
CONFIGS = {
    "pixel-centre": BASE,
    "random": BASE.replace({"transport.free_path": "exponential", "sky.particles": 500}),
}


@pytest.fixture(params=CONFIGS)
def config(request):
    return CONFIGS[request.param]


def test_ensemble_is_its_realizations(config):
    result = simulate(config, workers=1, maps=2)
    setup = Setup.from_config(config)
    for index in (0, 1, 11):
        one = realize(setup, index, keep_map=True)
        assert np.array_equal(result.power[index], one.power)
        assert result.mean[index] == one.mean
        if index < 2:
            assert np.array_equal(
                result.maps[index], one.sky.intensity.astype(np.float32), equal_nan=True
            )
    assert len({row.tobytes() for row in result.power}) == 12


@pytest.mark.parametrize("workers", [2, 3, 16])
def test_same_bits_for_any_number_of_workers(config, workers, assert_same):
    assert_same(simulate(config, workers=workers, maps=3), simulate(config, workers=1, maps=3))


@pytest.mark.parametrize("workers", [2, 3])
def test_more_workers_than_realizations_share_one(workers, assert_same):
    # More than one block each, so that threads inside a realisation have something to share.
    config = BASE.replace(
        {"sky.sampling": "random", "sky.particles": 140_000, "ensemble.realizations": 1}
    )
    assert_same(simulate(config, workers=workers), simulate(config, workers=1))


def test_file_or_memory(config, tmp_path, assert_same):
    in_memory = simulate(config, workers=2, maps=3)
    assert_same(simulate(config, tmp_path / "run.h5", workers=2, maps=3), in_memory)


def test_a_longer_ensemble_begins_like_a_shorter_one(config):
    long, short = simulate(config), simulate(config.replace({"ensemble.realizations": 4}))
    assert np.array_equal(long.power[:4], short.power)


def test_available_cores():
    assert available_cores() >= 1


class Stop:
    """A progress bar at which the user presses Ctrl-C after some realisations."""

    def __init__(self, after):
        self.left = after

    def update(self, n=1):
        self.left -= n
        if self.left == 0:
            raise KeyboardInterrupt

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class TestInterruption:
    @pytest.mark.parametrize("workers", [1, 3])
    @pytest.mark.parametrize("after", [1, 5])
    def test_finished_realizations_are_kept_and_the_rest_made_later(
        self, config, tmp_path, monkeypatch, after, workers, assert_same
    ):
        output = tmp_path / "run.h5"
        whole = simulate(config, tmp_path / "whole.h5", workers=1, maps=4)
        with monkeypatch.context() as patch:
            patch.setattr(ensemble, "progress_bar", lambda *_: Stop(after))
            with pytest.raises(KeyboardInterrupt):
                simulate(config, output, workers=workers, maps=4)
        assert not output.exists()
        parts = list(output.with_name("run.h5.parts").glob("part-*.h5"))
        kept = np.concatenate([read(part).index for part in parts])
        assert len(kept) == after
        made = []

        def counting(setup, index, **options):
            made.append(index)
            return realize(setup, index, **options)

        monkeypatch.setattr(job, "realize", counting)
        assert_same(simulate(config, output, workers=workers, maps=4), whole)
        assert sorted([*made, *kept]) == list(range(12))

    def test_interrupted_twice(self, config, tmp_path, monkeypatch, assert_same):
        output = tmp_path / "run.h5"
        for after in (3, 4):
            with monkeypatch.context() as patch:
                patch.setattr(ensemble, "progress_bar", lambda *_, after=after: Stop(after))
                with pytest.raises(KeyboardInterrupt):
                    simulate(config, output, workers=2)
        assert_same(simulate(config, output), simulate(config))

    def test_parts_are_written_on_the_way(self, config, tmp_path, monkeypatch):
        # Killing the process loses only the last batch, here of two realisations.
        monkeypatch.setattr(ensemble, "REALIZATIONS_PER_PART", 2)
        monkeypatch.setattr(ensemble, "progress_bar", lambda *_: Stop(9))
        with pytest.raises(KeyboardInterrupt):
            simulate(config, tmp_path / "run.h5", workers=1)
        assert len(list((tmp_path / "run.h5.parts").glob("part-*.h5"))) == 5

    def test_an_error_in_a_realization_is_passed_on(
        self, config, tmp_path, monkeypatch, assert_same
    ):
        def broken(setup, index, **options):
            if index == 6:
                raise ZeroDivisionError
            return realize(setup, index, **options)

        output = tmp_path / "run.h5"
        with monkeypatch.context() as patch:
            patch.setattr(job, "realize", broken)
            with pytest.raises(ZeroDivisionError):
                simulate(config, output, workers=1)
        assert_same(simulate(config, output), simulate(config))


def test_progress_counts_what_is_done_already(tmp_path, monkeypatch):
    calls, updates = [], []

    class Bar(Stop):
        def update(self, n=1):
            updates.append(n)

    def bar(shown, total, done, label):
        calls.append((shown, total, done))
        return Bar(0)

    monkeypatch.setattr(ensemble, "progress_bar", bar)
    simulate(BASE, tmp_path / "run.h5", progress=True)
    simulate(BASE.replace({"ensemble.realizations": 15}), tmp_path / "run.h5")
    assert calls == [(True, 12, 0), (False, 15, 12)]
    assert sum(updates) == 15


MEMORY = """
import json, sys, tempfile, tracemalloc
from pathlib import Path
from eddysky.simulator import Config, simulate
from eddysky.simulator.run import ensemble
ensemble.REALIZATIONS_PER_PART = 50
peaks = []
with tempfile.TemporaryDirectory() as folder:
    for number, count in enumerate((60, 200, 800)):
        config = Config.from_dict({"sky": {"nside": 1, "lmax": 2}, "flow": {"modes": 512},
                                   "ensemble": {"realizations": count}})
        tracemalloc.start()
        result = simulate(config, Path(folder) / f"{number}.h5", workers=2, maps=2)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(result.power) == count
print(json.dumps(peaks))
"""


def test_memory_does_not_grow_with_the_realizations():
    run = subprocess.run([sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True)
    _, few, many = json.loads(run.stdout)
    # The result itself has five numbers a realisation; reading, sorting and merging them may need a dozen
    # copies, and bookkeeping a few Python integers. A realisation's modes alone take 36864 bytes.
    growth = (many - few) / 600
    assert growth < 12 * 5 * 8 + 500 < 36_864 / 30
