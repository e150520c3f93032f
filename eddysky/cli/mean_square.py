"""`eddysky mean-square`: the mean-square sky of an ensemble against pitch angle (ZL25 Eq. 16)."""

from __future__ import annotations

from pathlib import Path

import click

from eddysky.cli.arguments import (
    bins_option,
    figure_option,
    lmin_option,
    results_argument,
    table_option,
)
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["mean_square"]


@click.command("mean-square")
@results_argument
@bins_option
@lmin_option
@click.option("--lmax", type=click.IntRange(min=1), help="Highest multipole; all by default.")
@table_option(csv=False, table="aligned columns and chi2")
@figure_option("Draw it too")
def mean_square(
    results: Path, bins: int, lmin: int, lmax: int | None, as_csv: bool, output: Path | None
) -> None:
    """Print the mean square of an ensemble's skies against pitch angle, beside the theory.

    The pitch angle is that of the particles' momentum p to the magnetic field b: mu = b.p/p = -n.b for arrival from
    direction n. What arrives from n = +b is at mu = -1, 180 degrees.

    Isotropic diffusion is flat; parallel diffusion rises towards both ends of the magnetic field. Isotropic skies
    must have been run with --alms.
    """
    from eddysky.simulator.io.tables import text_table
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.mean_square import compare_mean_square
    from eddysky.validation.comparison.realizations import NoVerdictError

    result = read(results)
    try:
        found = compare_mean_square(result, bins, lmin, lmax)
    except (InputError, NoVerdictError) as error:
        raise InputError(f"{results}: {error}") from None
    names = ["mu_low", "mu_high", "measured", "error", "predicted"]
    edges = [f"{edge:.12g}" if as_csv else f"{edge:.3f}" for edge in found.edges]
    columns = [edges[:-1], edges[1:], found.measured, found.error, found.predicted]
    if not as_csv:
        names.append("pull")
        columns.append([f"{pull:.2f}" for pull in found.pull])
    rows = zip(*columns, strict=True)
    say(text_table(names, rows, digits=12 if as_csv else 5, csv=as_csv), nl=False)
    if not as_csv:
        say(
            f"chi2 = {found.chi2.value:.1f} for {found.chi2.dof:.1f} degrees of freedom, "
            f"p = {found.chi2.p_value:.3g} ({found.realizations} realisations)"
        )
    if output is not None:
        from eddysky.simulator.config.words import describe
        from eddysky.validation.plots import plot_mean_squares

        plot_mean_squares({f"{found.realizations} skies": found}, output, describe(result.config))
        say(f"eddysky: figure: {output}", err=True)
