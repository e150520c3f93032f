"""A scan that is killed at random moments and given again, against one that is not."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from astropy.table import Table

pytestmark = pytest.mark.faults

SCRIPT = Path(sys.executable).with_name("eddysky")
COMMAND = [
    SCRIPT, "scan",
    "--grid", "transport.mean_free_path=5 pc,10 pc,20 pc,40 pc,80 pc",
    "--grid", "flow.index=1.4,1.5,1.6,1.6667,1.8",
    "--set", "sky.nside=16", "--set", "flow.modes=256", "--set", "ensemble.realizations=40",
    "--quiet", "-o",
]  # fmt: skip
POINTS, KILLS = 25, 2
PENDING = "not yet simulated"


def scan(folder):
    return subprocess.Popen(
        [*COMMAND, folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finish(folder):
    process = scan(folder)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "Traceback" not in err


def finished(folder):
    """Identity of each results file without parts left to merge, which changes when it is written again."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.glob("*.h5")
        if path.is_file() and not path.with_name(f"{path.name}.parts").exists()
    }


def power(folder):
    bits = {}
    for path in folder.glob("*.h5"):
        with h5py.File(path, "r") as file:
            bits[path.name] = (file["index"][()].tobytes(), file["power"][()].tobytes())
    return bits


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_scan_killed_twice_is_that_of_one_never_killed(tmp_path, seed):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    begin = time.monotonic()
    finish(whole)
    seconds = time.monotonic() - begin
    moments, kept = random.Random(seed), {}
    for _ in range(KILLS):
        process = scan(killed)
        time.sleep(moments.uniform(0.1, 0.6) * seconds)
        process.kill()
        process.communicate()
        now = finished(killed)
        assert kept.items() <= now.items()
        kept = now
        if (killed / "scan.ecsv").exists():
            # At most the point that was just finished is missing, and one may have parts left.
            verdicts = Table.read(killed / "scan.ecsv")["verdict"]
            assert len(verdicts) == POINTS
            assert len(kept) - 1 <= np.sum(verdicts != PENDING) <= len(kept) + 1
    finish(killed)
    assert kept.items() <= finished(killed).items()
    assert power(killed) == power(whole)
    assert len(power(whole)) == POINTS
    for name in ("scan.ecsv", "scan.png"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    # No lock, no part and no temporary file is left.
    assert {path.name for path in killed.iterdir()} == {path.name for path in whole.iterdir()}
