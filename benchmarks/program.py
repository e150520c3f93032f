"""The whole program: import, first results with a cold and a warm compile cache, and memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EDDYSKY = str(Path(sys.executable).with_name("eddysky"))

PEAK_MEMORY = """
import json, sys
from eddysky.simulator import Config, simulate
simulate(Config().replace(json.loads(sys.argv[1])), sys.argv[2])
# Not ru_maxrss, which begins with the memory of the process that started this one.
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""
FIRST_RESULT = """
from eddysky.simulator import Config, simulate
simulate(Config().replace({"ensemble.realizations": 1}), "first.h5")
import os
os.unlink("first.h5")
"""
SMALL = {"sky.nside": 8, "flow.modes": 256}
MEMORY: dict[str, dict[str, Any]] = {
    "500 realisations": SMALL | {"ensemble.realizations": 500},
    "20000 realisations": SMALL | {"ensemble.realizations": 20_000},
    "nside 512": {"sky.nside": 512, "flow.inner_scale": "0.3 pc", "ensemble.realizations": 2},
    "1e8 particles": {
        "sky.sampling": "random",
        "sky.particles": 100_000_000,
        "flow.modes": 32,
        "sky.nside": 64,
        "ensemble.realizations": 1,
    },
}


def measure() -> list[dict[str, Any]]:
    """Run each measurement in processes of its own, as a user's would."""
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = first_results(Path(folder))
        rows = [
            {"what": "import eddysky.simulator", "value": imports(), "unit": "s"},
            {"what": "first result, cold compile cache", "value": cold, "unit": "s"},
            {"what": "first result, warm compile cache", "value": warm, "unit": "s"},
            {"what": "default scenario with figures", "value": scenario(Path(folder)), "unit": "s"},
        ]
        for name, settings in MEMORY.items():
            file = Path(folder) / f"{name}.h5"
            peak = output(sys.executable, "-c", PEAK_MEMORY, json.dumps(settings), str(file))
            rows.append({"what": f"peak memory, {name}", "value": float(peak), "unit": "MB"})
    return rows


def first_results(folder: Path) -> tuple[float, float]:
    """Seconds from the start of the program to the first realisation of the default scenario, without figures."""
    environment = os.environ | {"EDDYSKY_CACHE": str(folder / "cache")}
    times = []
    for _ in range(4):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", FIRST_RESULT], check=True, env=environment, cwd=folder
        )
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:])


def imports(rounds: int = 9) -> float:
    """Median seconds of `import eddysky.simulator` in a fresh interpreter."""
    code = "import time; t = time.perf_counter(); import eddysky.simulator; print(time.perf_counter() - t)"
    return statistics.median(float(output(sys.executable, "-c", code)) for _ in range(rounds))


def scenario(folder: Path, rounds: int = 3) -> float:
    """Median wall time of the default scenario through the command line, figures included."""
    times = []
    for turn in range(rounds + 1):
        start = time.perf_counter()
        output(EDDYSKY, "run", "-o", str(folder / f"default-{turn}.h5"), "--quiet")
        times.append(time.perf_counter() - start)
    # The first run may compile.
    return statistics.median(times[1:])


def output(*command: str) -> str:
    """Standard output of a command that must succeed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
