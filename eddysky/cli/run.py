"""`eddysky run`: simulate, compare with the theory, and draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.cli.engines import engine, slice_from
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.cli.targets import Target
    from eddysky.simulator.results.result import Result
    from eddysky.validation import Comparison
    from eddysky.validation.comparison.realizations import NoVerdictError

__all__ = ["run"]


@click.command()
@target_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="OUT.h5",
    help="Results file; the name of the scenario or file by default.",
)  # fmt: skip
@set_option
@engine_options
@slice_option(
    "Only every N-th realisation from the I-th on, to be joined by `eddysky merge`; without I/N as the job of a "
    "SLURM array."
)
@click.option(
    "--maps", type=click.IntRange(min=0), default=8, show_default=True,
    help="Number of realisations, from the first, whose maps are kept.",
)  # fmt: skip
@click.option(
    "--alms", type=click.IntRange(min=0), default=0, show_default=True,
    help="Number of realisations, from the first, whose a_lm are kept.",
)  # fmt: skip
@format_option
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE",
    help="Measured spectrum, columns ell, c_ell, error, drawn and fitted by the figure (zl24-fig1).",
)  # fmt: skip
@lock_option
@click.option(
    "--dry-run", is_flag=True,
    help="Only print what would be made, and the time, memory and disk that it needs.",
)  # fmt: skip
@click.option(
    "--log", type=click.Path(path_type=Path), metavar="FILE",
    help="Append a line of JSON for the start, each part, failures and the end.",
)  # fmt: skip
@quiet_option
@click.option(
    "-v", "--verbose", is_flag=True,
    help="Print all tests, shot noise, band and files of each variant.",
)  # fmt: skip
def run(
    target: str,
    output: Path | None,
    settings: Sequence[str],
    workers: int | None,
    scheduler: str | None,
    chosen_slice: str | None,
    maps: int,
    alms: int,
    formats: Sequence[str],
    data: Path | None,
    no_lock: bool,
    dry_run: bool,
    log: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Simulate, compare with the theory, and draw.

    Finished realisations are kept; the same command again resumes. A scenario with several variants runs them all,
    the first into OUT.h5 and the others into OUT-VARIANT.h5; SCENARIO/VARIANT runs one. Slices are only simulated.
    """
    from eddysky.cli.targets import open_target
    from eddysky.scenarios.files import errors_of
    from eddysky.simulator.run.ensemble import simulate
    from eddysky.validation.fitting.measured_table import read_measured

    chosen = open_target(target, settings)
    measured = {}
    if data is not None:
        if not chosen.scenario.takes_data:
            raise InputError(
                f"--data {data}: the figure of {chosen.label} shows no measurements; that of zl24-fig1 does"
            )
        measured["data"] = read_measured(data)
    part = slice_from(chosen_slice)
    ending = "" if part is None else f"-{part.number}-of-{part.count}"
    output = output or Path(f"{chosen.name}{ending}.h5")
    if part is None:
        check_files(chosen, output, formats)
    say_unconverged(chosen.configs.values())
    with errors_of(chosen.file), engine(workers, scheduler) as where:
        how = {
            "flow": chosen.scenario.flow,
            "slice": None if part is None else (part.number, part.count),
            "maps": maps,
            "alms": max(alms, chosen.scenario.alms),
            "columns": chosen.scenario.columns,
            **where,
        }
        if dry_run:
            describe(chosen, output, how)
            return
        how |= {"lock": not no_lock, "log": log, "progress": not quiet}
        results = {
            variant: simulate(config, chosen.output(output, variant), **how)
            for variant, config in chosen.configs.items()
        }
        if part is None:
            judge_and_draw(chosen, results, output, formats, measured, verbose)
            return
    for variant, result in results.items():
        all_of_them = chosen.configs[variant].ensemble.realizations
        say(
            f"{chosen.title(variant)}: slice {part}: {result.realizations} of {all_of_them} realisations"
        )
        say(f"  results: {chosen.output(output, variant)}; `eddysky merge` joins the slices")


def describe(target: Target, output: Path, how: dict[str, Any]) -> None:
    """Print what a run would do.

    Raises
    ------
    InputError
        If it would be refused.
    """
    from eddysky.simulator.run.dry_run import describe_run

    refusal = None
    for variant, config in target.configs.items():
        found = describe_run(config, target.output(output, variant), **how)
        say("\n  ".join([f"{target.title(variant)}:", *found.lines]))
        say("  it does not fit" if found.refusal else "  it fits")
        refusal = refusal or found.refusal
    if refusal is not None:
        raise InputError(refusal)


def check_files(target: Target, output: Path, formats: Sequence[str]) -> None:
    """Refuse a run whose figures and tables would overwrite files that eddysky did not write."""
    from eddysky.simulator.io.tables import check_table
    from eddysky.simulator.plots.style import check_figure
    from eddysky.simulator.results.filenames import beside, figure_stem
    from eddysky.validation.comparison.tables import SPECTRA_COLUMNS

    for stem in (figure_stem(output, kind) for kind in formats):
        check_table(beside(stem, ".power.csv"), SPECTRA_COLUMNS)
        for ending in target.scenario.endings(target.configs):
            path = beside(stem, ending)
            (check_table if path.suffix == ".csv" else check_figure)(path)


def judge_and_draw(
    target: Target,
    results: dict[str, Result],
    output: Path,
    formats: Sequence[str],
    measured: dict[str, Any],
    verbose: bool,
) -> None:
    """Compare results with the theory, draw the figures, and print verdicts and files."""
    from eddysky.cli import verdicts
    from eddysky.scenarios import Outcome
    from eddysky.simulator.plots import plot_map
    from eddysky.simulator.results.filenames import beside, figure_stem
    from eddysky.validation.comparison.compare import compare
    from eddysky.validation.comparison.realizations import NoVerdictError
    from eddysky.validation.comparison.tables import write_spectra_csv

    judged: dict[str, Comparison | NoVerdictError] = {}
    for variant, result in results.items():
        try:
            judged[variant] = compare(result)
        except NoVerdictError as error:
            judged[variant] = error
    if verbose:
        lines = verdicts.verdicts_in_full(target, results, judged, output)
    else:
        lines = verdicts.verdicts_in_short(target, judged)
    say("\n".join(lines))
    first = next(iter(results.values()))
    stems = [figure_stem(output, kind) for kind in dict.fromkeys(formats)]
    made: list[Path] = []
    compared = {name: each for name, each in judged.items() if not isinstance(each, Exception)}
    if len(compared) == len(results):
        outcomes = {name: Outcome(results[name], compared[name]) for name in results}
        for stem in stems:
            made += target.draw(outcomes, stem, **measured)
        named = {target.title(variant): each for variant, each in compared.items()}
        made.append(write_spectra_csv(named, beside(stems[0], ".power.csv")))
    elif len(first.maps):
        made = [plot_map(first, beside(stem, ".map.png")) for stem in stems]
    # The same tables are written for each format.
    made = list(dict.fromkeys(made))
    lines = []
    if made and len(compared) < len(results):
        lines.append("  a map only: the figures need the comparison with the theory")
    if verbose:
        lines += verdicts.files_in_full(made)
    else:
        lines += verdicts.files_in_short(target, output, made)
    if all(path.suffix == ".csv" for path in made):
        lines.append("  no figure" + ("" if len(first.maps) else ": no map was kept"))
    say("\n".join(lines))
