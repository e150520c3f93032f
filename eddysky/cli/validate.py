"""`eddysky validate`: an ensemble against the theory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from eddysky.cli.arguments import results_argument
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.simulator.errors import InputError

__all__ = ["validate"]


@click.command()
@results_argument
@click.option("--json", "as_json", is_flag=True, help="All numbers as JSON.")
def validate(results: Path, as_json: bool) -> None:
    """Compare results with the theory: exit code 0 if consistent, 1 if not."""
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.compare import compare
    from eddysky.validation.comparison.realizations import NoVerdictError

    result = read(results)
    say_unconverged([result.config])
    try:
        comparison = compare(result)
    except NoVerdictError as error:
        raise InputError(f"{results}: {error}") from None
    if as_json:
        say(json.dumps(comparison.to_dict(), indent=2))
    else:
        say(comparison.table())
        say(str(comparison))
    if not comparison.consistent:
        sys.exit(1)
