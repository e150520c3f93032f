"""The job scripts of docs/clusters.md in a real SLURM, with tasks killed and queued again in the middle."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from slurm import Slurm, Unavailable

pytestmark = pytest.mark.faults

DOCUMENT = Path(__file__).parents[2] / "docs" / "clusters.md"
FOUND = re.compile(
    r"<!-- cluster -->\n\n?```sh\n(?P<text>#!/bin/bash\n# (?P<name>\S+\.sh)\n.*?)^```$", re.M | re.S
)
SCRIPTS = {found["name"]: found["text"] for found in FOUND.finditer(DOCUMENT.read_text())}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    try:
        running = Slurm(tmp_path_factory.mktemp("slurm"))
    except Unavailable as why:
        pytest.skip(str(why))
    yield running
    running.stop()


@pytest.fixture
def submit(slurm, world):
    """Submit a script of the document, as written but for the name of the configuration."""

    def call(name, *options):
        script = world.folder / name
        script.write_text(SCRIPTS[name].replace("mine.toml", "sky.py"))
        bin_folder = Path(sys.executable).parent
        environment = world.environment() | {
            "PATH": f"{bin_folder}:{slurm.environment['PATH']}",
        }
        return slurm.submit(script, *options, **environment)

    return call


def outputs(world):
    return "".join(path.read_text() for path in sorted(world.folder.glob("slurm-*.out")))


def test_the_document_has_the_scripts_that_are_tested():
    assert SCRIPTS.keys() == {"slices.sh", "dask.sh", "workers.sh"}
    assert DOCUMENT.read_text().count("<!-- cluster -->") == len(SCRIPTS)


@pytest.mark.parametrize("array", [(), ("--array=5-8",)])
def test_a_job_array_with_one_task_requeued(slurm, world, submit, same_bits, array):
    """As in the document, and with numbers that begin elsewhere and the slice from SLURM's own variables."""
    if array:
        # Without I/N.
        SCRIPTS["elsewhere.sh"] = SCRIPTS["slices.sh"].replace(
            "--slice $SLURM_ARRAY_TASK_ID/$N", "--slice"
        )
        job = submit("elsewhere.sh", *array)
        del SCRIPTS["elsewhere.sh"]
    else:
        job = submit("slices.sh")
    first = 5 if array else 1
    numbers = range(first, first + 4)
    killed = f"out-{first + 1}.h5"
    world.wait_for(lambda: list(world.folder.glob(f"{killed}.parts/part-*.h5")))
    saved = world.saved(killed)
    slurm.requeue(f"{job}_{first + 1}")
    slurm.wait(job)
    text = outputs(world)
    assert "Traceback" not in text
    assert saved
    # What was finished before is not made again.
    begun = world.numbers("begun")
    assert {number for number in begun if begun.count(number) > 1}.isdisjoint(saved)
    world.finish("merge", *(f"out-{number}.h5" for number in reversed(numbers)), "-o", "mine.h5")
    same_bits(world.folder / "mine.h5")


def test_only_the_failed_tasks_again(slurm, world, submit, same_bits):
    """Tasks 2 and 4 alone: the slices are those of the whole array, as N is in the script."""
    slurm.wait(submit("slices.sh", "--array=1,3"))
    slurm.wait(submit("slices.sh", "--array=2,4"))
    world.finish("merge", *(f"out-{number}.h5" for number in range(1, 5)), "-o", "mine.h5")
    same_bits(world.folder / "mine.h5")


def test_dask(slurm, world, submit, same_bits):
    """Scheduler and run in one job, workers in an array of their own, of which one is requeued."""
    workers = submit("workers.sh")
    job = submit("dask.sh")
    world.wait_for(lambda: len(world.numbers("finished")) > 10)
    slurm.requeue(f"{workers}_1")
    slurm.wait(job)
    slurm.run("scancel", workers)
    slurm.wait(workers)
    assert (world.folder / "mine.h5").exists(), outputs(world)
    same_bits(world.folder / "mine.h5")
