"""The log of a run: one line of JSON an event, for programs that watch runs."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.checkpoints import say

__all__ = ["Log"]

# Longest first line that is read of a file that may be a log.
FIRST_LINE = 1 << 20


class Log:
    """A file to which lines are appended; None is no file.

    Parameters
    ----------
    path
        The file. Lines of earlier runs are kept.

    Raises
    ------
    InputError
        If it exists and is no log of eddysky, or cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path, self.descriptor = path, -1
        if path is None:
            return
        if path.exists() and not path.is_file():
            raise InputError(f"--log {path}: not a file")
        try:
            # What is appended in one piece stays in one piece, also where two runs share a log.
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
            self.descriptor = os.open(path, flags, 0o666)
            first = os.read(self.descriptor, FIRST_LINE)
        except OSError as error:
            raise InputError(f"--log {path}: {error.strerror}") from None
        if first and not is_log(first):
            os.close(self.descriptor)
            raise InputError(f"--log {path}: exists and is no log of eddysky; choose another file")
        if first:
            # A killed run may leave a line without an end.
            os.lseek(self.descriptor, -1, os.SEEK_END)
            if os.read(self.descriptor, 1) != b"\n":
                os.write(self.descriptor, b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def write(self, event: str, **values: Any) -> None:
        """Append an event; a log that cannot be written any more is said once and does not stop the run."""
        if self.descriptor < 0:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        head = {"eddysky": version("eddysky"), "time": now, "event": event}
        line = (json.dumps(head | values, default=str) + "\n").encode()
        try:
            while line:
                line = line[os.write(self.descriptor, line) :]
        except OSError as error:
            self.__exit__()
            say(f"--log {self.path}: {error.strerror}; the run goes on without it")


def is_log(data: bytes) -> bool:
    """Whether a file begins with a line of a log."""
    try:
        found = json.loads(data.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {"eddysky", "time", "event"} <= found.keys()
