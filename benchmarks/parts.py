"""Where the time of one realisation goes, and what each stage costs a particle."""

from __future__ import annotations

import cProfile
import pstats
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from eddysky.simulator import Config
from eddysky.simulator.results.output import write
from eddysky.simulator.results.result import Result
from eddysky.simulator.run.realization import Setup, realize

REALIZATIONS = 100
# Functions whose time, with all that they call, makes up a part.
PARTS = {
    "modes drawn": ("modes.py", "draw_modes"),
    "field": ("modes.py", "velocity_on_rings"),
    "transforms to a_lm": ("rings.py", "project"),
    "transforms to rings": ("rings.py", "synthesise"),
    "boosts and weights": ("tracking.py", "relative_intensity"),
}


def measure() -> list[dict[str, Any]]:
    """Profile the default scenario's realisations in one thread, without maps."""
    config = Config()
    setup = Setup.from_config(config, maps=False)
    made = [realize(setup, index) for index in range(REALIZATIONS)]
    start = time.perf_counter()
    for index in range(REALIZATIONS):
        realize(setup, index)
    total = (time.perf_counter() - start) / REALIZATIONS
    profile = cProfile.Profile()
    profile.enable()
    for index in range(REALIZATIONS):
        realize(setup, index)
    profile.disable()
    stats = pstats.Stats(profile)
    overall = stats.total_tt  # type: ignore[attr-defined]
    seconds = {name: spent(stats, *key) for name, key in PARTS.items()}
    rows = [
        {"part": name, "ms": 1e3 * total * value / overall, "share": value / overall}
        for name, value in seconds.items()
    ]
    rest = 1 - sum(row["share"] for row in rows)
    rows.append({"part": "everything else", "ms": 1e3 * total * rest, "share": rest})
    with TemporaryDirectory() as folder:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            write(Path(folder) / "part.h5", Result.from_realizations(config, made))
            times.append(time.perf_counter() - start)
    writing = float(np.median(times)) / REALIZATIONS
    rows.append({"part": "written", "ms": 1e3 * writing, "share": writing / total})
    rows.append(
        {"part": "one realisation, one thread", "ms": 1e3 * (total + writing), "share": 1.0}
    )
    return rows


def spent(stats: pstats.Stats, file: str, function: str) -> float:
    """Seconds in a function and all that it calls."""
    found = 0.0
    for (name, _, called), values in stats.stats.items():  # type: ignore[attr-defined]
        if called == function and name.endswith(file):
            found += values[3]
    return found
