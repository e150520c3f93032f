"""Runs of the command line that are killed, and what they leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

SCRIPT = Path(sys.executable).with_name("eddysky")
COUNTING = Path(__file__).with_name("counting")
# About 10 ms a realisation, and no figures, which no run of these tests is about.
SCENARIO = """
from eddysky.scenarios import Scenario

SCENARIO = Scenario(
    name="sky",
    summary="skies for fault tests",
    settings={
        "sky.nside": 32,
        "sky.evaluation": "direct",
        "flow.modes": 2048,
        "ensemble.realizations": 150,
    },
    figure=lambda outcomes, stem: [],
)
"""


class World:
    """A folder with the scenario sky.py, the processes started in it, and notes of the realisations they made."""

    realizations = 150

    def __init__(self, folder):
        self.folder = folder
        self.notes = folder / "notes"
        self.processes = []
        (folder / "sky.py").write_text(SCENARIO)

    def environment(self):
        """What the processes need in order to take notes."""
        return {
            "PYTHONPATH": str(COUNTING),
            "EDDYSKY_NOTES": str(self.notes),
            "EDDYSKY_PART_SECONDS": "0.1",
            "OMP_NUM_THREADS": "1",
        }

    def start(self, *arguments, command=(SCRIPT,), environment=None, **more):
        process = subprocess.Popen(
            [*map(str, command), *map(str, arguments)],
            **{
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                "cwd": self.folder,
                "env": os.environ | self.environment() | (environment or {}),
            }
            | more,
        )
        self.processes.append(process)
        return process

    def finish(self, *arguments, code=0, **more):
        """Run to the end; gives standard output and standard error."""
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, f"{arguments}: {process.returncode}\n{out}{err}"
        assert "Traceback" not in err, err
        return out, err

    def noted(self):
        """Words, numbers and process ids noted so far."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [(word, int(number), int(pid)) for word, number, pid in map(str.split, lines)]

    def numbers(self, word, since=0):
        return [number for what, number, _ in self.noted()[since:] if what == word]

    def saved(self, output="out.h5"):
        """Numbers of the realisations in parts and results."""
        found = set()
        for path in (*self.folder.glob(f"{output}.parts/part-*.h5"), *self.folder.glob(output)):
            with h5py.File(path, "r") as file:
                found.update(file["index"][()].tolist())
        return found

    def wait_for(self, condition, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


@pytest.fixture
def new_world(tmp_path):
    """Make worlds, each in a folder of its own."""
    worlds = []

    def make(folder=None):
        if folder is None:
            folder = tmp_path / f"world-{len(worlds)}"
            folder.mkdir()
        worlds.append(World(folder))
        return worlds[-1]

    yield make
    for each in worlds:
        each.end()


@pytest.fixture
def world(new_world):
    return new_world()


@pytest.fixture(scope="session")
def unkilled(tmp_path_factory):
    """A run that nothing happens to: its file, and how long it took [s]."""
    world = World(tmp_path_factory.mktemp("unkilled"))
    world.finish("run", "sky.py", "-o", "out.h5", "--quiet")
    begin = time.monotonic()
    world.finish("run", "sky.py", "-o", "again.h5", "--quiet")
    return world.folder / "out.h5", time.monotonic() - begin


@pytest.fixture(scope="session")
def same_bits(unkilled):
    """Assert that a results file has the bits of the run that nothing happened to, and nothing is left beside it."""

    def check(path):
        assert not path.with_name(path.name + ".parts").exists()
        with h5py.File(path, "r") as one, h5py.File(unkilled[0], "r") as other:
            assert one.keys() == other.keys()
            for name, data in other.items():
                assert one[name].dtype == data.dtype
                np.testing.assert_array_equal(one[name][()], data[()], err_msg=name)

    return check


def pytest_terminal_summary(terminalreporter):
    """Print what the tests counted."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {name}: {value}")
