"""What this process may use of its machine: cores, memory, and disk.

Containers and batch systems limit processes by control groups (cgroups), which are nested: the tightest limit of a
group and of all groups around it holds. Both versions of their interface are read, where they are mounted:
version 2 has cpu.max and memory.max, version 1 has cpu.cfs_quota_us and memory.limit_in_bytes. What the system does
not tell is taken as unlimited.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

__all__ = ["available_cores", "available_memory", "core_quota", "free_disk"]

PROC = Path("/proc")


def available_cores() -> int:
    """Number of cores that this process may use; SLURM, taskset and the quota of a control group can limit it."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    # A thread more than the quota allows would stop all of them for a part of each period.
    return max(1, math.floor(min(cores, core_quota())))


def core_quota() -> float:
    """Processor time a second that control groups allow, in cores; infinite without a quota."""
    quota = math.inf
    for group in control_groups("cpu"):
        with suppress(OSError, ValueError, ZeroDivisionError):
            if (group / "cpu.max").exists():
                given, period = (group / "cpu.max").read_text().split()[:2]
            else:
                given = (group / "cpu.cfs_quota_us").read_text()
                period = (group / "cpu.cfs_period_us").read_text()
            # "max" and -1 are no quota.
            if "max" not in given and int(given) > 0:
                quota = min(quota, int(given) / int(period))
    return quota


def available_memory() -> tuple[float, str]:
    """Memory that this process can still take [bytes], infinite where the system does not tell; and what limits it."""
    found = [(math.inf, "")]
    with suppress(OSError, ValueError, IndexError):
        text = (PROC / "meminfo").read_text()
        free = int(text.partition("MemAvailable:")[2].split()[0])
        found.append((1024.0 * free, "of this machine"))
    for group in control_groups("memory"):
        with suppress(OSError, ValueError, IndexError):
            found.append((_free_memory(group), "of the control group of this job"))
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            pages = int((PROC / "self" / "statm").read_text().split()[0])
            left = float(limit - pages * resource.getpagesize())
            found.append((left, "of the address space (ulimit -v)"))
    return min(found)


def free_disk(folder: Path) -> float:
    """Free space for this user on the file system of a folder [bytes]."""
    return float(shutil.disk_usage(folder).free)


def _free_memory(group: Path) -> float:
    """Memory left in a control group [bytes]; what caches files can be given back."""
    if (group / "memory.max").exists():
        limit, used, cache = "memory.max", "memory.current", "inactive_file"
    else:
        limit, used, cache = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
    most = (group / limit).read_text().strip()
    if most == "max":
        return math.inf
    words = (group / "memory.stat").read_text().split()
    cached = int(words[words.index(cache) + 1]) if cache in words else 0
    return float(int(most) - int((group / used).read_text()) + cached)


def control_groups(controller: str) -> Iterator[Path]:
    """Folders of the control groups of this process that have a controller, and of those around them."""
    with suppress(OSError, ValueError, IndexError):
        own = {}
        for line in (PROC / "self" / "cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            own.update(dict.fromkeys(names.split(","), path))
        for line in (PROC / "self" / "mountinfo").read_text().splitlines():
            mount, _, kind = line.partition(" - ")
            root, place = mount.split()[3:5]
            version, _, options = kind.split()[:3]
            if version == "cgroup2":
                group = own.get("")
            elif version == "cgroup" and controller in options.split(","):
                group = own.get(controller)
            else:
                continue
            if group is not None:
                yield from _and_around(Path(place), PurePosixPath(root), PurePosixPath(group))


def _and_around(place: Path, root: PurePosixPath, group: PurePosixPath) -> Iterator[Path]:
    """Folders of a group and of those around it, up to the one at the top of what is mounted at `place`."""
    inside = group.relative_to(root) if group.is_relative_to(root) else PurePosixPath()
    # A group outside the namespace of this process cannot be seen.
    if ".." in inside.parts:
        inside = PurePosixPath()
    yield place / inside
    for around in inside.parents:
        yield place / around
