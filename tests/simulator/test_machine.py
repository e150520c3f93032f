"""Limits of cores and memory, read from copies of what Linux shows of control groups."""

from __future__ import annotations

import math
import os

import pytest

from eddysky.simulator import machine
from eddysky.simulator.machine import (
    available_cores,
    available_memory,
    control_groups,
    core_quota,
    free_disk,
)

V2 = "33 24 0:28 {root} {place} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "34 24 0:29 {root} {place} rw shared:9 - cgroup cgroup rw,{controller}\n"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system of which only the files that a test writes exist; returns the folder of control groups."""
    monkeypatch.setattr(machine, "PROC", tmp_path / "proc")
    (tmp_path / "proc" / "self").mkdir(parents=True)
    groups = tmp_path / "groups"

    def write(own, mounts, files):
        (tmp_path / "proc" / "self" / "cgroup").write_text(own)
        (tmp_path / "proc" / "self" / "mountinfo").write_text(mounts)
        for name, text in files.items():
            (groups / name).parent.mkdir(parents=True, exist_ok=True)
            (groups / name).write_text(text)

    write.groups = groups
    return write


def test_without_any_of_these_files_nothing_is_limited(system):
    assert core_quota() == math.inf
    assert available_memory()[0] == math.inf or "ulimit" in available_memory()[1]
    assert available_cores() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", math.inf), ("150000 100000", 1.5), ("50000 100000\n", 0.5), ("x", math.inf)],
)
def test_version_2(system, quota, cores):
    system("0::/job\n", V2.format(root="/", place=system.groups), {"job/cpu.max": quota})
    assert core_quota() == cores
    most = len(os.sched_getaffinity(0))
    assert available_cores() == max(1, min(most, 10**6 if cores == math.inf else int(cores)))


@pytest.mark.parametrize("quotas", [("30 10", "25 10"), ("25 10", "30 10")])
def test_the_tightest_of_nested_groups_holds(system, quotas):
    inner, outer = quotas
    files = {"a/b/c/cpu.max": "max 100000", "a/b/cpu.max": inner, "a/cpu.max": outer}
    system("0::/a/b/c\n", V2.format(root="/", place=system.groups), files)
    assert core_quota() == 2.5


def test_inside_a_container_the_top_is_the_containers_own_group(system):
    """The process sees /docker/x mounted as the top, and its own group below it."""
    files = {"cpu.max": "200000 100000", "init/cpu.max": "max 100000"}
    system("0::/docker/x/init\n", V2.format(root="/docker/x", place=system.groups), files)
    assert core_quota() == 2.0


def test_a_group_outside_the_namespace(system):
    system("0::/../other\n", V2.format(root="/", place=system.groups), {"cpu.max": "7 2"})
    assert core_quota() == 3.5


def test_version_1_beside_version_2(system):
    """Hybrid: the controllers in hierarchies of version 1, and one of version 2 without any."""
    mounts = V2.format(root="/", place=system.groups / "unified") + V1.format(
        root="/", place=system.groups / "cpu", controller="cpu,cpuacct"
    )
    files = {"cpu/job/cpu.cfs_quota_us": "-1\n", "cpu/job/cpu.cfs_period_us": "100000\n"}
    files |= {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}
    system("4:cpu,cpuacct:/job\n2:memory:/other\n0::/\n", mounts, files)
    assert core_quota() == 4.0
    assert system.groups / "cpu" / "job" in list(control_groups("cpu"))


def test_memory_of_a_group_is_what_it_has_not_used_or_used_for_files(system):
    files = {
        "job/memory.max": "max\n",
        "job/memory.current": "5\n",
        "memory.max": "1000\n",
        "memory.current": "400\n",
        "memory.stat": "anon 300\ninactive_file 100\n",
    }
    system("0::/job\n", V2.format(root="/", place=system.groups), files)
    assert available_memory() == (700.0, "of the control group of this job")


def test_memory_of_version_1_and_of_the_machine(system, tmp_path):
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 900 kB\nMemAvailable:  500 kB\n")
    files = {
        "memory.limit_in_bytes": str(2**63 - 4096),
        "memory.usage_in_bytes": "400",
        "memory.stat": "total_inactive_file 0",
    }
    mounts = V1.format(root="/", place=system.groups, controller="memory")
    system("3:memory:/\n", mounts, files)
    assert available_memory() == (512000.0, "of this machine")


def test_this_machine(tmp_path):
    assert 1 <= available_cores() <= len(os.sched_getaffinity(0))
    assert available_memory()[0] > 1e7
    assert free_disk(tmp_path) > 0
