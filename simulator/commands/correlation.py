"""`eddysky correlation`: the correlation of multipoles of an ensemble, measured and predicted (ZL25 Eqs. 10, 12)."""

from __future__ import annotations

from pathlib import Path

import click

from eddysky.simulator.console import say
from eddysky.simulator.errors import InputError

__all__ = ["correlation"]


@click.command()
@click.argument("results", metavar="OUT.h5", type=click.Path(path_type=Path))
@click.option("--lmax", type=click.IntRange(min=3), help="Highest multipole; all by default.")
@click.option(
    "--frame", type=click.Choice(["field", "equatorial"]),
    help="field: a_l0 about the magnetic field (parallel transport; the default there). equatorial: all a_lm, "
    "averaged over m, of skies run with --alms.",
)  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="All pairs: ell,ell2,measured,error,predicted.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FIGURE.png",
    help="Draw both matrices and their pulls.",
)  # fmt: skip
def correlation(
    results: Path, lmax: int | None, frame: str | None, as_csv: bool, output: Path | None
) -> None:
    """Print how the multipoles of an ensemble are correlated, beside the theory."""
    from eddysky.simulator.store import read
    from eddysky.validation.correlation import correlate
    from eddysky.validation.realizations import TooFewRealizationsError

    try:
        found = correlate(read(results), lmax, frame)  # type: ignore[arg-type]
    except (InputError, TooFewRealizationsError) as error:
        raise InputError(f"{results}: {error}") from None
    if as_csv:
        say("ell,ell2,measured,error,predicted")
        for i, ell in enumerate(found.ell):
            for j in range(i, len(found.ell)):
                values = (found.measured[i, j], found.error[i, j], found.predicted[i, j])
                say(f"{ell},{found.ell[j]}," + ",".join(f"{value:.12e}" for value in values))
    else:
        what = "a_l0 a_l'0 about the magnetic field"
        if found.frame == "equatorial":
            what = "a_lm a*_l'm averaged over m"
        say(f"{what}: {found.realizations} realisations, l = {found.ell[0]}-{found.ell[-1]}")
        for distance, test in found.tests.items():
            say(
                f"  l' = l + {distance}: chi2 = {test.value:.1f} for {test.dof:.1f} degrees of freedom, "
                f"p = {test.p_value:.3g}"
            )
    if output is not None:
        from eddysky.simulator.plot_correlation import plot_correlation

        say(f"eddysky: figure: {plot_correlation(found, output)}", err=as_csv)
