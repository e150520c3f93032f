"""`eddysky plot`: figures of a results file."""

from __future__ import annotations

from pathlib import Path

import click

from eddysky.simulator.commands.arguments import results_argument
from eddysky.simulator.console import say

__all__ = ["plot"]


@click.command()
@results_argument
def plot(results: Path) -> None:
    """Draw the sky map and, with turbulence, C_l as OUT.map.png and OUT.power.png."""
    from eddysky.simulator.filenames import beside
    from eddysky.simulator.plots import plot_map, plot_power
    from eddysky.simulator.store import read
    from eddysky.validation.compare import compare
    from eddysky.validation.realizations import NoVerdictError

    result = read(results)
    if len(result.maps):
        say(plot_map(result, beside(results, ".map.png")))
    if result.config.turbulent:
        try:
            say(plot_power(result, compare(result), beside(results, ".power.png")))
        except NoVerdictError as error:
            say(f"no power figure: {error}")
