"""`eddysky list`: the scenarios."""

from __future__ import annotations

import click

from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["list"]


@click.command()
def list() -> None:
    """List the scenarios, one line each; packages may add their own."""
    from eddysky.scenarios import get, names

    width = max(map(len, names()))
    for name in names():
        try:
            say(f"{name:<{width}}  {get(name).summary}")
        except InputError as error:
            say(f"eddysky: {error}", err=True)
