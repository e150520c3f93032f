"""`eddysky validate`: compare results, or an observation, with the analytic predictions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.cli.arguments import figure_option, json_option, results_argument
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.validation.comparison.observed_bands import ObservedBands
    from eddysky.validation.comparison.verdict import Comparison

__all__ = ["validate"]


@click.command()
@results_argument
@json_option
@click.option(
    "--bands", type=click.IntRange(min=1), metavar="N",
    help="Also decoupled band powers of N multipoles each, of an observation.",
)  # fmt: skip
@figure_option("Figure of measured and predicted C_l")
def validate(results: Path, as_json: bool, bands: int | None, output: Path | None) -> None:
    """Compare results with the theory: exit code 0 if consistent, 1 if not.

    OUT.h5 may also be an observation, as `eddysky observe` makes them. Its coupled C_l, the noise bias subtracted, are
    compared with the mode-coupling matrix of the field of view times the prediction.
    """
    from eddysky.simulator.observation.observation_file import is_observation

    decoupled = None
    try:
        if is_observation(results):
            comparison, decoupled = _observation(results, bands, output)
        elif bands is not None:
            raise InputError("--bands: for an observation only; this file holds results")
        else:
            comparison = _results(results, output)
    except InputError as error:
        named = str(error).startswith(str(results))
        raise error if named else InputError(f"{results}: {error}") from None
    if as_json:
        values = comparison.to_dict()
        if decoupled is not None:
            values["bands"] = decoupled.to_dict()
        say(json.dumps(values, indent=2))
    else:
        say(comparison.table())
        if decoupled is not None:
            say(decoupled.table(), nl=False)
        say(str(comparison))
    if output is not None:
        say(f"eddysky: figure: {output}", err=True)
    if not comparison.consistent:
        sys.exit(1)


def _results(path: Path, figure: Path | None) -> Comparison:
    """Compare a results file, and draw the figure if there is to be one."""
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.compare import compare
    from eddysky.validation.plots import plot_power

    result = read(path)
    say_unconverged([result.config])
    comparison = compare(result)
    if figure is not None:
        plot_power(result, figure, comparison)
    return comparison


def _observation(
    path: Path, bands: int | None, figure: Path | None
) -> tuple[Comparison, ObservedBands | None]:
    """Compare an observation, with band powers and a figure if they are asked for."""
    from eddysky.simulator.observation.observation_file import read_observation
    from eddysky.validation.comparison.expectation import Expectation
    from eddysky.validation.comparison.observation import compare_observation
    from eddysky.validation.comparison.observed_bands import observed_bands
    from eddysky.validation.plots import plot_observed_power

    observation = read_observation(path)
    say_unconverged([observation.config])
    expected = Expectation.from_config(observation.config)
    comparison = compare_observation(observation, expected)
    decoupled = None if bands is None else observed_bands(observation, bands, expected)
    if figure is not None:
        plot_observed_power(observation, figure, comparison)
    return comparison, decoupled
