"""`eddysky scan`: simulate all points of a grid, with one table and one figure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.cli.arguments import engine_options, format_option, set_option, target_argument
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.cli.engines import engine
from eddysky.cli.settings import read_grid, read_settings
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.cli.targets import Source
    from eddysky.validation.scans.grid import Point, Seeds
    from eddysky.validation.scans.table import Row

__all__ = ["scan"]


@click.command()
@target_argument
@click.option(
    "--grid", "grids", multiple=True, metavar="KEY=VALUE,VALUE,...",
    help="Values of one key, such as flow.index=1.5,1.6667; repeated, all combinations are simulated.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder of the results; the name of the scenario or file with -scan by default.",
)  # fmt: skip
@set_option
@click.option(
    "--seeds", type=click.Choice(("same", "different")), default="same", show_default=True,
    help="Whether all points have the same random flows, so that their differences are less noisy, or "
    "each its own.",
)  # fmt: skip
@click.option(
    "--ell", type=click.IntRange(min=1), default=2, show_default=True,
    help="Multipole whose C_l the table and the figure show.",
)  # fmt: skip
@engine_options
@click.option(
    "--slice", "chosen_slice", is_flag=False, flag_value="", metavar="I/N",
    help="Only every N-th point from the I-th on; the same command without --slice then makes the table. Without "
    "I/N as the job of a SLURM array.",
)  # fmt: skip
@click.option(
    "--maps", type=click.IntRange(min=0), default=0, show_default=True,
    help="Number of realisations of each point, from the first, whose maps are kept.",
)  # fmt: skip
@format_option
@click.option("--quiet", is_flag=True, help="No progress bar.")
def scan(
    target: str,
    grids: Sequence[str],
    output: Path | None,
    settings: Sequence[str],
    seeds: Seeds,
    ell: int,
    workers: int | None,
    scheduler: str | None,
    chosen_slice: str | None,
    maps: int,
    formats: Sequence[str],
    quiet: bool,
) -> None:
    """Simulate all points of a grid, each into a results file in DIR; table DIR/scan.ecsv, figure DIR/scan.png.

    The same command again resumes. More values or more realisations extend a finished scan, whose points keep their
    files.
    """
    from eddysky.cli.targets import open_source
    from eddysky.scenarios.files import errors_of
    from eddysky.simulator.run.slices import slice_from
    from eddysky.validation.plots import plot_scan
    from eddysky.validation.scans.grid import shared_seed
    from eddysky.validation.scans.scan import TABLE, prepare_folder, scan_points, simulate_point

    source = open_source(target)
    points = points_of(source, grids, settings, seeds)
    output = output or Path(f"{source.label.replace('/', '-')}-scan")
    how = {"flow": source.scenario.flow, "maps": maps, "columns": source.scenario.columns}
    if remark := shared_seed(points):
        say(f"eddysky: {remark}", err=True)
    say_unconverged(point.config for point in points)
    with errors_of(source.file), engine(workers, scheduler) as where:
        how |= {**where, "progress": not quiet}
        ...
