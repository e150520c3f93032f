"""Internal errors end with exit code 3, one line and a file with the traceback."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from eddysky.cli import faults, targets

FAULTS = {
    "any": (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    "memory": (MemoryError("Unable to allocate 74 GiB"), "lower sky.nside"),
    "threads": (RuntimeError("can't start new thread"), "lower --workers"),
    "recursion": (RecursionError("maximum recursion depth exceeded"), "RecursionError"),
    "several lines": (KeyError("a\nb"), "KeyError"),
}


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """Make every command that opens a target fail, and find the reports in one folder."""
    monkeypatch.setattr(faults.tempfile, "tempdir", str(tmp_path))

    def install(error):
        def fail(*_):
            raise error

        monkeypatch.setattr(targets, "open_target", fail)

    return install


@pytest.mark.parametrize("case", FAULTS)
def test_one_line_and_a_file(eddysky, broken, case):
    error, words = FAULTS[case]
    broken(error)
    outcome = eddysky("show", "isotropic-diffusion")
    assert outcome.code == 3
    assert len(outcome.err.splitlines()) == 1
    assert words in outcome.err
    report = Path(re.search(r"file (\S+\.log)", outcome.err)[1])
    assert "Traceback" in report.read_text()
    assert report.stat().st_mode & 0o077 == 0


def test_debug_shows_the_traceback(eddysky, broken):
    broken(ZeroDivisionError("division by zero"))
    outcome = eddysky("--debug", "show", "isotropic-diffusion")
    assert outcome.code == 3
    assert "Traceback" in outcome.err


def test_nowhere_to_write_the_report(eddysky, broken, monkeypatch):
    broken(ZeroDivisionError("division by zero"))
    monkeypatch.setattr(faults.tempfile, "tempdir", "/nowhere")
    outcome = eddysky("show", "isotropic-diffusion")
    assert outcome.code == 3
    assert "--debug" in outcome.err


LIMITED = """
import resource, sys
from eddysky.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
main()
"""


def test_a_file_that_does_not_fit_is_named(finish, options):
    """A limit on the size of files stands for a full disk: both fail in writing, and name no file."""
    settings = options({"sky.nside": 4, "flow.modes": 32, "ensemble.realizations": 2})
    command = ("run", "isotropic-diffusion", *settings, "--quiet", "-o", "sky.h5")
    # Compiled kernels would be the first files that do not fit.
    environment = os.environ | {"EDDYSKY_CACHE": "off"}
    outcome = finish(*command, command=(sys.executable, "-c", LIMITED), env=environment)
    assert outcome.code == 2
    assert "sky.h5.parts: cannot be written: File too large; 2 finished" in outcome.err
    assert outcome.err.count("\n") == 2


def test_standard_output_that_is_full_is_named(finish):
    with open("/dev/full", "w") as full:
        outcome = finish("list", stdout=full)
    assert outcome.code == 2
    assert "standard output: No space left on device" in outcome.err
