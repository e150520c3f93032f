"""`eddysky list`: the scenarios."""

from __future__ import annotations

import click

from eddysky.cli.console import say

__all__ = ["list"]


@click.command()
def list() -> None:
    """List the scenarios, one line each."""
    from eddysky.scenarios.registry import SCENARIOS

    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        say(f"{scenario.name:<{width}}  {scenario.summary}")
