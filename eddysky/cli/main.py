"""The command line `eddysky`: runs, predictions, comparisons, fits and figures; `eddysky -h` lists the commands.

Exit codes: 0 good, 1 the science says no (validate), 2 bad input, 3 a fault of ours, 130 interrupted. Only this
module knows simulation, scenarios and validation, each of which it imports when a command needs it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from eddysky.cli.arguments import results_argument, set_option, target_argument
from eddysky.cli.console import say
from eddysky.cli.correlation import correlation
from eddysky.cli.export import export
from eddysky.cli.faults import FAULT, report_fault
from eddysky.cli.fit import fit
from eddysky.cli.pitch_angle import pitch_angle
from eddysky.cli.plot import plot
from eddysky.cli.predict import predict
from eddysky.cli.run import run
from eddysky.cli.scales import scales
from eddysky.cli.validate import validate
from eddysky.simulator.errors import InputError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="eddysky")
@click.option("--debug", is_flag=True, help="Show the traceback of a fault of eddysky itself.")
def cli(debug: bool) -> None:
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
    from eddysky.cli.targets import open_target

    chosen = open_target(target, settings)
    say(chosen.heading(), nl=False)
    say(chosen.base.to_editable_toml(), nl=False)


@cli.command()
@results_argument
def info(results: Path) -> None:
    """Say what a results file holds."""
    from eddysky.cli.report import contents

    say(contents(results))


@cli.command()
def doctor() -> None:
    """Print versions, threads, compile cache and GPU, and compile a kernel to see that it works."""
    from eddysky.cli.report import environment

    say(environment())


for command in (
    run, validate, predict, plot, export, correlation, pitch_angle, fit, scales,
):  # fmt: skip
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    # A cluster ends jobs with SIGTERM: what is finished is kept, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # No command opens a window. A backend that is not installed here, such as the one that Jupyter names for all the
    # processes it starts, would stop matplotlib, and healpy with it, from being imported.
    os.environ.pop("MPLBACKEND", None)
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug, command = False, None
    try:
        # Not cli.main(): that would report a reader that left as a failure.
        with cli.make_context("eddysky", given or ["--help"]) as context:
            debug = context.params["debug"]
            command = next((word for word in given if word in cli.commands), None)
            cli.invoke(context)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        interrupted(command)
    except click.ClickException as error:
        fail(error.format_message())
    except InputError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'file system'}: {error.strerror or error}")
    except Exception as error:
        report_fault(error, debug=debug)
        sys.exit(FAULT)
    sys.exit(0)


def fail(message: str) -> NoReturn:
    """Report bad input."""
    # Two lines at most, whatever a value or a name holds.
    first, *others = message.strip().splitlines() or [""]
    say("\n".join([f"eddysky: error: {first}", *filter(None, [" ".join(others)])]), err=True)
    sys.exit(2)


def interrupted(command: str | None) -> NoReturn:
    """Leave at once: threads in the middle of a realisation cannot be stopped and are not waited for."""
    kept = "; finished realisations are kept, the same command again resumes"
    say(f"\neddysky: interrupted{kept if command == 'run' else ''}", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(130)
