"""Options that were given on the command line, and those of them that do not apply."""

from __future__ import annotations

from collections.abc import Collection

import click
from click.core import ParameterSource

from eddysky.simulator.errors import InputError

__all__ = ["given_names", "refuse"]


def given_names(context: click.Context) -> dict[str, str]:
    """Options that were given: as they are written, such as "--counts/--intensity", by the names of their values."""
    return {
        str(option.name): "/".join([option.opts[-1], *option.secondary_opts])
        for option in context.command.params
        if context.get_parameter_source(str(option.name)) == ParameterSource.COMMANDLINE
    }


def refuse(context: click.Context, names: Collection[str], why: str) -> None:
    """Refuse options that were given and do not apply.

    Raises
    ------
    InputError
        Names the option, and says why.
    """
    for name, option in given_names(context).items():
        if name in names:
            raise InputError(f"{option}: {why}")
