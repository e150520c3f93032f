"""The package is typed: a user's script passes mypy --strict, and a wrong one does not."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import numpy as np
from numpy.typing import NDArray

from eddysky import Config, compare, predict, read, simulate

config = Config(flow={"index": 1.5}, sky={"nside": 16})
result = simulate(config, "out.h5", maps=1)
again = read("out.h5")
index: float = config.flow.index
nside: int = again.config.sky.nside
power: NDArray[np.float64] = result.power
theory: NDArray[np.float64] = predict(config).c_ell
verdict: bool = compare(result).consistent
"""


def check(folder, text):
    script = folder / "script.py"
    script.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", script.name],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_a_script_of_a_user(tmp_path):
    done = check(tmp_path, SCRIPT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    done = check(
        tmp_path, SCRIPT + "wrong: str = config.flow.index\nConfig(sky=3)\nresult.powers\n"
    )
    assert done.stdout.count("error:") == 3, done.stdout
