"""`eddysky forecast`: what an observation of given exposure measures of a configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from eddysky.cli.arguments import (
    figure_option,
    json_option,
    lmin_option,
    set_option,
    target_argument,
)
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.cli.survey import survey_from_options, survey_options

__all__ = ["forecast"]


@click.command()
@target_argument
@set_option
@survey_options(drawn=False)
@lmin_option
@click.option("--csv", "as_csv", is_flag=True, help="The table of multipoles alone, as CSV.")
@json_option
@figure_option("Draw signal, noise and errors of the coupled C_l")
def forecast(
    target: str,
    settings: Sequence[str],
    lmin: int,
    as_csv: bool,
    as_json: bool,
    output: Path | None,
    **survey: Any,
) -> None:
    """Forecast an observation of one sky: noise, errors of C_l and of the turbulence, and tests of transport models.

    Columns: ell; c_ell of the full sky; signal and noise of the coupled C_l of one sky, their standard
    deviation with cosmic variance (error), and that as a fraction of the signal; events for which the signal is three
    standard deviations of noise alone (events_detected), and of its own error with cosmic variance (events_measured,
    inf where cosmic variance alone is too large).
    """
    from eddysky.cli.targets import open_target
    from eddysky.simulator.errors import InputError
    from eddysky.simulator.io.tables import text_table
    from eddysky.validation.forecasting.forecast import forecast as expected
    from eddysky.validation.forecasting.report import COLUMNS, columns
    from eddysky.validation.plots import plot_forecast

    if as_csv and as_json:
        raise InputError("--csv, --json: give one of them")
    chosen = open_target(target, settings)
    if len(chosen.configs) > 1:
        say(f"eddysky: {chosen.first()}", err=True)
    say_unconverged([chosen.base])
    wanted = survey_from_options(chosen.base.sky.nside, **survey)
    found = expected(chosen.base, wanted, lmin=lmin)
    if as_json:
        say(json.dumps(found.to_dict(), indent=2))
    else:
        rows = zip(*columns(found), strict=True)
        table = text_table(COLUMNS, rows, digits=12 if as_csv else 3, csv=as_csv)
        say(table if as_csv else f"{table}{found}\n", nl=False)
    if output is not None:
        say(f"eddysky: figure: {plot_forecast(found, output)}", err=True)
