"""Measurements as JSON: what was measured, with which versions, on which machine.

Studies write after each row, so that an interrupted one has lost nothing; `planned`, how many rows there should be,
tells it from a complete one.
"""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from eddysky.simulator.machine import available_cores

__all__ = ["Record"]

PACKAGES = ("eddysky", "numpy", "numba", "scipy", "ducc0", "healpy", "gstools-core")
FOLDER = Path("results")
DIGITS = 6


class Record:
    """A measurement that begins now.

    Parameters
    ----------
    name
        The file is results/NAME.json.
    command
        What a reader types to repeat it.
    """

    def __init__(self, name: str, command: str) -> None:
        self.name = name
        self.command = command
        self.begin = time.monotonic()
        # Now, as the files may change during a long measurement.
        self.commit = commit()

    def write(self, **measured: Any) -> Path:
        """Write what was measured below a head of versions and machine; floats are rounded to six digits."""
        head = {
            "command": self.command,
            "date": datetime.now(UTC).date().isoformat(),
            "seconds": time.monotonic() - self.begin,
            "commit": self.commit,
            "python": platform.python_version(),
            "versions": versions(),
            "machine": machine(),
        }
        FOLDER.mkdir(exist_ok=True)
        target = FOLDER / f"{self.name}.json"
        unfinished = target.with_suffix(".tmp")
        text = json.dumps(rounded(head | measured), indent=1, ensure_ascii=False, allow_nan=False)
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(target)
        return target


def rounded(value: Any) -> Any:
    """Plain values with floats of six digits; what is not finite becomes None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def versions() -> dict[str, str]:
    """Versions of the packages that make the numbers; one that is not installed is left out."""
    found = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, memory of the machine, and system."""
    return {
        "processor": processor(),
        "cores": available_cores(),
        "memory_gb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
    }


def processor() -> str:
    """Name of the processor; its architecture where the system does not tell."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, name = line.partition(":")
            if key.strip() == "model name" and name.strip():
                return name.strip()
    return platform.processor() or platform.machine()


def commit() -> str | None:
    """The commit in words of `git describe`, if this folder is a clone of eddysky; else None."""
    project = Path("pyproject.toml")
    if shutil.which("git") is None or not project.exists():
        return None
    if 'name = "eddysky"' not in project.read_text(encoding="utf-8"):
        return None
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None
