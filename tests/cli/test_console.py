"""Standard output that is closed or full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def leave_after(start, options, lines):
    """Close the pipe after some lines of an output that is larger than its buffer; returns stderr and exit code."""
    settings = {"sky.nside": 256, "sky.lmax": 767, "flow.inner_scale": "500 pc"}
    process = start("predict", *options(settings), pipesize=4096)
    for _ in range(lines):
        assert process.stdout.readline() == "ell,c_ell\n"
    process.stdout.close()
    return process.stderr.read(), process.wait(60)


@pytest.mark.parametrize("lines", [0, 1])
def test_closed_pipe_prints_no_message(start, options, lines):
    """As with `| head -1`."""
    error, _ = leave_after(start, options, lines)
    assert error == ""


def test_closed_pipe_is_no_error(start, options):
    assert leave_after(start, options, 1)[1] == 0


def test_a_full_standard_output_is_an_error():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [Path(sys.executable).with_name("eddysky"), "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1
