"""Signals end a command within seconds, whatever it is doing; a second one at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import h5py
import pytest

from eddysky.cli import signals
from eddysky.cli.signals import stopped_by_signals

SMALL = {"sky.nside": 8, "flow.modes": 32, "ensemble.realizations": 6}

# Runs the command line; where a function is called, says so and does something else first.
HOOKED = """
import ctypes, sys, time
from importlib import import_module
from eddysky.cli import main as cli, signals

signals.PATIENCE = 2.0

def compiled():
    # As in a long compiled kernel: no signal handler of Python runs. A mutex that is locked twice is waited for.
    mutex, library = ctypes.create_string_buffer(64), ctypes.CDLL(None)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)

def destructor():
    class Late:
        def __del__(self):
            time.sleep(60)
    Late()
    time.sleep(60)

place, what = sys.argv.pop(1), sys.argv.pop(1)
module, name = place.rsplit(".", 1)
module = import_module(module)
original = getattr(module, name)

def hooked(*arguments, **keywords):
    print("here", flush=True)
    {
        "sleep": lambda: time.sleep(60),
        "compiled": compiled,
        "destructor": destructor,
    }[what]()
    return original(*arguments, **keywords)

setattr(module, name, hooked)
cli.main()
"""


@pytest.fixture
def stopped(start, options):
    """Start a command, send signals when it calls a function; gives exit code, errors and the time that it took."""

    def call(place, what, *sent, between=0.3, arguments=None):
        command = (sys.executable, "-c", HOOKED, place, what)
        arguments = arguments or ("run", "-o", "out.h5", *options(SMALL))
        process = start(*arguments, command=command, preexec_fn=hear_interrupts)
        assert process.stdout.readline() == "here\n"
        time.sleep(0.1)
        begin = time.monotonic()
        for each in sent:
            process.send_signal(each)
            time.sleep(between)
        err = process.communicate(timeout=30)[1]
        lines = [line for line in err.splitlines() if line and "realisation/s" not in line]
        return process.returncode, lines, time.monotonic() - begin

    return call


def hear_interrupts():
    for each in signals.SIGNALS:
        signal.signal(each, signal.SIG_DFL)


KEPT = "eddysky: interrupted; finished realisations are kept, the same command again resumes"


# Before anything slow is imported.
AT_ONCE = "eddysky.cli.main.run_command"


def test_limit_of_time():
    assert signals.PATIENCE + signals.LAST_WORDS < 5


@pytest.mark.parametrize("sent", signals.SIGNALS)
def test_each_signal(stopped, sent):
    code, lines, seconds = stopped(AT_ONCE, "sleep", sent)
    assert (code, lines) == (130, [KEPT])
    assert seconds < 2


def test_in_compiled_code(stopped):
    """The main thread cannot be interrupted; the process ends all the same."""
    code, lines, seconds = stopped(AT_ONCE, "compiled", signal.SIGTERM)
    assert (code, lines) == (130, [KEPT])
    assert 2 < seconds < 4


def test_in_a_destructor(stopped):
    """Where Python could only print a traceback."""
    code, lines, seconds = stopped(AT_ONCE, "destructor", signal.SIGINT)
    assert (code, lines) == (130, [KEPT])
    assert seconds < 2


def test_twice_at_once(stopped):
    code, lines, seconds = stopped(AT_ONCE, "compiled", signal.SIGINT, signal.SIGINT)
    assert (code, lines) == (130, [KEPT])
    assert seconds < 2


def test_one_signal_passed_on_is_not_two(stopped):
    """As by programs that start eddysky in the same terminal."""
    sent = (signal.SIGINT, signal.SIGINT)
    code, _, seconds = stopped(AT_ONCE, "compiled", *sent, between=0.01)
    assert code == 130
    assert seconds > 2


def test_other_commands_do_not_resume(stopped):
    code, lines, _ = stopped(AT_ONCE, "sleep", signal.SIGINT, arguments=("predict",))
    assert (code, lines) == (130, ["eddysky: interrupted"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "sent"),
    [
        ("eddysky.simulator.run.job.realize", signal.SIGHUP),
        ("eddysky.simulator.results.output.concatenate", signal.SIGTERM),
        ("eddysky.cli.run.judge_and_draw", signal.SIGHUP),
    ],
)
def test_while_a_run_takes_long(stopped, place, sent):
    code, lines, seconds = stopped(place, "sleep", sent)
    assert (code, lines) == (130, [KEPT])
    assert seconds < 2


@pytest.mark.slow
def test_writing_that_hangs(stopped):
    code, lines, seconds = stopped(
        "eddysky.simulator.results.output.write", "compiled", signal.SIGTERM
    )
    assert code == 130
    assert lines == [
        "eddysky: interrupted; 6 finished realisations could not be written in time and are lost, "
        "the same command again resumes"
    ]
    assert seconds < 5


def test_ignored_signals_stay_ignored(finish, here):
    """As under nohup."""
    code = (
        "import os, signal; from eddysky.cli.signals import stopped_by_signals\n"
        "with stopped_by_signals(resumes=True):\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""


def test_afterwards_all_is_as_before():
    before = [signal.getsignal(each) for each in signals.SIGNALS]
    hook, descriptors = sys.unraisablehook, len(os.listdir("/proc/self/fd"))
    with stopped_by_signals(resumes=True):
        assert signal.getsignal(signal.SIGHUP) != before[2]
    assert [signal.getsignal(each) for each in signals.SIGNALS] == before
    assert sys.unraisablehook is hook
    assert len(os.listdir("/proc/self/fd")) == descriptors


@pytest.mark.slow
def test_a_failure_does_not_wait_for_threads(start, here, options):
    """One realisation fails while another takes a minute."""
    command = (sys.executable, "-c", SLOW_AND_FAILING)
    begin = time.monotonic()
    process = start("run", "-o", "out.h5", "--workers", "2", *options(SMALL), command=command)
    err = process.communicate(timeout=50)[1]
    assert process.returncode == 2
    assert err.splitlines()[-1] == "eddysky: error: no such sky"
    assert time.monotonic() - begin < 40
    with h5py.File(next(here.glob("out.h5.parts/part-*"))) as part:
        assert 2 in part["index"][()]


SLOW_AND_FAILING = """
import time
from eddysky.cli.main import main
from eddysky.simulator.errors import InputError
from eddysky.simulator.run import job

original = job.realize

def realize(setup, index, **keywords):
    if index == 0:
        time.sleep(60)
    if index == 4:
        raise InputError("no such sky")
    return original(setup, index, **keywords)

job.realize = realize
main()
"""
