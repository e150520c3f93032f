"""Memory that this process can still have."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["available_memory"]

# Limits of control groups, version 2 and 1, as containers and cluster jobs have them.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_memory() -> int:
    """Free memory of the machine, or the limit of the container if that is less [bytes]; endless if not known."""
    known = [sys.maxsize]
    with suppress(OSError):
        free = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
        known += [1024 * int(free[1])] if free else []
    for name in LIMITS:
        with suppress(OSError):
            text = Path(name).read_text("ascii").strip()
            known += [int(text)] if text.isdecimal() else []
    return min(known)
