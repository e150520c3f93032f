"""`eddysky scan`: simulate all points of a grid, with one table and one figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.cli.arguments import (
    engine_options,
    format_option,
    lock_option,
    quiet_option,
    set_option,
    slice_option,
    target_argument,
)
from eddysky.cli.completion import complete_setting
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.cli.engines import engine, slice_from
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
    "--grid", "grids", multiple=True, metavar="KEY=VALUE,VALUE,...", shell_complete=complete_setting,
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
@slice_option(
    "Only every N-th point from the I-th on; the same command without --slice then makes the table. Without I/N as "
    "the job of a SLURM array."
)
@click.option(
    "--maps", type=click.IntRange(min=0), default=0, show_default=True,
    help="Number of realisations of each point, from the first, whose maps are kept.",
)  # fmt: skip
@format_option
@lock_option
@quiet_option
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
    no_lock: bool,
    quiet: bool,
) -> None:
    """Simulate all points of a grid, each into a results file in DIR; table DIR/scan.ecsv, figure DIR/scan.png.

    The same command again resumes. More values or more realisations extend a finished scan, whose points keep their
    files.
    """
    from eddysky.cli.targets import open_source
    from eddysky.scenarios.files import errors_of
    from eddysky.simulator.config.descriptions import counted
    from eddysky.simulator.plots.style import check_figure
    from eddysky.validation.plots import plot_scan
    from eddysky.validation.scans.grid import shared_seed
    from eddysky.validation.scans.scan import TABLE, scan_points, simulate_points

    source = open_source(target)
    points = points_of(source, grids, settings, seeds)
    output = output or Path(f"{source.label.replace('/', '-')}-scan")
    part = slice_from(chosen_slice)
    figures = [output / f"scan.{kind}" for kind in dict.fromkeys(formats)]
    for figure in figures:
        check_figure(figure)
    if remark := shared_seed(points):
        say(f"eddysky: {remark}", err=True)
    say_unconverged(point.config for point in points)
    with errors_of(source.file), engine(workers, scheduler) as where:
        how = {
            "flow": source.scenario.flow,
            "maps": maps,
            "columns": source.scenario.columns,
            "lock": not no_lock,
            "progress": not quiet,
            **where,
        }
        if part is not None:
            mine = points[part.number - 1 :: part.count]
            if not mine:
                raise InputError(f"--slice {part}: has no point: the grid has {len(points)}")
            for point, result in simulate_points(mine, output, **how):
                say(f"{point}: {counted(result.realizations)} in {output / point.file}")
            say(
                f"slice {part} of the points; the command without --slice makes the table", err=True
            )
            return
        table = scan_points(points, output, ell=ell, scenario=source.label, report=say_point, **how)
    say(f"table: {output / TABLE}")
    for figure in figures:
        say(f"figure: {plot_scan(table, figure)}")


def points_of(
    source: Source, grids: Sequence[str], settings: Sequence[str], seeds: Seeds
) -> tuple[Point, ...]:
    """Points of the grid, on top of the first variant of a target."""
    from eddysky.scenarios.files import errors_of
    from eddysky.validation.scans.grid import grid_points

    fixed = read_settings(settings)
    grid = read_grid(grids, settings)
    variant = source.variants[0]
    if len(source.variants) > 1:
        say(
            f"eddysky: uses {source.label}/{variant}, the first of {len(source.variants)} variants; "
            f"`eddysky show {source.label}` lists them",
            err=True,
        )
    with errors_of(source.file, loading=True):
        return grid_points(
            lambda changed: source.config(variant, {**fixed, **changed}), grid, seeds
        )


def say_point(point: Point, row: Row) -> None:
    """One line for each finished point."""
    say(f"{point}: {row}")
