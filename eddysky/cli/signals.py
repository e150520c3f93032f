"""Ending a command early: by Ctrl-C, and by SIGTERM and SIGHUP, with which clusters and closed terminals end it.

The first signal raises KeyboardInterrupt, on which a run writes what is finished. A thread makes sure that this does
not last: a few seconds later, or at the second signal, it ends the process, whatever that is doing. This file imports
only the standard library, as `main` does.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from eddysky.cli.console import say

__all__ = ["interrupted", "leave", "stopped_by_signals"]

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# How long a command may take to stop, and its last words to be printed [s]: together less than 5 s.
PATIENCE, LAST_WORDS = 4.0, 0.5
# What starts the command may pass on a signal that the terminal sends to both: one signal within this time [s].
ECHO = 0.1
# Written instead of the number of a signal.
COMMAND_ENDED = b"\0"


@contextmanager
def stopped_by_signals(*, resumes: bool) -> Iterator[None]:
    """Raise KeyboardInterrupt at the first signal, and end the process soon afterwards or at the second one.

    Signals that are ignored, as SIGHUP under nohup, stay so.

    Parameters
    ----------
    resumes
        Whether the same command again resumes.
    """

    def stop(number: int, frame: object) -> NoReturn:
        for heard in before:
            signal.signal(heard, lambda *_: None)
        raise KeyboardInterrupt

    def unraisable(failure: Any) -> None:
        # Raised where Python can only print it, such as in a destructor: raise it again outside of that.
        if failure.exc_type is KeyboardInterrupt:
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, ECHO)
        else:
            hook(failure)

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = {each: signal.getsignal(each) for each in SIGNALS}
    before = {each: handler for each, handler in before.items() if handler != signal.SIG_IGN}
    hook = sys.unraisablehook
    watcher = threading.Thread(target=watch, args=(reading, resumes), daemon=True)
    watcher.start()
    # The number of each signal is written here at once, also while the main thread is in compiled code.
    descriptor = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    sys.unraisablehook = unraisable
    try:
        for each in before:
            signal.signal(each, stop)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        sys.unraisablehook = hook
        signal.set_wakeup_fd(descriptor)
        os.write(writing, COMMAND_ENDED)
        watcher.join()
        os.close(reading)
        os.close(writing)


def watch(reading: int, resumes: bool) -> None:
    """Wait for the first signal, then for the second or for the end of patience, and end the process."""
    first: float | None = None
    while True:
        left = None if first is None else max(0.0, first + PATIENCE - time.monotonic())
        if select.select([reading], [], [], left)[0]:
            number = os.read(reading, 1)
            if number == COMMAND_ENDED:
                return
            now = time.monotonic()
            if number[0] not in SIGNALS or (first is not None and now - first < ECHO):
                continue
            if first is None:
                first = now
                continue
        # A terminal that is stuck must not keep the process.
        words = threading.Thread(target=last_words, args=(resumes, unwritten()), daemon=True)
        words.start()
        words.join(LAST_WORDS)
        os._exit(INTERRUPTED)


def unwritten() -> int:
    """Number of finished realisations that the main thread is writing."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_qualname == "Checkpoints.add":
            return len(frame.f_locals["realizations"])
        frame = frame.f_back
    return 0


def last_words(resumes: bool, lost: int) -> None:
    """Say that the command was interrupted, and how many finished realisations were lost."""
    words = ["finished realisations are kept", "the same command again resumes"] if resumes else []
    if lost:
        words[0] = f"{lost} finished realisations could not be written in time and are lost"
    say("\n" + "; ".join(["eddysky: interrupted", ", ".join(words)][: 1 + bool(words)]), err=True)


def interrupted(*, resumes: bool) -> NoReturn:
    """Leave at once: threads in the middle of a realisation cannot be stopped and are not waited for."""
    last_words(resumes, 0)
    leave(INTERRUPTED)


def leave(code: int) -> NoReturn:
    """End the process without waiting for threads."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
