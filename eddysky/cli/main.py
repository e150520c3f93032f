"""The command line `eddysky`; `eddysky -h` lists the commands, each of which has a file of its own here.

Exit codes: 0 good, 1 the science says no (validate), 2 bad input, 3 a fault of ours, 130 interrupted. This file
imports the standard library and click alone: whatever else cannot be imported is a fault that is reported.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from eddysky.cli.console import say
from eddysky.cli.faults import FAULT, report_fault

__all__ = ["main"]

COMMANDS = (
    "correlation", "doctor", "export", "fit", "info", "list", "pitch-angle", "plot", "predict", "run",
    "scales", "show", "validate",
)  # fmt: skip


class Commands(click.Group):
    """The commands, each imported from the file of its name when it is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All names."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of a name."""
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_")
        command: click.Command = getattr(import_module(f"eddysky.cli.{module}"), module)
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="eddysky")
@click.option("--debug", is_flag=True, help="Show the traceback of a fault of eddysky itself.")
def cli(debug: bool) -> None:
    """Simulate the sky that cosmic rays see through interstellar turbulence.

    A run is a SCENARIO of `eddysky list`, a TOML or a Python file; `eddysky show SCENARIO` prints TOML to edit.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # A cluster ends jobs with SIGTERM: what is finished is kept, as with Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # No command opens a window. A backend that is not installed here, such as the one that Jupyter names for all
        # the processes it starts, would stop matplotlib, and healpy with it, from being imported.
        os.environ.pop("MPLBACKEND", None)
        run_command(given)
    except Exception as error:
        report_fault(error, debug="--debug" in given)
        sys.exit(FAULT)
    sys.exit(0)


def run_command(given: list[str]) -> None:
    """Run a command; what the user can mend ends the program with a message."""
    from eddysky.simulator.errors import InputError

    command = None
    try:
        # Not cli.main(): that would report a reader that left as a failure.
        with cli.make_context("eddysky", list(given) or ["--help"]) as context:
            command = next((word for word in given if word in COMMANDS), None)
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
        if importing(error):
            raise
        fail(f"{error.filename or 'file system'}: {error.strerror or error}")


def importing(error: BaseException) -> bool:
    """Whether an error came up while a module was imported: the installation is at fault, not a file of the user."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "<module>":
            return True
        trace = trace.tb_next
    return False


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
