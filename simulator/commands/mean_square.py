"""`eddysky mean-square`: the mean-square sky of an ensemble against pitch angle (ZL25 Eq. 16)."""

from __future__ import annotations

from pathlib import Path

import click

from eddysky.simulator.console import say
from eddysky.simulator.errors import InputError

__all__ = ["mean_square"]


@click.command("mean-square")
@click.argument("results", metavar="OUT.h5", type=click.Path(path_type=Path))
@click.option(
    "--bins", type=click.IntRange(1, 1000), default=20, show_default=True,
    help="Bins of equal width in the cosine of the pitch angle.",
)  # fmt: skip
@click.option(
    "--lmin", type=click.IntRange(min=1), default=2, show_default=True, help="Lowest multipole."
)
@click.option("--lmax", type=click.IntRange(min=1), help="Highest multipole; all by default.")
@click.option("--csv", "as_csv", is_flag=True, help="As mu_low,mu_high,measured,error,predicted.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FIGURE.png", help="Draw it too."
)
def mean_square(
    results: Path, bins: int, lmin: int, lmax: int | None, as_csv: bool, output: Path | None
) -> None:
    """Print the mean square of an ensemble's skies against pitch angle, beside the theory.

    Isotropic diffusion is flat; parallel diffusion rises towards both ends of the magnetic field. Isotropic skies
    must have been run with --alms.
    """
    from eddysky.simulator.store import read
    from eddysky.validation.compare_mean_square import compare_mean_square
    from eddysky.validation.realizations import TooFewRealizationsError

    result = read(results)
    try:
        found = compare_mean_square(result, bins, lmin, lmax)
    except (InputError, TooFewRealizationsError) as error:
        raise InputError(f"{results}: {error}") from None
    columns = (found.edges[:-1], found.edges[1:], found.measured, found.error, found.predicted)
    if as_csv:
        say("mu_low,mu_high,measured,error,predicted")
        for low, high, *values in zip(*columns, strict=True):
            say(f"{low:.12g},{high:.12g}," + ",".join(f"{value:.12e}" for value in values))
    else:
        say(" mu_low mu_high     measured        error    predicted     pull")
        for low, high, measured, deviation, predicted, pull in zip(
            *columns, found.pull, strict=True
        ):
            say(
                f"{low:7.3f} {high:7.3f} {measured:12.5e} {deviation:12.5e} {predicted:12.5e} {pull:8.2f}"
            )
        say(
            f"chi2 = {found.chi2.value:.1f} for {found.chi2.dof:.1f} degrees of freedom, "
            f"p = {found.chi2.p_value:.3g} ({found.realizations} realisations)"
        )
    if output is not None:
        from eddysky.simulator.plot_mean_squares import plot_mean_squares
        from eddysky.simulator.plots import describe

        plot_mean_squares({f"{found.realizations} skies": found}, output, describe(result.config))
        say(f"eddysky: figure: {output}", err=as_csv)
