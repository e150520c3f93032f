"""Environments that people have, in which other programs run too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = str(Path(sys.executable).with_name("eddysky"))
RUN = ["run", "isotropic-diffusion", "--set", "sky.nside=4", "--set", "flow.modes=32"]
RUN += ["--set", "ensemble.realizations=12", "--maps", "0"]


@pytest.mark.parametrize(
    "setting",
    [
        "OMP_NUM_THREADS=4,2",
        "OMP_NUM_THREADS=",
        "DUCC0_NUM_THREADS=",
        "DUCC0_NUM_THREADS=many",
        "NUMBA_NUM_THREADS=0",
        "NUMBA_NUM_THREADS=many",
        "MPLBACKEND=module://matplotlib_inline.backend_inline",
    ],
)
def test_settings_of_other_programs(tmp_path, setting):
    name, _, value = setting.partition("=")
    # Thread counts of this test run would hide that of ducc0.
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [SCRIPT, *RUN, "--quiet"],
        cwd=tmp_path,
        env=environment | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_terminals_without_greek_letters():
    """Letters that the encoding of standard output does not have are written as escapes."""
    done = subprocess.run(
        [SCRIPT, "show", "isotropic-diffusion"],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert rb"k \u03bb = " in done.stdout


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "2>/dev/full", ""])
def test_nobody_reads(tmp_path, closed):
    """Standard streams that are closed or whose reader has left: the run ends as it would otherwise."""
    command = f"{SCRIPT} {' '.join(RUN)} -o sky.h5 {closed}; echo $? > code"
    if not closed:
        # The reader ends at once; what is written to it fails.
        command = f"( {SCRIPT} {' '.join(RUN)} -o sky.h5 2>&1; echo $? > code ) | true"
    subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    for _ in range(600):
        if (tmp_path / "code").exists() and (tmp_path / "code").read_text():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert (tmp_path / "code").read_text().strip() == "0"
    assert (tmp_path / "sky.h5").exists()
