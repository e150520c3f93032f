"""Workers and schedulers of a Dask cluster that die: the run goes on, or says what to do, with the same bits."""

from __future__ import annotations

import random
import sys
import time

import pytest

pytestmark = pytest.mark.faults

pytest.importorskip("distributed", reason="needs eddysky[cluster]")

DASK = (sys.executable, "-m", "dask")
RUN = ("run", "sky.py", "-o", "out.h5", "--quiet", "--scheduler", "scheduler.json")


class Dask:
    """A scheduler and workers of one thread, without nannies: nobody replaces them but the test."""

    def __init__(self, world):
        self.world = world
        self.file = world.folder / "scheduler.json"
        self.workers = []
        self.start_scheduler()

    def start(self, *arguments):
        # Nobody reads what they say, so it must not fill a pipe.
        with (self.world.folder / "dask.log").open("ab") as log:
            return self.world.start(
                *arguments, command=DASK, stdout=log, stderr=log,
                environment={"DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT": "300s"},
            )  # fmt: skip

    def start_scheduler(self):
        self.file.unlink(missing_ok=True)
        self.scheduler = self.start(
            "scheduler", "--scheduler-file", self.file.name, "--no-dashboard", "--port", "0",
            "--host", "127.0.0.1",
        )  # fmt: skip
        self.world.wait_for(lambda: self.file.exists() and self.file.stat().st_size)

    def add_worker(self):
        self.workers.append(
            self.start(
                "worker",
                "--scheduler-file",
                self.file.name,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--death-timeout",
                "10",
            )
        )

    def working(self, since):
        """Workers that have begun a task."""
        ids = {pid for word, _, pid in self.world.noted()[since:] if word == "task"}
        return [worker for worker in self.workers if worker.pid in ids]

    def end(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def dask(world):
    running = Dask(world)
    yield running
    running.end()


def run_with_kills(dask, world, moments, most):
    """One run whose workers are killed; gives how many were, and the size of the tasks that they had in hand."""
    before, killed, allowed = len(world.noted()), 0, 0
    run = world.start(*RUN)
    while True:
        # One that has work; others are only starting.
        world.wait_for(lambda: dask.working(before) or run.poll() is not None)
        time.sleep(moments.uniform(0.0, 1.5))
        if killed == most or run.poll() is not None:
            out, err = run.communicate(timeout=300)
            assert run.returncode == 0, out + err
            return killed, allowed
        if working := dask.working(before):
            victim = moments.choice(working)
            dask.workers.remove(victim)
            victim.kill()
            tasks = [n for word, n, pid in world.noted() if (word, pid) == ("task", victim.pid)]
            # The one that it was making, and one whose result was on its way.
            allowed += sum(tasks[-2:])
            killed += 1
            dask.add_worker()


def test_killed_workers_are_replaced(dask, world, same_bits, record_property):
    """30 of them, over repeated runs; each costs at most the task that it had in hand and the one on its way."""
    moments = random.Random(1)
    killed = runs = allowed = 0
    for _ in range(2):
        dask.add_worker()
    while killed < 30:
        (world.folder / "out.h5").unlink(missing_ok=True)
        # At most so many in a run, so that there are several.
        more, cost = run_with_kills(dask, world, moments, min(10, 30 - killed))
        killed, runs, allowed = killed + more, runs + 1, allowed + cost
        same_bits(world.folder / "out.h5")
    finished, wanted = len(world.numbers("finished")), runs * world.realizations
    assert wanted <= finished <= wanted + allowed
    record_property(
        "kills",
        f"{killed} workers, {runs} runs complete, {finished} realisations made for {wanted}, "
        f"at most {allowed} in hand",
    )


def test_a_killed_scheduler(dask, world, same_bits, record_property):
    """Three times: the run ends with a message and exit code 2, and goes on with a new scheduler."""
    seconds = []
    for number in range(3):
        before = len(world.noted())
        dask.add_worker()
        run = world.start(*RUN)
        world.wait_for(lambda: len(world.numbers("finished", before)) > 15)  # noqa: B023
        dask.scheduler.kill()
        begin = time.monotonic()
        _, err = run.communicate(timeout=120)
        seconds.append(round(time.monotonic() - begin, 1))
        assert run.returncode == 2, err
        assert "the same command with a new one resumes" in err
        assert "Traceback" not in err
        assert world.saved() or number == 0
        dask.end()
        dask.workers.clear()
        dask.start_scheduler()
    saved, before = world.saved(), len(world.noted())
    for _ in range(2):
        dask.add_worker()
    world.finish(*RUN)
    assert not saved & set(world.numbers("begun", before)), "what was finished is made again"
    same_bits(world.folder / "out.h5")
    record_property("the run ends after", f"{seconds} s")
