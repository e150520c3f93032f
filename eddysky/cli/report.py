"""`eddysky report`: results and observations on one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from eddysky.cli.console import say

__all__ = ["report"]


@click.command()
@click.argument(
    "inputs", nargs=-1, required=True, metavar="OUT.h5...", type=click.Path(path_type=Path)
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="REPORT.html",
    help="The page; by default OUT.report.html, beside the first file.",
)  # fmt: skip
@click.option(
    "--row", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Map of each file that is shown, from 0.",
)  # fmt: skip
def report(inputs: Sequence[Path], output: Path | None, row: int) -> None:
    """Write one HTML page about results and observations, to keep or to send.

    What was simulated, the verdict, the sky, C_l with prediction, ratios, pulls and scatter, all numbers as a table
    that downloads as CSV, configuration, versions, seed, and the commands that make it again. The page is one file
    below 3 MB that loads nothing from elsewhere.
    """
    from eddysky.simulator.results.filenames import figure_stem
    from eddysky.validation.report.page import write_report

    path = output or Path(f"{figure_stem(inputs[0], 'report')}.html")
    say(write_report(inputs, path, row=row))
