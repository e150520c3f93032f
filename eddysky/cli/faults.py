"""What the command line says of faults of its own: one line, and a file with the traceback."""

from __future__ import annotations

import sys
import tempfile
import traceback

from eddysky.cli.console import say

__all__ = ["FAULT", "report_fault"]

# Exit code of a fault of ours; 1 is what `validate` says of a contradicted theory.
FAULT = 3


def report_fault(error: BaseException, *, debug: bool) -> None:
    """Say what went wrong, where its traceback was written, and how to report it.

    Parameters
    ----------
    error
        What no command foresaw.
    debug
        Whether to print the traceback as well.
    """
    trace = "".join(traceback.format_exception(error))
    if debug:
        say(trace, nl=False, err=True)
    first = next(iter(str(error).splitlines()), "")
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    say(f"eddysky: fault: {what[:300]}{advice(error)}; {where(trace)}", err=True)


def advice(error: BaseException) -> str:
    """What a user can do about it, where that is known."""
    if isinstance(error, MemoryError):
        return " (not enough memory: lower sky.nside, sky.lmax, flow.modes, --maps or --alms)"
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return " (no more threads allowed here: lower --workers)"
    return ""


def where(trace: str) -> str:
    """Write the traceback to a file of its own, which only this user can read, and say where."""
    text = f"{' '.join(sys.argv)}\n\n{trace}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="eddysky-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(text)
    except OSError:
        return "please report it with the output of the same command with --debug"
    return f"please report it with the file {file.name}"
