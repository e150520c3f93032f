"""Runs that are killed, interrupted or doubled: what was finished is kept, and the bits do not change."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import select
import signal
import sys
import termios
import time

import h5py
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.run import job

pytestmark = pytest.mark.usefixtures("no_figures")

# Six realisations and no figures: for deaths at a chosen call.
TINY = {"sky.nside": 8, "flow.modes": 32, "ensemble.realizations": 6}
# About 40 ms a realisation: for deaths at a chosen moment.
SLOW = {
    "sky.nside": 64,
    "sky.evaluation": "direct",
    "flow.modes": 2048,
    "ensemble.realizations": 40,
}

# Runs the command line, but every realisation is a part, and the process dies at the N-th call of a function.
DYING = """
import os, signal, sys
from types import SimpleNamespace
from eddysky.cli import main as cli
from eddysky.simulator.run import ensemble
from eddysky.simulator.results import checkpoints, output, writing

ensemble.SECONDS_PER_PART = -1.0
place, when, number = sys.argv.pop(1), sys.argv.pop(1), int(sys.argv.pop(1))
module, name = place.split(".")
original = getattr({"os": os, "output": output}[module], name)
calls = 0

def dying(*arguments, **keywords):
    global calls
    calls += 1
    if calls == number and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = original(*arguments, **keywords)
    if calls == number and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

if module == "output":
    setattr(output, name, dying)
else:  # Only as parts see it; other libraries rename and remove files as well.
    seen = {key: getattr(os, key) for key in dir(os)}
    checkpoints.os = writing.os = SimpleNamespace(**(seen | {name: dying}))
