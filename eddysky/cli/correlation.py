"""`eddysky correlation`: the correlation of multipoles of an ensemble, measured and predicted (ZL25 Eqs. 10, 12)."""

from __future__ import annotations

from pathlib import Path

import click

from eddysky.cli.arguments import figure_option, results_argument, table_option
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["correlation"]


@click.command()
@results_argument
@click.option("--lmax", type=click.IntRange(min=3), help="Highest multipole; all by default.")
@click.option(
    "--frame", type=click.Choice(["field", "equatorial"]),
    help="field: a_lm of one m about the magnetic field (the default where there is one). equatorial: all a_lm, "
    "averaged over m, of skies run with --alms.",
)  # fmt: skip
@click.option(
    "--order", "m", type=click.IntRange(min=0), default=0,
    help="m about the magnetic field, 0 by default; others need skies run with --alms.",
)  # fmt: skip
@table_option(csv=False, table="chi2 of the diagonals")
@figure_option("Draw both matrices and their pulls")
def correlation(
    results: Path,
    lmax: int | None,
    frame: str | None,
    m: int,
    as_csv: bool,
    output: Path | None,
) -> None:
    """Print how the multipoles of an ensemble are correlated, beside the theory.

    CSV lists all pairs: ell,ell2,measured,error,predicted; with helical transport and m > 0 also the imaginary parts,
    measured_imag,error_imag,predicted_imag. Those of one m are in the frame whose pole is arrival from
    n = +b, b being the magnetic field.
    """
    from eddysky.simulator.io.tables import text_table
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.correlation import correlate
    from eddysky.validation.comparison.tables import correlation_columns, correlation_rows

    result = read(results)
    try:
        found = correlate(result, lmax, frame, m=m)  # type: ignore[arg-type]
    except InputError as error:
        raise InputError(f"{results}: {error}") from None
    if as_csv:
        say(text_table(correlation_columns(found), correlation_rows(found), digits=12), nl=False)
    else:
        say(str(found))
    if output is not None:
        from eddysky.validation.plots import plot_correlation

        say(f"eddysky: figure: {plot_correlation(found, output)}", err=True)
