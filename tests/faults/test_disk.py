"""A disk that is full: a message and exit code 2, parts intact, and the same command resumes when there is space."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import pytest

pytestmark = pytest.mark.faults

RUN = ("run", "sky.py", "-o", "small/out.h5", "--quiet")


@pytest.fixture
def small(world):
    """A file system of 8 MB, where the results go, with the rest of the world outside."""
    folder = world.folder / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system needs the right to mount: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder):
    """Write until nothing more fits."""
    with suppress(OSError), (folder / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.mark.parametrize("parts", [1, 3, 5])
def test_filled_by_others_in_the_middle(world, small, same_bits, record_property, parts):
    run = world.start(*RUN)
    world.wait_for(lambda: len(list(small.glob("out.h5.parts/part-*.h5"))) >= parts)
    fill(small)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 2, err
    assert "no space left" in err.lower(), err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2
    saved = world.saved("small/out.h5")
    assert saved
    (small / "ballast").unlink()
    before = len(world.noted())
    world.finish(*RUN)
    assert not saved & set(world.numbers("begun", before)), "what was finished is made again"
    same_bits(small / "out.h5")
    record_property("kept", f"{len(saved)} of {world.realizations} realisations; {err.strip()!r}")


def test_full_before_it_begins(world, small):
    fill(small)
    _, err = world.finish(*RUN, code=2)
    assert "small/out.h5" in err
    assert not world.numbers("begun")
    assert [path.name for path in small.iterdir()] == ["ballast"]


def test_full_of_slices(world, small, same_bits):
    """Merging needs space for the result; the slices stay."""
    for number in (1, 2):
        world.finish("run", "sky.py", "--quiet", "--slice", f"{number}/2", "-o", f"out-{number}.h5")
    fill(small)
    merge = ("merge", "out-1.h5", "out-2.h5", "-o", "small/out.h5")
    _, err = world.finish(*merge, code=2)
    assert "no space left" in err.lower(), err
    assert [path.name for path in small.iterdir()] == ["ballast"]
    (small / "ballast").unlink()
    world.finish(*merge)
    same_bits(small / "out.h5")