cli.main(sys.argv[1:])
"""


@pytest.fixture
def die(finish):
    """Run the command line up to its death at a call."""

    def call(place, when, number, *arguments):
        outcome = finish(
            place, when, number, *arguments, "--quiet", command=(sys.executable, "-c", DYING)
        )
        assert outcome.err == ""
        assert outcome.code == -signal.SIGKILL

    return call


@pytest.fixture
def made(monkeypatch):
    """Numbers of the realisations that are made in this process."""
    numbers = []
    original = job.realize

    def counting(setup, index, **keywords):
        numbers.append(index)
        return original(setup, index, **keywords)

    monkeypatch.setattr(job, "realize", counting)
    return numbers


def finished_numbers(directory):
    """Numbers of the realisations in parts and results."""
    numbers = set()
    for path in (*directory.glob("out.h5.parts/part-*.h5"), *directory.glob("out.h5")):
        with h5py.File(path, "r") as file:
            numbers.update(file["index"][()].tolist())
    return numbers


def reference(settings, directory):
    file = directory / "reference.h5"
    simulate(Config().replace(settings), file)
    return file


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return reference(TINY, tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    return reference(SLOW, tmp_path_factory.mktemp("slow"))


@pytest.mark.parametrize(
    ("place", "when", "number", "kept"),
    [
        ("output.create", "before", 2, 0),  # amid the first part
        ("os.fsync", "before", 1, 0),  # its content is not on disk
        ("os.replace", "before", 1, 0),  # it has no name
        ("os.replace", "after", 1, 1),
        ("os.replace", "before", 4, 3),  # mid-run
        ("os.replace", "after", 6, 6),  # before the merge
        ("output.copy_rows", "before", 46, 6),  # amid the merge
        ("os.replace", "before", 7, 6),  # after the merge
        ("os.replace", "after", 7, 6),  # results in place, parts too
        ("os.unlink", "before", 4, 6),  # half the parts removed
    ],
)
def test_killed_at_a_call(
    die, eddysky, here, options, made, tiny, assert_same_bits, place, when, number, kept
):
    command = ("run", "-o", "out.h5", *options(TINY))
    die(place, when, number, *command)
    survivors = finished_numbers(here)
    assert len(survivors) == kept
    if (here / "out.h5").exists():
        assert_same_bits("out.h5", tiny)
    outcome = eddysky(*command, "--quiet")
    assert outcome.code == 0
    assert outcome.err == ""
    # What was kept is not made again.
    assert sorted(made) == sorted(set(range(6)) - survivors)
    assert_same_bits("out.h5", tiny)
    assert [path.name for path in here.glob("out.h5*")] == ["out.h5"]


def test_killed_again_and_again(die, eddysky, here, options, tiny, assert_same_bits):
    command = ("run", "-o", "out.h5", *options(TINY))
    for _ in range(3):
        die("os.replace", "after", 2, *command)
    assert len(list(here.glob("out.h5.parts/part-*.h5"))) == 6
    assert eddysky(*command, "--quiet").code == 0
    assert_same_bits("out.h5", tiny)


def test_damaged_parts_are_made_again(die, eddysky, here, options, made, tiny, assert_same_bits):
    command = ("run", "-o", "out.h5", *options(TINY))
    die("os.replace", "after", 5, *command)
    everything = finished_numbers(here)
    flipped, cut, empty, renamed, sound = sorted(here.glob("out.h5.parts/part-*.h5"))
    with h5py.File(sound, "r") as file:
        kept = set(file["index"][()].tolist())
    content = flipped.read_bytes()
    flipped.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    cut.write_bytes(cut.read_bytes()[:5000])
    empty.write_bytes(b"")
    renamed.rename(renamed.with_name(f"{renamed.name[:16]}{'0' * 64}.h5"))
    assert (len(everything), len(kept)) == (5, 1)
    outcome = eddysky(*command, "--quiet")
    assert outcome.code == 0
    lines = outcome.err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("eddysky: out.h5.parts/part-") for line in lines)
    assert len(list(here.glob("out.h5.parts/part-*.h5.damaged"))) == 4
    assert sorted(made) == sorted(set(range(6)) - kept)
    assert_same_bits("out.h5", tiny)


def test_parts_of_another_configuration_are_not_deleted(die, eddysky, here, options):
    die("os.replace", "after", 3, "run", "-o", "out.h5", *options(TINY))
    parts = {path.name: path.read_bytes() for path in here.glob("out.h5.parts/part-*.h5")}
    assert len(parts) == 3
    outcome = eddysky("run", "-o", "out.h5", "--quiet", *options(TINY | {"ensemble.seed": 2}))
    assert outcome.code == 0
    assert outcome.err == (
        "eddysky: out.h5.parts: 3 parts of another configuration (ensemble.seed was 1, now 2): "
        "kept, but not used\n"
    )
    kept = {path.name: path.read_bytes() for path in here.rglob("part-*.h5")}
    assert parts.items() <= kept.items()


class Watched:
    """A run whose progress bar is read from a terminal of its own."""

    def __init__(self, start, *arguments):
        self.master, terminal = os.openpty()
        termios.tcsetwinsize(terminal, (24, 100))
        # As from a terminal, whatever started the tests: Ctrl-C is heard.
        self.process = start(*arguments, stderr=terminal, preexec_fn=hear_interrupts)
        os.close(terminal)
        self.text = ""

    def read(self, seconds):
        """Read what comes within so many seconds; False at the end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # nobody writes any more
                raise
            return False
        self.text += piece.decode()
        return bool(piece)

    def wait_for(self, count):
        """Wait until the bar shows so many realisations; gives what it shows."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            shown = [int(n) for n in re.findall(r"(\d+)/40 ", self.text)]
            if shown and shown[-1] >= count:
                return shown[-1]
            assert self.read(1.0), self.text
        raise AssertionError(f"{count} realisations not reached:\n{self.text}")

    def end(self):
        """Wait for the end; gives exit code and lines on standard error after the bar."""
        while self.read(60):
            pass
        os.close(self.master)
        code = self.process.wait(60)
        lines = [line.split("\r")[-1] for line in self.text.replace("\r\n", "\n").split("\n")]
        return code, [line for line in lines if line.strip() and "realisation/s" not in line]


def hear_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("count", [0, 15, 38])
def test_killed_at_a_moment(start, eddysky, here, options, slow, assert_same_bits, count):
    """The real command, SIGKILL: at its start, in the middle, and near the end."""
    command = ("run", "-o", "out.h5", *options(SLOW))
    run = Watched(start, *command)
    run.wait_for(count)
    run.process.kill()
    run.end()
    outcome = eddysky(*command, "--quiet")
    assert outcome.code == 0
    assert_same_bits("out.h5", slow)
    assert not (here / "out.h5.parts").exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(start, eddysky, here, options, made, slow, assert_same_bits, sign):
    """Exit code 130, one line, all that the bar showed is kept; killed after that, it is kept as well."""
    command = ("run", "-o", "out.h5", *options(SLOW))
    run = Watched(start, *command)
    shown = run.wait_for(5)
    run.process.send_signal(sign)
    code, lines = run.end()
    assert code == 130
    assert len(lines) == 1, lines
    assert lines[0].startswith("eddysky: interrupted; ")
    assert "resumes" in lines[0]
    kept = finished_numbers(here)
    assert len(kept) >= shown
    assert not (here / "out.h5").exists()

    again = Watched(start, *command)
    # The bar starts from what was kept.
    assert again.wait_for(0) == len(kept)
    again.wait_for(len(kept) + 2)
    again.process.kill()
    again.end()
    assert eddysky(*command, "--quiet").code == 0
    assert sorted(made) == sorted(set(range(40)) - kept)
    assert_same_bits("out.h5", slow)


def test_two_runs_at_once(start, finish, here, options, slow, assert_same_bits):
    command = ("run", "-o", "out.h5", *options(SLOW))
    first = Watched(start, *command)
    first.wait_for(1)
    first.process.send_signal(signal.SIGSTOP)  # It cannot finish before the second has tried.
    try:
        second = finish(*command, "--quiet")
    finally:
        first.process.send_signal(signal.SIGCONT)
    assert second.code == 2
    assert second.out == ""
    assert second.err == "eddysky: error: out.h5: another run is writing it\n"
    code, lines = first.end()
    assert (code, lines) == (0, [])
    assert_same_bits("out.h5", slow)


def test_a_dead_run_leaves_no_lock(eddysky, here, options, tiny, assert_same_bits):
    """A lock file alone is no lock; one that is held is."""
    (here / "out.h5.parts").mkdir()
    command = ("run", "-o", "out.h5", "--quiet", *options(TINY))
    with (here / "out.h5.parts" / "eddysky.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = eddysky(*command)
        assert outcome.code == 2
        assert "another run is writing it" in outcome.err
    assert eddysky(*command).code == 0
    assert_same_bits("out.h5", tiny)
