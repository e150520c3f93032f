"""The example that extends eddysky from outside: each addition is short, and its run is consistent with its theory."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

EXAMPLE = Path(__file__).parents[2] / "examples" / "extending.py"
ADDITIONS = {"BrokenPowerLaw", "UniformPath", "velocity_cube", "speed_of_flow", "SCENARIO"}


def test_each_addition_takes_less_than_40_lines():
    lines = {}
    for node in ast.parse(EXAMPLE.read_text("utf-8")).body:
        name = getattr(node, "name", None) or getattr(
            getattr(node, "targets", [None])[0], "id", None
        )
        if name in ADDITIONS:
            lines[name] = node.end_lineno - node.lineno + 1
    assert set(lines) == ADDITIONS
    assert max(lines.values()) < 40


def eddysky(*arguments, folder):
    script = Path(sys.executable).with_name("eddysky")
    return subprocess.run(
        [script, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_scenario_runs_and_is_judged_without_the_file(tmp_path):
    few = ("--set", "sky.particles=4000", "--set", "ensemble.realizations=12")
    done = eddysky("run", EXAMPLE, "-o", "out.h5", "--quiet", *few, folder=tmp_path)
    # A true theory is contradicted once in 300 runs; the seed is fixed.
    assert (done.returncode, done.stderr) == (0, "")
    assert "consistent with the theory" in done.stdout
    with h5py.File(tmp_path / "out.h5") as file:
        speed = file["columns/speed"]
        assert speed.attrs["units"] == "km/s"
        assert len(np.unique(speed[()])) == 12
        configuration = file.attrs["configuration"]
    for text in ('spectrum = "broken power law"', "uniform", "velocity_cube"):
        assert text in configuration
    shown = eddysky("info", "out.h5", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "/columns/speed: 12 float64: speed of the flow at the observer" in shown.stdout
    # Of the spectrum's 1024 samples only their number is shown.
    assert len(shown.stdout.splitlines()) < 100
