"""`eddysky predict`: the analytic C_ℓ of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

import click

from eddysky.cli.arguments import set_option, table_option, target_argument
from eddysky.cli.console import say

__all__ = ["predict"]


@click.command()
@target_argument
@set_option
@table_option(csv=True)
def predict(target: str, settings: Sequence[str], as_csv: bool) -> None:
    """Print the analytic C_l of a configuration, without simulation: columns ell,c_ell."""
    from eddysky.cli.targets import open_target
    from eddysky.simulator.io.tables import text_table
    from eddysky.validation import predict as analytic

    chosen = open_target(target, settings)
    if len(chosen.configs) > 1:
        say(f"eddysky: {chosen.first()}", err=True)
    found = analytic(chosen.base)
    rows = zip(found.ell, found.c_ell, strict=True)
    say(text_table(("ell", "c_ell"), rows, digits=12, csv=as_csv), nl=False)
