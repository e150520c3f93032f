"""The command line `eddysky`: runs, predictions, comparisons, fits and figures; `eddysky -h` lists the commands.

Exit codes: 0 good, 1 the science says no (validate), 2 bad input, 130 interrupted. This is the outermost room:
the only one that knows simulation, scenarios and validation, each of which it opens when a command needs it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from eddysky.simulator.commands.correlation import correlation
from eddysky.simulator.commands.fit import fit
from eddysky.simulator.commands.mean_square import mean_square
from eddysky.simulator.commands.pitch_angle import pitch_angle
from eddysky.simulator.commands.scales import scales
from eddysky.simulator.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.scenarios import Outcome
    from eddysky.simulator.result import Result

__all__ = ["main"]

target_argument = click.argument("target", metavar="SCENARIO|FILE.toml", default="")
set_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="Change one key, such as flow.index=1.5 or flow.outer_scale='500 pc'; may be repeated.",
)  # fmt: skip
results_argument = click.argument("results", metavar="OUT.h5", type=click.Path(path_type=Path))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="eddysky")
def cli() -> None:
    """Simulate the sky that cosmic rays see through interstellar turbulence.

    A run is a SCENARIO of `eddysky list` or a TOML file; `eddysky show SCENARIO` prints one to edit.
    """


@cli.command("list")
def list_command() -> None:
    """List the scenarios, one line each."""
    from eddysky.scenarios.registry import SCENARIOS

    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        say(f"{scenario.name:<{width}}  {scenario.summary}")


@cli.command()
@target_argument
@set_option
def show(target: str, settings: Sequence[str]) -> None:
    """Print the full configuration of a scenario as TOML, ready to save and edit."""
    from eddysky.simulator.targets import open_target

    chosen = open_target(target, settings)
    say(chosen.heading(), nl=False)
    say(chosen.base.to_editable_toml(), nl=False)


@cli.command()
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
@click.option("--quiet", is_flag=True, help="No progress bar.")
def run(
    target: str,
    output: Path | None,
    settings: Sequence[str],
    workers: int | None,
    maps: int,
    alms: int,
    quiet: bool,
) -> None:
    """Simulate, compare with the theory, and draw.

    Finished parts are kept: the same command again resumes. A scenario with several variants runs them all,
    the first into OUT.h5 and the others into OUT-VARIANT.h5; SCENARIO/VARIANT runs one.
    """
    from eddysky.scenarios import Outcome
    from eddysky.simulator.ensemble import simulate
    from eddysky.simulator.plots import beside, plot_map
    from eddysky.simulator.report import verdict
    from eddysky.simulator.tables import write_spectra_csv
    from eddysky.simulator.targets import open_target
    from eddysky.validation.compare import compare
    from eddysky.validation.realizations import TooFewRealizationsError

    chosen = open_target(target, settings)
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
            words = verdict(comparison)
        except TooFewRealizationsError as error:
            words = f"not compared with the theory: {error}"
        say(f"{chosen.title(variant)}: {words}")
        say(f"  results: {file}")
    made = []
    if len(outcomes) == len(chosen.configs):
        named = {chosen.title(variant): outcome for variant, outcome in outcomes.items()}
        made = [
            *chosen.draw(outcomes, output),
            write_spectra_csv(named, beside(output, ".power.csv")),
        ]
    elif len(results[0].maps):
        made = [plot_map(results[0], beside(output, ".map.png"))]
    for path in made:
        say(f"  {'table' if path.suffix == '.csv' else 'figure'}: {path}")


@cli.command()
@target_argument
@set_option
@click.option(
    "--csv/--table", "as_csv", default=True, help="Comma-separated (default) or aligned columns."
)
def predict(target: str, settings: Sequence[str], as_csv: bool) -> None:
    """Print the analytic C_l of a configuration, without simulation: columns ell,c_ell."""
    from eddysky.simulator.targets import open_target
    from eddysky.validation import predict as analytic

    chosen = open_target(target, settings)
    if len(chosen.configs) > 1:
        others = ", ".join(chosen.title(variant) for variant in chosen.configs)
        say(f"eddysky: this is the first of {others}", err=True)
    prediction = analytic(chosen.base)
    say("ell,c_ell" if as_csv else " ell              c_ell")
    for ell, c_ell in zip(prediction.ell, prediction.c_ell, strict=True):
        say(f"{ell},{c_ell:.12e}" if as_csv else f"{ell:4d} {c_ell:18.12e}")


@cli.command()
@results_argument
@click.option("--json", "as_json", is_flag=True, help="All numbers as JSON.")
def validate(results: Path, as_json: bool) -> None:
    """Compare results with the theory: exit code 0 if consistent, 1 if not."""
    from eddysky.simulator.report import table, verdict
    from eddysky.simulator.store import read
    from eddysky.validation.compare import compare
    from eddysky.validation.realizations import TooFewRealizationsError

    result = read(results)
    try:
        comparison = compare(result)
    except TooFewRealizationsError as error:
        raise InputError(f"{results}: {error}") from None
    if as_json:
        say(json.dumps(comparison.to_dict(), indent=2))
    else:
        say(table(comparison))
        say(verdict(comparison))
    if not comparison.consistent:
        sys.exit(1)


@cli.command()
@results_argument
def plot(results: Path) -> None:
    """Draw the sky map and, with turbulence, C_l as OUT.map.png and OUT.power.png."""
    from eddysky.simulator.plots import beside, plot_map, plot_power
    from eddysky.simulator.store import read
    from eddysky.validation.compare import compare
    from eddysky.validation.realizations import TooFewRealizationsError

    result = read(results)
    if len(result.maps):
        say(plot_map(result, beside(results, ".map.png")))
    if result.config.turbulent:
        try:
            say(plot_power(result, compare(result), beside(results, ".power.png")))
        except TooFewRealizationsError as error:
            say(f"no power figure: {error}")


@cli.command()
@results_argument
@click.option(
    "--fits", type=click.Path(path_type=Path), metavar="FILE",
    help="Write a kept map as a HEALPix FITS file, as healpy and the field's other tools read it.",
)  # fmt: skip
@click.option(
    "--csv", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the ensemble mean of C_l and its standard error as columns ell,c_ell,error, as "
    "`eddysky fit` reads them.",
)  # fmt: skip
@click.option(
    "--row", type=click.IntRange(min=0), metavar="N",
    help="With --fits which of the kept maps, 0 by default; with --csv one realisation alone, without errors.",
)  # fmt: skip
def export(results: Path, fits: Path | None, csv: Path | None, row: int | None) -> None:
    """Write a map or the power spectrum for other programs; a file that exists is not overwritten."""
    from eddysky.simulator.fits import export_map
    from eddysky.simulator.power_table import export_power
    from eddysky.simulator.store import read

    if (fits is None) == (csv is None):
        raise InputError("export: give one of --fits FILE and --csv FILE")
    if fits is not None:
        export_map(read(results), fits, row or 0)
    elif csv is not None:
        export_power(read(results), csv, row)
    say(fits or csv)


@cli.command()
@results_argument
def info(results: Path) -> None:
    """Say what a results file holds."""
    from eddysky.simulator.report import contents

    say(contents(results))


@cli.command()
def doctor() -> None:
    """Print versions, threads, compile cache and GPU, and compile a kernel to see that it works."""
    from eddysky.simulator.report import environment

    say(environment())


for command in (correlation, fit, mean_square, pitch_angle, scales):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    # A cluster ends jobs with SIGTERM: what is finished is kept, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Not cli.main(): that would report a reader that left as a failure.
        with cli.make_context("eddysky", given or ["--help"]) as context:
            cli.invoke(context)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        interrupted()
    except click.ClickException as error:
        fail(error.format_message())
    except InputError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'file system'}: {error.strerror or error}")
    sys.exit(0)


def fail(message: str) -> NoReturn:
    """Report bad input."""
    say(f"eddysky: error: {message}", err=True)
    sys.exit(2)


def interrupted() -> NoReturn:
    """Leave at once: threads in the middle of a realisation cannot be stopped and are not waited for."""
    say(
        "\neddysky: interrupted; finished realisations are kept, the same command again resumes",
        err=True,
    )
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(130)
