"""A module that cannot be imported is an internal error: exit code 3, one line and a file with the traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import healpy
import numpy as np
import pytest

SCRIPT = Path(sys.executable).with_name("eddysky")


@pytest.fixture
def sabotaged(tmp_path):
    """Run a command where importing some module runs other code than its own."""

    def call(module, code, *arguments, command=(str(SCRIPT),)):
        (tmp_path / f"{module}.py").write_text(code)
        return subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return call


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("numpy", ["run"]),
        ("numba", ["doctor"]),
        ("pydantic", ["show"]),
        ("h5py", ["info", "any.h5"]),
        ("healpy", ["pitch-angle", "any.fits"]),
        ("astropy", ["scales"]),
    ],
)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise ImportError('libfoo.so: cannot open')", "ImportError: libfoo.so: cannot open"),
        ("open('/nowhere/index')", "FileNotFoundError"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_broken_module(sabotaged, tmp_path, module, arguments, code, words):
    (tmp_path / "any.h5").touch()
    healpy.write_map(tmp_path / "any.fits", np.arange(12.0))
    done = sabotaged(module, code, *arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("eddysky: internal error: ")
    assert words in done.stderr
    report = Path(re.search(r"file (\S+\.log)", done.stderr)[1])
    assert f"{module}.py" in report.read_text()


def test_the_module_as_a_command(sabotaged):
    command = (sys.executable, "-m", "eddysky")
    done = sabotaged("numpy", "1 / 0", "predict", command=command)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["list"], ["run", "--help"]])
def test_what_needs_no_numbers_works_all_the_same(sabotaged, arguments):
    """Also what keeps these commands fast: nothing that takes long to import is imported."""
    for module in ("numpy", "numba", "pydantic", "astropy", "scipy", "matplotlib"):
        done = sabotaged(module, "1 / 0", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
