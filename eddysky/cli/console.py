"""Printing on the command line."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

__all__ = ["say"]


def say(message: object, *, nl: bool = True, err: bool = False) -> None:
    """Print, also to a reader that has left, as `head` does: the rest of the work and the exit code matter."""
    try:
        if err:
            message = printable(str(message))
        click.echo(message, nl=nl, err=err)
    except BrokenPipeError:
        _silence(err)
    except OSError as error:
        # Numbers that cannot be written are an error; remarks are not.
        if not err:
            error.filename = "standard output"
            raise
        _silence(err=True)


def printable(text: str) -> str:
    """Text with control characters, which file names and values may hold, written as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def _silence(err: bool) -> None:
    """Send what is still to be printed to nowhere, also what is in the buffer."""
    # As `simulator.run.progress` does; this module imports nothing that may be broken.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), (sys.stderr if err else sys.stdout).fileno())
