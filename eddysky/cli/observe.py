"""`eddysky observe`: the skies of a results file as an experiment sees them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from eddysky.cli.angle import angle_option
from eddysky.cli.arguments import (
    format_option,
    quiet_option,
    results_argument,
    subtract_option,
    workers_option,
)
from eddysky.cli.console import say
from eddysky.cli.given import refuse
from eddysky.cli.survey import survey_from_options, survey_options

__all__ = ["observe"]

# Options of the figure.
FIGURE = ("smooth", "subtract_multipoles", "formats")


@click.command()
@results_argument
@survey_options(drawn=True)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OBS.h5",
    help="File of the observation; an existing file is not overwritten.",
)  # fmt: skip
@click.option(
    "--row", type=click.IntRange(min=0), metavar="N",
    help="Observe the realisation in this row of the file alone, from 0.",
)  # fmt: skip
@click.option(
    "--maps", type=click.IntRange(min=0), default=8, show_default=True, metavar="K",
    help="Keep counts and relative intensity of the first K skies.",
)  # fmt: skip
@click.option(
    "--local", type=click.Path(path_type=Path), metavar="FOLDER",
    help="Also write the first sky's counts in local coordinates, by sidereal bins, as likelihood codes read them.",
)  # fmt: skip
@angle_option("--smooth", "10deg", "In the figure: counts are summed over discs of this radius.")
@subtract_option("In the figure: the multipoles up to this one are fitted and subtracted.", 3)
@format_option
@workers_option
@quiet_option
@click.pass_context
def observe(
    context: click.Context,
    /,
    results: Path,
    output: Path,
    row: int | None,
    maps: int,
    local: Path | None,
    smooth: float,
    subtract_multipoles: int,
    formats: Sequence[str],
    workers: int | None,
    quiet: bool,
    **survey: Any,
) -> None:
    """Observe the skies of a results file: counts in a part of the sky, and what is made of them.

    The counts of each pixel are Poisson numbers around exposure x (1 + sky). The relative intensity is the counts
    over the mean of their ring of equal declination, which removes all m = 0 multipoles in equatorial axes, as every
    analysis of an array on the ground does. The figure OBS.sky.png shows the first sky: its relative intensity, what
    is left without the largest scales, and the significance of that.
    """
    from eddysky.simulator.observation import observe as observing
    from eddysky.simulator.observation.discs import check_radius
    from eddysky.simulator.observation.observation_file import write_observation
    from eddysky.simulator.plots.observation import plot_observation
    from eddysky.simulator.plots.style import check_figure
    from eddysky.simulator.results.filenames import beside, figure_stem
    from eddysky.simulator.results.store import open_results
    from eddysky.simulator.results.writing import new_file
    from eddysky.simulator.run.progress import progress_bar

    if not maps:
        refuse(context, FIGURE, "not with --maps 0, which leaves no sky to draw")
    check_radius(smooth)
    kinds = dict.fromkeys(formats) if maps else ()
    figures = [beside(figure_stem(output, kind), ".sky.png") for kind in kinds]
    for path in figures:
        check_figure(path)
    with open_results(results) as (file, config):
        total = len(file["index"]) if row is None else 1
    wanted = survey_from_options(config.sky.nside, **survey)
    with ExitStack() as outputs:
        unfinished = outputs.enter_context(new_file(output))
        write_local = None
        if local is not None:
            given = observing.observe_locally(results, wanted, local, row or 0, workers)
            write_local = outputs.enter_context(given)
        with progress_bar(not quiet, total, 0, "observing") as bar:
            observation = observing.observe(
                results, wanted, None if row is None else [row], maps=maps, threads=workers,
                done=bar.update,
            )  # fmt: skip
        if write_local is not None:
            write_local()
        write_observation(unfinished, observation)
        # Before the file appears: where no figure can be drawn, nothing is left.
        for path in figures:
            plot_observation(
                observation, path, smooth=smooth, subtract_multipoles=subtract_multipoles
            )
    say(f"{output}: {observation}")
    say(f"  field of view: {observation.sky_fraction:.3f} of the sky")
    kept = "kept" if wanted.keep_zonal else "removed, as no array on the ground can measure them"
    say(f"  m = 0 multipoles in equatorial axes: {kept}")
    if config.particles_drawn:
        say(f"  the skies hold the shot noise of {config.particles} particles")
    for path in figures:
        say(f"  figure: {path}")
    if local is not None:
        say(f"  local coordinates: {local}, realisation {observation.index[0]}")
