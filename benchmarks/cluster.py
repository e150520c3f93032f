"""Cost of a Dask cluster: two workers against one, and time and memory of scheduler and client per task.

    python benchmarks/cluster.py [TASKS]

Scheduler and workers are processes of this machine. Tasks of empty work are given out by the engine of `eddysky run
--scheduler`, one realisation each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from distributed import Client

from eddysky.simulator import Config
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run import cluster
from eddysky.simulator.run.cluster import Cluster
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.progress import Progress, progress_bar

TASKS, REPEATS = 5000, 3
# Skies that two workers make in some seconds.
SKIES = Config().replace({"ensemble.realizations": 800})
# A cluster for which the load of the scheduler is worked out.
WORKERS, ALL_SKIES = 1000, 10**6


@dataclass(frozen=True)
class Empty(Job):
    """Realisations without work."""

    def setup(self, *, maps: bool) -> Any:
        """Nothing is shared."""

    def realization(
        self, setup: Any, index: int, threads: int = 1, sums: Any = None
    ) -> Realization:
        """A sky of zeros."""
        return Realization(index, np.zeros(65), 0.0)


@contextmanager
def running(workers: int) -> Iterator[tuple[Client, int]]:
    """A scheduler with workers of one thread; client, and process number of the scheduler."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        place = ["--no-dashboard", "--scheduler-file", str(file)]
        own = ["--nthreads", "1", "--no-nanny", "--local-directory", folder]
        commands = [["dask_scheduler", "--host", "127.0.0.1", "--port", "0", *place]]
        commands += [["dask_worker", *place, *own]] * workers
        processes = []
        for module, *arguments in commands:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            processes.append(subprocess.Popen(command, **quiet))
            while not file.exists():
                time.sleep(0.05)
        try:
            with Client(scheduler_file=str(file)) as client:
                client.wait_for_workers(workers)
                yield client, processes[0].pid
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait()


def make(client: Client, job: Job, count: int) -> float:
    """Time of some realisations [s]."""
    begin = time.monotonic()
    with progress_bar(False, count, 0, "") as bar:
        made = sum(map(len, Cluster(client).batches(job, range(count), Progress(bar), None)))
    assert made == count
    return time.monotonic() - begin


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far [s]."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


def memory(pid: int | str) -> float:
    """Resident memory of a process [MB]."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def two_workers_against_one() -> None:
    """Skies a second; both are measured alternately, as other programs may disturb them."""
    job, ratios = Job(SKIES), []
    with running(1) as (one, _), running(2) as (two, _):
        for client in (one, two):
            make(client, job, 20)
        for _ in range(REPEATS):
            times = [make(client, job, SKIES.ensemble.realizations) for client in (one, two)]
            ratios.append(times[0] / times[1])
            print(f"  one worker {times[0]:.1f} s, two workers {times[1]:.1f} s")
    print(f"two workers of one thread: {median(ratios) / 2:.0%} of twice one (median of {REPEATS})")


def empty_tasks(count: int) -> None:
    """Time and memory of scheduler and client for tasks without work."""
    cluster.LARGEST_TASK = 1
    job = Empty(Config())
    with running(2) as (client, pid):
        make(client, job, 100)
        before = (processor_seconds(pid), time.process_time(), memory(pid), memory("self"))
        wall = make(client, job, count)
        used = processor_seconds(pid) - before[0], time.process_time() - before[1]
        scheduler, own = 1e3 * used[0] / count, 1e3 * used[1] / count
        print(f"{count} empty tasks: {1e3 * wall / count:.2f} ms each")
        print(f"  processor time a task: scheduler {scheduler:.2f} ms, client {own:.2f} ms")
        print(f"  memory of the scheduler: {before[2]:.0f} MB before, {memory(pid):.0f} MB after")
        print(f"  memory of the client: {before[3]:.0f} MB before, {memory('self'):.0f} MB after")
    rate = WORKERS / cluster.TASK_SECONDS
    print(f"{WORKERS} workers finish {rate:.0f} tasks of {cluster.TASK_SECONDS:.0f} s a second:")
    print(
        f"  {rate * scheduler / 1e3:.0%} of a core for the scheduler, {rate * own / 1e3:.0%} for the client"
    )
    for seconds in (0.03, 1.0, 60.0):
        tasks = ALL_SKIES * seconds / max(seconds, cluster.TASK_SECONDS)
        hours = ALL_SKIES * seconds / WORKERS / 3600
        print(
            f"  {ALL_SKIES:.0e} skies of {seconds:g} s: {hours:.2g} h, {tasks:.0f} tasks, "
            f"{tasks * scheduler / 1e3:.0f} s of the scheduler and {tasks * own / 1e3:.0f} s of the client"
        )


if __name__ == "__main__":
    two_workers_against_one()
    empty_tasks(int(sys.argv[1]) if len(sys.argv) > 1 else TASKS)
