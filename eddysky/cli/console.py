"""Printing on the command line."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

__all__ = ["say"]


def say(message: object, *, nl: bool = True, err: bool = False) -> None:
    """Print; a closed pipe, as after `| head`, is ignored, so that the command finishes with its exit code."""
    try:
        if err:
            message = printable(str(message))
        # What a terminal has no letters for is written as TOML and JSON do, such as \u03bb.
        encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
        message = str(message).encode(encoding, "backslashreplace").decode(encoding)
        click.echo(message, nl=nl, err=err)
    except BrokenPipeError:
        _silence(err)
    except OSError as error:
        # Results that cannot be written are an error; remarks are not.
        if not err:
            error.filename = "standard output"
            raise
        _silence(err=True)


def printable(text: str) -> str:
    """Text whose control characters, as file names and values may have, are written as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def _silence(err: bool) -> None:
    """Discard further output of a stream, also what is in its buffer."""
    # As `simulator.run.progress` does; this module imports nothing that may be broken.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), (sys.stderr if err else sys.stdout).fileno())
