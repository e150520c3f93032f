"""`eddysky show`: a configuration as TOML."""

from __future__ import annotations

from collections.abc import Sequence

import click

from eddysky.cli.arguments import set_option, target_argument
from eddysky.cli.console import say

__all__ = ["show"]


@click.command()
@target_argument
@set_option
def show(target: str, settings: Sequence[str]) -> None:
    """Print the full configuration of a scenario as TOML, ready to save and edit."""
    from eddysky.cli.targets import open_target

    chosen = open_target(target, settings)
    say(chosen.heading(), nl=False)
    say(chosen.base.to_editable_toml(), nl=False)
