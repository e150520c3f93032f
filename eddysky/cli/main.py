"""The command line `eddysky`; `eddysky -h` lists the commands, each of which has a file of its own here.

Exit codes: 0 success, 1 validate contradicts the theory, 2 invalid input, 3 an internal error, 130 interrupted. This
file imports only the standard library and click, so that any other failing import is reported as an internal error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from eddysky.cli.console import say
from eddysky.cli.faults import FAULT, report_fault
from eddysky.cli.signals import interrupted, leave, stopped_by_signals

__all__ = ["main"]

COMMANDS = (
    "correlation", "doctor", "export", "fit", "forecast", "info", "list", "merge", "observe", "pitch-angle", "plot",
    "predict", "report", "run", "scales", "scan", "show", "validate", "verify",
)  # fmt: skip

# Commands that continue when they are given again.
RESUMING = ("run", "scan")


class Commands(click.Group):
    """The commands; each is imported from the file of its name when it is used."""

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
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def cli(debug: bool) -> None:
    """Simulate the anisotropy of cosmic rays from interstellar turbulence.

    SCENARIO is a name from `eddysky list`; `eddysky show SCENARIO` prints its configuration as TOML, to save and edit.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    resumes = next((word for word in given if word in COMMANDS), None) in RESUMING
    try:
        with stopped_by_signals(resumes=resumes):
            try:
                # No command opens a window. A backend that is not installed here, such as the one that Jupyter sets
                # for its child processes, would make the import of matplotlib fail, and of healpy with it.
                os.environ.pop("MPLBACKEND", None)
                run_command(given)
            except Exception as error:
                report_fault(error, debug="--debug" in given)
                sys.exit(FAULT)
            sys.exit(0)
    except KeyboardInterrupt:
        interrupted(resumes=resumes)
    except SystemExit as end:
        if arguments is not None:
            raise
        # Not waiting for threads in the middle of a realisation; a signal finds nothing more to interrupt.
        leave(int(end.code or 0))


def run_command(given: list[str]) -> None:
    """Run a command; invalid input ends the program with a message and exit code 2."""
    from eddysky.cli.completion import VARIABLE, complete
    from eddysky.simulator.errors import InputError

    try:
        if VARIABLE in os.environ:
            complete(cli)
        # cli.main() would report a closed standard output as a failure.
        with cli.make_context("eddysky", list(given) or ["--help"]) as context:
            cli.invoke(context)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        help_of = error.ctx.command_path if error.ctx else "eddysky"
        fail(f"{error.format_message().removesuffix('.')}; see `{help_of} --help`")
    except click.ClickException as error:
        fail(error.format_message())
    except InputError as error:
        fail(str(error))
    except OSError as error:
        if importing(error):
            raise
        fail(f"{error.filename or 'file system'}: {error.strerror or error}")


def importing(error: BaseException) -> bool:
    """Whether an error was raised while a module was imported: the installation is broken, not a user's file."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "<module>":
            return True
        trace = trace.tb_next
    return False


def fail(message: str) -> NoReturn:
    """Report invalid input and exit with code 2."""
    # At most two lines, also where a value or a name contains line breaks.
    first, *others = message.strip().splitlines() or [""]
    say("\n".join([f"eddysky: error: {first}", *filter(None, [" ".join(others)])]), err=True)
    sys.exit(2)
