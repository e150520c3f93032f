"""A disk that is full: a message and exit code 2, parts intact, and the same command resumes when there is space."""

from __future__ import annotations

import subprocess

import pytest

pytestmark = pytest.mark.faults

RUN = ("run", "sky.py", "-o", "small/out.h5", "--quiet")


@pytest.fixture
def small(world):
    """A file system of 1 MB, where the results go, with the rest of the world outside."""
    folder = world.folder / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system needs the right to mount: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


# Free space [kB]: for no part, for some, for all of them but not for the results beside them.
@pytest.mark.parametrize("free", [8, 200, 500, 900])
def test_full(world, small, same_bits, record_property, free):
    ballast = small / "ballast"
    ballast.write_bytes(bytes((1024 - free) * 1024))
    _, err = world.finish(*RUN, code=2)
    assert "No space left on device" in err or "disk is full" in err, err
    assert len(err.splitlines()) <= 2
    saved = world.saved("small/out.h5")
    assert saved or free < 100
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
    before = len(world.noted())
    world.finish(*RUN)
    assert not saved & set(world.numbers("begun", before)), "what was finished is made again"
    same_bits(small / "out.h5")
    record_property("kept", f"{len(saved)} of {world.realizations} realisations; {err.strip()!r}")


def test_full_of_slices(world, small, same_bits):
    """Merging needs space for the result; the slices stay."""
    for number in (1, 2):
        world.finish("run", "sky.py", "--quiet", "--slice", f"{number}/2", "-o", f"out-{number}.h5")
    (small / "ballast").write_bytes(bytes(1000 * 1024))
    merge = ("merge", "out-1.h5", "out-2.h5", "-o", "small/out.h5")
    _, err = world.finish(*merge, code=2)
    assert "No space left on device" in err or "disk is full" in err, err
    assert [path.name for path in small.iterdir()] == ["ballast"]
    (small / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
    world.finish(*merge)
    same_bits(small / "out.h5")
