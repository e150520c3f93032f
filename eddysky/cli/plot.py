"""`eddysky plot`: figures of a results file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from eddysky.cli.arguments import format_option, results_argument
from eddysky.cli.console import say

__all__ = ["plot"]


@click.command()
@results_argument
@format_option
def plot(results: Path, formats: Sequence[str]) -> None:
    """Draw the sky map and, with turbulence, C_l as OUT.map.png and OUT.power.png."""
    from eddysky.simulator.plots import plot_map
    from eddysky.simulator.plots.style import check_figure
    from eddysky.simulator.results.filenames import beside, figure_stem
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.compare import compare
    from eddysky.validation.comparison.realizations import NoVerdictError
    from eddysky.validation.plots import plot_power

    stems = [figure_stem(results, kind) for kind in dict.fromkeys(formats)]
    for stem in stems:
        check_figure(beside(stem, ".map.png"))
        check_figure(beside(stem, ".power.png"))
    result = read(results)
    comparison = None
    if not len(result.maps):
        say("no map figure: the file holds no maps")
    if result.config.turbulent:
        try:
            comparison = compare(result)
        except NoVerdictError as error:
            say(f"no power figure: {error}")
    for stem in stems:
        if len(result.maps):
            say(plot_map(result, beside(stem, ".map.png")))
        if comparison is not None:
            say(plot_power(result, beside(stem, ".power.png"), comparison))
