"""Damaged parts and results files, two runs at once, signals, clocks that jump, and hosts with the same process ids."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest
from slurm import Unavailable, unpack

pytestmark = pytest.mark.faults

RUN = ("run", "sky.py", "-o", "out.h5", "--quiet")


def killed_after(world, parts, *arguments):
    """Run until there are so many parts, and kill; gives the parts."""
    process = world.start(*(arguments or RUN))
    folder = world.folder / "out.h5.parts"
    world.wait_for(lambda: len(list(folder.glob("part-*.h5"))) >= parts)
    process.kill()
    process.communicate()
    return sorted(folder.glob("part-*.h5"))


def damage(path, kind, moments):
    content = path.read_bytes()
    place = moments.randrange(len(content))
    path.write_bytes(
        {
            "byte": content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :],
            "cut": content[:place],
            "zeros": content[:place]
            + bytes(min(4096, len(content) - place))
            + content[place + 4096 :],
            "longer": content + b"x",
            "empty": b"",
        }[kind]
    )
    # Zeros may have been zeros before.
    return path.read_bytes() != content


def test_damaged_parts(world, same_bits):
    """Set aside with a message, kept, and only their realisations made again."""
    parts = killed_after(world, 6)
    moments = random.Random(2)
    saved, lost = world.saved(), set()
    for path, kind in zip(parts, ("byte", "cut", "zeros", "longer", "empty"), strict=False):
        with h5py.File(path, "r") as file:
            indices = set(file["index"][()].tolist())
        if damage(path, kind, moments):
            lost |= indices
    before = len(world.noted())
    _, err = world.finish(*RUN)
    assert err.count("set aside") >= 4
    begun = set(world.numbers("begun", before))
    assert begun == set(range(world.realizations)) - (saved - lost)
    folder = world.folder / "out.h5.parts"
    assert {path.suffix for path in folder.iterdir()} == {".damaged"}
    shutil.rmtree(folder)
    same_bits(world.folder / "out.h5")


@pytest.mark.parametrize("kind", ["byte", "cut", "zeros", "longer", "empty"])
def test_damaged_results(world, kind):
    """No command uses them, all say so within seconds, and nothing is overwritten."""
    world.finish(*RUN)
    file = world.folder / "out.h5"
    moments = random.Random(kind)
    while not damage(file, kind, moments):
        pass
    content = file.read_bytes()
    for arguments in (RUN, ("validate", file), ("verify", file), ("merge", file, "-o", "new.h5")):
        begin = time.monotonic()
        _, err = world.finish(*arguments, code=2)
        assert "out.h5" in err
        assert time.monotonic() - begin < 30
    assert file.read_bytes() == content
    assert not (world.folder / "new.h5").exists()


def test_two_runs_at_once(world, same_bits):
    """Several times: exactly one goes on, the other is refused with exit code 2."""
    for number in range(5):
        output = f"out-{number}.h5"
        runs = [world.start("run", "sky.py", "-o", output, "--quiet") for _ in range(2)]
        errors = [run.communicate(timeout=120)[1] for run in runs]
        codes = sorted(run.returncode for run in runs)
        # The later one may begin when the other has finished.
        assert codes == [0, 2] or (codes == [0, 0] and errors == ["", ""])
        if codes == [0, 2]:
            assert "another run is writing it" in "".join(errors)
        same_bits(world.folder / output)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals(world, same_bits, record_property, sign):
    """Within 5 s, with finished realisations saved; the lock is free at once."""
    run = world.start(*RUN, preexec_fn=lambda: signal.signal(sign, signal.SIG_DFL))
    world.wait_for(lambda: len(world.numbers("finished")) > 20)
    run.send_signal(sign)
    begin = time.monotonic()
    _, err = run.communicate(timeout=60)
    seconds = time.monotonic() - begin
    assert run.returncode == 130, err
    assert seconds < 5
    saved, before = world.saved(), len(world.noted())
    # But for those on their way from the threads.
    assert len(saved) >= 21 - 2 * os.cpu_count()
    world.finish(*RUN)
    assert not saved & set(world.numbers("begun", before)), "what was finished is made again"
    same_bits(world.folder / "out.h5")
    record_property("stopped after", f"{seconds:.2f} s")


@pytest.fixture(scope="module")
def libfaketime(tmp_path_factory):
    """Path of libfaketime.so, from Debian's package, not installed."""
    folder = tmp_path_factory.mktemp("faketime")
    try:
        unpack(("libfaketime",), folder / "root")
    except Unavailable as why:
        pytest.skip(str(why))
    return next(folder.rglob("libfaketimeMT.so.1"))


@pytest.mark.parametrize("monotonic", [False, True], ids=["wall clock", "all clocks"])
def test_the_clock_jumps_back(world, same_bits, libfaketime, monotonic):
    """A day, in the middle of a run, and again before it is resumed."""
    clock = world.folder / "clock"
    clock.write_text("+0")
    environment = {
        "LD_PRELOAD": str(libfaketime),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "0" if monotonic else "1",
    }
    run = world.start(*RUN, environment=environment)
    world.wait_for(lambda: len(world.numbers("finished")) > 20)
    clock.write_text("-1d")
    world.wait_for(lambda: len(world.numbers("finished")) > 60)
    run.kill()
    run.communicate()
    saved, before = world.saved(), len(world.noted())
    clock.write_text("-2d")
    world.finish(*RUN, environment=environment)
    assert not saved & set(world.numbers("begun", before)), "what was finished is made again"
    same_bits(world.folder / "out.h5")


@pytest.mark.parametrize("names", [("node1", "node2"), ("node", "node")])
def test_hosts_with_the_same_process_ids(world, same_bits, names):
    """Two slices begun at once in namespaces of their own, with one folder and one empty compile cache."""
    inside = 'hostname $0; exec "$@"'
    unshare = ("unshare", "--pid", "--uts", "--fork", "--kill-child", "bash", "-c", inside)
    if subprocess.run([*unshare, "node", "true"], capture_output=True).returncode:
        pytest.skip("namespaces of process ids and host names are not permitted here")
    cache = world.folder / "cache"
    runs = [
        world.start(
            "run", "sky.py", "--slice", f"{number}/2", "-o", f"out-{number}.h5", "--quiet",
            command=(*unshare, name, Path(sys.executable).with_name("eddysky")),
            environment={"EDDYSKY_CACHE": str(cache)},
        )
        for number, name in enumerate(names, start=1)
    ]  # fmt: skip
    for run in runs:
        _, err = run.communicate(timeout=300)
        assert run.returncode == 0, err
        assert err == ""
    # Both had the same process id.
    assert len({pid for *_, pid in world.noted()}) == 1
    world.finish("merge", "out-1.h5", "out-2.h5", "-o", "out.h5")
    same_bits(world.folder / "out.h5")
