"""Realisations on the workers of a Dask cluster.

A task makes some realisations and returns them; this process, the client, alone writes. Each result is released as
soon as it is here, so that a worker that dies takes only what it has in hand. Tasks take some seconds, as each costs
the scheduler about a millisecond, and few wait at each worker, so that all workers finish at about the same time.
"""

from __future__ import annotations

import logging
import math
import pickle
import platform
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cloudpickle
from distributed import CancelledError, Client, Future, KilledWorker, as_completed

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.progress import Progress
from eddysky.simulator.run.realization import Setup

__all__ = ["Cluster", "connected"]

# Time that a task is to take [s], most realisations in one, and tasks at each thread of a worker.
TASK_SECONDS = 5.0
LARGEST_TASK = 4096
IN_FLIGHT = 3
# How often a task is given out again whose workers died (as often as the scheduler's own allowed-failures each time).
ATTEMPTS = 20
# The number of threads is asked for no more often than this [s].
ASK_SECONDS = 2.0
# Time to find the scheduler [s].
CONNECT_SECONDS = 20
# The same bits need the same versions of these.
PACKAGES = ("eddysky", "numpy", "scipy", "numba", "ducc0", "healpy")


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Client of a running scheduler.

    Parameters
    ----------
    address
        Such as tcp://HOST:8786, or a scheduler file (.json).

    Raises
    ------
    InputError
        If there is no such file, or no scheduler answers.
    """
    # Its warnings of lost workers are the scheduler's business; what matters is raised.
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.batched"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    where = {"address": address} if "://" in address else {"scheduler_file": address}
    if "scheduler_file" in where and not Path(address).is_file():
        raise InputError(
            f"--scheduler {address}: no such file; must be an address such as tcp://HOST:8786 or a scheduler file"
        )
    try:
        client = Client(**where, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"--scheduler {address}: no scheduler answers there: {reason}") from None
    except AssertionError:
        # So distributed says that it cannot read the file.
        raise InputError(
            f"--scheduler {address}: not a scheduler file, as `dask scheduler --scheduler-file` writes it"
        ) from None
    with client:
        yield client


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a Dask cluster; the engine of a run with a scheduler."""

    client: Client

    def __post_init__(self) -> None:
        if not isinstance(self.client, Client):
            raise InputError(
                f"client: must be a distributed.Client, not {type(self.client).__name__}"
            )
        if self.client.asynchronous:
            raise InputError(
                "client: is asynchronous; make it with Client(..., asynchronous=False)"
            )
        if self.client.status != "running":
            raise InputError(f"client: is {self.client.status}; make a new one")

    def batches(
        self, job: Job, indices: Sequence[int], progress: Progress, directory: Path | None
    ) -> Generator[Sequence[Realization]]:
        """Finished realisations, task by task; `directory` is not used, as workers may not see it.

        Raises
        ------
        InputError
            If a worker cannot make the same bits as this process, or the scheduler is lost.
        """
        with progress.phase("set-up"):
            packed, versions = cloudpickle.dumps(job), installed()
        left = Remaining(indices)
        # Of each task its realisations, and how often it has been given out.
        waiting: dict[Future, tuple[Sequence[int], int]] = {}
        # Of this client, which need not be the latest.
        finished = as_completed(loop=self.client.loop)

        def give_out(some: Sequence[int], attempt: int = 1) -> None:
            task = pickle.dumps(Call((packed, some, versions)))
            future = self.client.submit(pickle.loads, task, pure=False)
            waiting[future] = (some, attempt)
            finished.add(future)

        try:
            threads, asked = self._threads(progress), time.monotonic()
            while left or waiting:
                while left and len(waiting) < IN_FLIGHT * threads:
                    give_out(left.take(threads))
                future = next(finished)
                some, attempt = waiting.pop(future)
                try:
                    made, seconds = future.result()
                except KilledWorker as error:
                    died = attempt * (error.allowed_failures + 1)
                    if attempt == ATTEMPTS:
                        raise InputError(
                            f"realisations {some[0]} to {some[-1]}: {died} workers died with them; "
                            "give workers more memory"
                        ) from None
                    progress.failed("given out again", first=some[0], count=len(some), died=died)
                    give_out(some, attempt + 1)
                    continue
                except ModuleNotFoundError as error:
                    raise InputError(
                        f"a worker has no module {error.name}: workers need what this process has installed"
                    ) from None
                finally:
                    future.release()
                left.measured(seconds / len(made))
                yield made
                if time.monotonic() - asked > ASK_SECONDS:
                    threads, asked = self._threads(progress), time.monotonic()
        except (CancelledError, OSError) as error:
            if isinstance(error, OSError) and self.client.status == "running":
                raise
            raise InputError(
                "the scheduler of the Dask cluster is lost; the same command with a new one resumes"
            ) from None
        finally:
            # What no client wants any more is not begun.
            for future in waiting:
                future.release()

    def description(self) -> dict[str, Any]:
        """Number of workers, and of all their threads."""
        known = self.client.nthreads()
        return {"cluster_workers": len(known), "cluster_threads": sum(known.values())}

    def _threads(self, progress: Progress) -> int:
        """Number of threads of all workers; waits for the first one."""
        while not (known := self.client.nthreads()):
            progress.remark("waiting for workers")
            self.client.wait_for_workers(1)
        threads = sum(known.values())
        progress.working(len(known), threads)
        return int(threads)


