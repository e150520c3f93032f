"""The command line, in this process where that is enough and in one of its own where it is not."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest

from eddysky.cli import targets
from eddysky.cli.main import main

SCRIPT = Path(sys.executable).with_name("eddysky")

SMALL = {
    "sky.nside": 16,
    "flow.modes": 512,
    "ensemble.realizations": 40,
}


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


def without_figures(target):
    scenario = dataclasses.replace(target.scenario, figure=lambda outcomes, stem: [])
    return dataclasses.replace(target, scenario=scenario)


def options(settings):
    return [text for key, value in settings.items() for text in ("--set", f"{key}={value}")]


@pytest.fixture(name="options")
def options_fixture():
    """`--set KEY=VALUE` for each item of a dictionary."""
    return options


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def eddysky(capsys, here):
    """Run the command in this process, in an empty directory; fast, and warnings are errors."""

    def call(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(end.value.code or 0, captured.out, captured.err)

    return call


@pytest.fixture
def no_figures(monkeypatch):
    """Save the seconds that drawing takes, in this process."""
    original = targets.open_target
    monkeypatch.setattr(
        targets,
        "open_target",
        lambda *given: without_figures(original(*given)),
    )


@pytest.fixture
def start(here):
    """Start the console script as a process of its own."""
    processes = []

    def call(*arguments, command=(str(SCRIPT),), **more):
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": here}
            | more,
        )
        processes.append(process)
        return process

    yield call
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def finish(start):
    """Run the console script as a process of its own, to its end."""

    def call(*arguments, timeout=60, **more):
        process = start(*arguments, **more)
        out, err = process.communicate(timeout=timeout)
        return Outcome(process.returncode, out, err)

    return call


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Results of one small run of the default scenario, by the console script: path and outcome."""
    directory = tmp_path_factory.mktemp("finished")
    file = directory / "sky.h5"
    done = subprocess.run(
        [SCRIPT, "run", "-o", file, *options(SMALL)],
        capture_output=True,
        text=True,
        cwd=directory,
        timeout=120,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    return file, Outcome(done.returncode, done.stdout, done.stderr)


def datasets(path):
    """Everything that a results file holds, but for the time at which it was made."""
    with h5py.File(path, "r") as file:
        return {name: data[()] for name, data in file.items()}


@pytest.fixture(name="datasets")
def datasets_fixture():
    return datasets


@pytest.fixture
def assert_same_bits():
    """Assert that two results files hold the same datasets, bit for bit."""

    def check(one, other):
        first, second = datasets(one), datasets(other)
        assert first.keys() == second.keys()
        for name, values in first.items():
            assert values.dtype == second[name].dtype
            np.testing.assert_array_equal(values, second[name], err_msg=name)

    return check
