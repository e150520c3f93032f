"""What a run tells while it is under way: a bar on standard error, and a log file for programs."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from tqdm import tqdm

from eddysky.simulator.run.log import Log

__all__ = ["Progress", "progress_bar"]


def _silence(stream: TextIO) -> None:
    """Redirect a stream to the null device, including its buffer and the output of other code."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _StandardError:
    """Standard error; if its pipe is closed, the run continues without a bar."""

    def write(self, text: str) -> None:
        """Write, or discard this and all later output if the pipe is closed."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            _silence(sys.stderr)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


def progress_bar(shown: bool, total: int, done: int, label: str) -> tqdm:
    """Bar on standard error with rate and time left, starting at `done` of `total` realisations."""
    shown = shown and sys.stderr is not None
    terminal = shown and sys.stderr.isatty()
    return tqdm(
        total=total,
        file=_StandardError(),
        disable=not shown,
        initial=done,
        desc=label,
        unit="realisation",
        dynamic_ncols=terminal,
        # Fewer lines in log files.
        mininterval=0.1 if terminal else 10.0,
    )


class Progress:
    """Bar and log of a run, what went wrong, and the seconds that each of its phases took.

    Parameters
    ----------
    bar
        From `progress_bar`.
    log
        The log; one without a file by default.
    """

    def __init__(self, bar: tqdm, log: Log | None = None) -> None:
        self.bar, self.log = bar, log or Log(None)
        self.failures: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self.workers = ""

    def update(self, count: int) -> None:
        """Count finished realisations."""
        self.bar.update(count)

    def remark(self, text: str) -> None:
        """A line above the bar, if that is shown."""
        if not self.bar.disable:
            self.bar.write(text, file=self.bar.fp)

    def failed(self, what: str, **values: Any) -> None:
        """Count and log something that went wrong and is made good, such as a task whose worker died."""
        self.failures[what] += 1
        self.log.write(what, **values)
        self._note()

    def working(self, workers: int, threads: int) -> None:
        """Show the size of a cluster, and log it where it changes."""
        words = f"{workers} workers, {threads} threads"
        if words != self.workers:
            self.workers = words
            self.log.write("workers", workers=workers, threads=threads)
            self._note()

    def _note(self) -> None:
        """Show the workers of a cluster and the failures at the end of the bar."""
        counts = [f"{what}: {count}" for what, count in self.failures.items()]
        self.bar.set_postfix_str(", ".join([*filter(None, [self.workers]), *counts]))

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure the seconds of a phase."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = time.monotonic() - begin
