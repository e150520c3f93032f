"""`eddysky observe`: the skies of a results file as an experiment sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from eddysky.cli.arguments import results_argument
from eddysky.cli.console import say
from eddysky.cli.survey import survey_from_options, survey_options

__all__ = ["observe"]


@click.command()
@results_argument
@survey_options
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OBS.h5",
    help="File of the observation; an existing file is not overwritten.",
)  # fmt: skip
@click.option("--row", type=int, metavar="N", help="Observe this realisation alone.")
@click.option(
    "--maps", type=click.IntRange(min=0), default=8, show_default=True, metavar="K",
    help="Keep counts and relative intensity of the first K skies.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Threads; all cores by default.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def observe(
    results: Path,
    output: Path,
    row: int | None,
    maps: int,
    workers: int | None,
    quiet: bool,
    nside: int | None,
    **survey: Any,
) -> None:
    """Observe the skies of a results file: counts in a part of the sky, and what is made of them.

    The counts of each pixel are Poisson numbers around exposure x (1 + sky). The relative intensity is the counts
    over the mean of their ring of equal declination, which removes all m = 0 multipoles in equatorial axes, as every
    analysis of an array on the ground does.
    """
    from eddysky.simulator.observation import observe as observing
    from eddysky.simulator.observation.observation_file import write_observation
    from eddysky.simulator.results.store import open_results
    from eddysky.simulator.results.writing import new_file
    from eddysky.simulator.run.progress import progress_bar

    with open_results(results) as (file, config):
        total = len(file["index"]) if row is None else 1
    wanted = survey_from_options(nside or config.sky.nside, **survey)
    with new_file(output) as unfinished:
        with progress_bar(not quiet, total, 0, "observing") as bar:
            observation = observing.observe(
                results, wanted, None if row is None else [row], maps=maps, threads=workers,
                done=bar.update,
            )  # fmt: skip
        write_observation(unfinished, observation)
    say(f"{output}: {observation}")
    kept = "kept" if wanted.keep_zonal else "removed, as on the ground they cannot be measured"
    say(f"  m = 0 multipoles in equatorial axes: {kept}")
    say(f"  field of view: {observation.sky_fraction:.3f} of the sky")
