"""Printing on the command line."""

from __future__ import annotations

import os
import sys

import click

__all__ = ["say"]


def say(message: object, *, nl: bool = True, err: bool = False) -> None:
    """Print, also to a reader that has left, as `head` does: the rest of the work and the exit code matter."""
    try:
        click.echo(message, nl=nl, err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), (sys.stderr if err else sys.stdout).fileno())
