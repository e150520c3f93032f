"""A progress bar, or an object that behaves like one and shows nothing."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Protocol, Self

from tqdm import tqdm

from eddysky.simulator.console import silence

__all__ = ["Progress", "progress_bar"]


class Progress(Protocol):
    """What a run tells of its progress."""

    def update(self, n: int = 1) -> object:
        """Count n more realisations."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> object: ...


class Silent:
    """Progress that nobody sees."""

    def update(self, n: int = 1) -> None:
        """Count nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class StandardError:
    """Standard error, whose reader may leave: the run goes on without its bar."""

    def write(self, text: str) -> None:
        """Write, or be silent from now on."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            silence(err=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


def progress_bar(shown: bool, total: int, done: int, label: str) -> Progress:
    """Bar on standard error with rate and time left, starting from what is done already."""
    if not shown or sys.stderr is None:
        return Silent()
    terminal = sys.stderr.isatty()
    bar: Progress = tqdm(
        total=total,
        file=StandardError(),
        initial=done,
        desc=label,
        unit="realisation",
        dynamic_ncols=terminal,
        # A log file gets a line now and then instead of ten a second.
        mininterval=0.1 if terminal else 10.0,
    )
    return bar
