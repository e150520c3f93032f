"""The whole program: default scenario, import, and memory against the number of realisations."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EDDYSKY = str(Path(sys.executable).with_name("eddysky"))

PEAK_MEMORY = """
import resource, sys
from eddysky.simulator import Config, simulate
config = Config().replace(
    {"sky.nside": 8, "flow.modes": 256, "ensemble.realizations": int(sys.argv[1])}
)
simulate(config, sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure() -> list[dict[str, Any]]:
    """Run each measurement in processes of its own, as a user's would."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            {"what": "import eddysky.simulator", "value": imports(), "unit": "s"},
            {"what": "default scenario, compiled", "value": scenario(Path(folder)), "unit": "s"},
        ]
        for count in (500, 5000, 20000):
            file = Path(folder) / f"memory-{count}.h5"
            peak = float(output(sys.executable, "-c", PEAK_MEMORY, str(count), str(file)))
            rows.append({"what": f"peak memory, {count} realisations", "value": peak, "unit": "MB"})
    return rows


def imports() -> float:
    """Median seconds of `import eddysky.simulator` above an empty interpreter."""
    return seconds("import eddysky.simulator") - seconds("pass")


def seconds(code: str, rounds: int = 7) -> float:
    """Median wall time of a Python process."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        output(sys.executable, "-c", code)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


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
