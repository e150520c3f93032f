"""Angles on the command line, such as 10deg, 10 or 0.2rad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from eddysky.simulator.errors import InputError

__all__ = ["angle_option"]


def angle_option(name: str, default: str | None, words: str) -> Callable[..., Any]:
    """Option whose value is an angle; the command receives degrees.

    Parameters
    ----------
    name
        Of the option.
    default
        As it would be given; None if there is none.
    words
        Its help.
    """

    def read(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
        # Completion in the shell needs no value.
        if text is None or context.resilient_parsing:
            return None
        from astropy import units

        try:
            given = units.Quantity(text)
            unit = units.deg if given.unit == units.dimensionless_unscaled else given.unit
            return float((given.value * unit).to_value("deg"))
        except (TypeError, ValueError):
            raise InputError(f"{name} {text}: must be an angle, such as 10deg") from None

    return click.option(
        name, metavar="ANGLE", default=default, show_default=True, callback=read, help=words
    )
