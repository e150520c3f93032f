"""A progress bar on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from tqdm import tqdm

__all__ = ["progress_bar", "remark"]


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


def remark(bar: tqdm, text: str) -> None:
    """A line above a bar, if that is shown."""
    if not bar.disable:
        bar.write(text, file=bar.fp)
