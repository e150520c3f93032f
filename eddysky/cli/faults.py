"""Reports of internal errors: one line, and a file with the traceback."""

from __future__ import annotations

import sys
import tempfile
import traceback

from eddysky.cli.console import say

__all__ = ["FAULT", "report_fault"]

# Exit code of an internal error; 1 is that of `validate` for a contradicted theory.
FAULT = 3


def report_fault(error: BaseException, *, debug: bool) -> None:
    """Print what went wrong, where its traceback was written, and how to report it.

    Parameters
    ----------
    error
        The exception.
    debug
        Whether to print the traceback as well.
    """
    trace = "".join(traceback.format_exception(error))
    if debug:
        say(trace, nl=False, err=True)
    first = next(iter(str(error).splitlines()), "")
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    say(f"eddysky: internal error: {what[:300]}{advice(error)}; {where(trace)}", err=True)


def advice(error: BaseException) -> str:
    """Advice to the user, where there is any."""
    if isinstance(error, MemoryError):
        return " (not enough memory: lower sky.nside, sky.lmax, flow.modes, --maps or --alms)"
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return " (no more threads allowed here: lower --workers)"
    return ""


def where(trace: str) -> str:
    """Write the traceback to a new file, readable only by this user; returns how to report it."""
    text = f"{' '.join(sys.argv)}\n\n{trace}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="eddysky-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(text)
    except OSError:
        return "please report it with the output of the same command with --debug"
    return f"please report it with the file {file.name}"
