"""`eddysky run`: simulate, compare with the theory, and draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.cli.arguments import format_option, set_option, target_argument
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.cli.targets import Target
    from eddysky.scenarios import Outcome
    from eddysky.simulator.results.result import Result

__all__ = ["run"]


@click.command()
@target_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="OUT.h5",
    help="Results file; the name of the scenario or file by default.",
)  # fmt: skip
@set_option
@click.option("--workers", type=click.IntRange(min=1), help="Threads; all cores by default.")
@click.option(
    "--maps", type=click.IntRange(min=0), default=8, show_default=True,
    help="Keep the maps of the first so many realisations.",
)  # fmt: skip
@click.option(
    "--alms", type=click.IntRange(min=0), default=0, show_default=True,
    help="Keep the a_lm of the first so many realisations.",
)  # fmt: skip
@format_option
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE",
    help="A measured spectrum, columns ell, c_ell, error: drawn, and what is fitted (zl24-fig1).",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress bar.")
def run(
    target: str,
    output: Path | None,
    settings: Sequence[str],
    workers: int | None,
    maps: int,
    alms: int,
    formats: Sequence[str],
    data: Path | None,
    quiet: bool,
) -> None:
    """Simulate, compare with the theory, and draw.

    Finished parts are kept: the same command again resumes. A scenario with several variants runs them all,
    the first into OUT.h5 and the others into OUT-VARIANT.h5; SCENARIO/VARIANT runs one.
    """
    from eddysky.cli.targets import open_target
    from eddysky.scenarios import Outcome
    from eddysky.simulator.config.words import band_in_words
    from eddysky.simulator.io.tables import write_spectra_csv
    from eddysky.simulator.plots import plot_map
    from eddysky.simulator.results.filenames import beside, figure_stem
    from eddysky.simulator.run.ensemble import simulate
    from eddysky.validation.comparison.compare import compare
    from eddysky.validation.comparison.realizations import NoVerdictError

    chosen = open_target(target, settings)
    draw = chosen.draw if data is None else drawn_with(chosen, data)
    output = output or Path(f"{chosen.name}.h5")
    outcomes: dict[str, Outcome] = {}
    results: list[Result] = []
    for variant, config in chosen.configs.items():
        file = chosen.file(output, variant)
        result = simulate(
            config,
            file,
            workers=workers,
            maps=maps,
            alms=max(alms, chosen.alms),
            progress=not quiet,
        )
        results.append(result)
        try:
            comparison = compare(result)
            outcomes[variant] = Outcome(result, comparison)
            words = str(comparison)
        except NoVerdictError as error:
            words = f"not compared with the theory: {error}"
        say(f"{chosen.title(variant)}: {words}")
        if config.turbulent:
            say(f"  {band_in_words(config)}")
        say(f"  results: {file}")
    stems = [figure_stem(output, kind) for kind in dict.fromkeys(formats)]
    made: list[Path] = []
    if len(outcomes) == len(chosen.configs):
        named = {chosen.title(variant): each.comparison for variant, each in outcomes.items()}
        for stem in stems:
            made += draw(outcomes, stem)
        made.append(write_spectra_csv(named, beside(stems[0], ".power.csv")))
    elif len(results[0].maps):
        made = [plot_map(results[0], beside(stem, ".map.png")) for stem in stems]
    # Tables beside the figures are the same whatever the format.
    for path in dict.fromkeys(made):
        say(f"  {'table' if path.suffix == '.csv' else 'figure'}: {path}")
    if all(path.suffix == ".csv" for path in made):
        say("  no figure" + ("" if len(results[0].maps) else ": no map was kept"))


def drawn_with(target: Target, data: Path) -> Callable[[Mapping[str, Outcome], Path], list[Path]]:
    """How the target draws its outcomes beside measurements, which are read first, before anything is simulated."""
    from eddysky.validation.fitting.measured import read_measured

    with_data = target.draw_with_data
    if with_data is None:
        raise InputError(
            f"--data {data}: {target.label} has no figure of measurements; zl24-fig1 has"
        )
    measured = read_measured(data)

    def draw(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
        return with_data(outcomes, stem, measured)

    return draw
