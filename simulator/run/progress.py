"""A progress bar on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from tqdm import tqdm

__all__ = ["progress_bar", "silence"]


def silence(stream: TextIO) -> None:
    """Send what is still to be printed to nowhere, also what is in the buffer and what others print."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _StandardError:
    """Standard error, whose reader may leave: the run goes on without its bar."""

    def write(self, text: str) -> None:
        """Write, or be silent from now on."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            silence(sys.stderr)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


def progress_bar(shown: bool, total: int, done: int, label: str) -> tqdm:
    """Bar on standard error with rate and time left, starting from what is done already."""
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
        # A log file gets a line now and then instead of ten a second.
        mininterval=0.1 if terminal else 10.0,
    )