@dataclass(frozen=True, slots=True)
class Call:
    """A task that a worker does by unpickling it; so the scheduler, which passes it on, needs no eddysky.

    Parameters
    ----------
    arguments
        Those of `make_realizations`.
    """

    arguments: tuple[bytes, Sequence[int], dict[str, str]]

    def __reduce__(self) -> tuple[Any, ...]:
        return make_realizations, self.arguments


class Remaining:
    """Realisations not yet given out, and how many of them are a task."""

    def __init__(self, indices: Sequence[int]) -> None:
        self.indices, self.next = indices, 0
        self.seconds: float | None = None

    def __len__(self) -> int:
        return len(self.indices) - self.next

    def measured(self, seconds: float) -> None:
        """Take account of the time of a realisation [s]; later ones count more."""
        before = seconds if self.seconds is None else self.seconds
        self.seconds = 0.5 * (before + seconds)

    def take(self, threads: int) -> Sequence[int]:
        """Realisations of the next task: single ones until their time is known, and fewer towards the end."""
        count = 1
        if self.seconds is not None:
            share = math.ceil(len(self) / (2 * threads))
            enough = int(TASK_SECONDS / max(self.seconds, 1e-6))
            count = max(1, min(enough, share, LARGEST_TASK))
        first, self.next = self.next, min(self.next + count, len(self.indices))
        return self.indices[first : self.next]


def installed() -> dict[str, str]:
    """Versions of the packages on which the bits of results depend."""
    return {name: version(name) for name in PACKAGES}


def make_realizations(
    packed: bytes, indices: Sequence[int], versions: dict[str, str]
) -> tuple[list[Realization], float]:
    """Task of a worker: make realisations on one thread; returns them and the time that they took [s].

    Raises
    ------
    InputError
        If the worker has other versions of packages than the client.
    """
    for name, here in installed().items():
        if here != versions[name]:
            raise InputError(
                f"a worker on {platform.node()} has {name} {here}, this process {versions[name]}: "
                "the same bits need the same versions"
            )
    job = unpacked(packed)
    setup = prepared(packed, min(indices) < job.maps)
    begin = time.monotonic()
    made = [job.realization(setup, index) for index in indices]
    return made, time.monotonic() - begin


@lru_cache(maxsize=4)
def unpacked(packed: bytes) -> Job:
    """The job, unpacked once in each worker."""
    job: Job = pickle.loads(packed)
    return job


@lru_cache(maxsize=4)
def prepared(packed: bytes, maps: bool) -> Setup:
    """What the realisations of a job share, with or without maps, made once in each worker."""
    return unpacked(packed).setup(maps=maps)
