"""`eddysky export`: maps and spectra for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from eddysky.cli.angle import angle_option
from eddysky.cli.arguments import results_argument, subtract_option
from eddysky.cli.console import say
from eddysky.cli.given import given_names, refuse
from eddysky.simulator.errors import InputError

__all__ = ["export"]


@click.command()
@results_argument
@click.option(
    "--fits", type=click.Path(path_type=Path), metavar="FILE",
    help="Write a kept map as a HEALPix FITS file, readable by healpy and astropy; of an observation all its maps of "
    "one sky.",
)  # fmt: skip
@click.option(
    "--csv", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the ensemble mean of C_l and its standard error as columns ell,c_ell,error, as "
    "`eddysky fit` reads them.",
)  # fmt: skip
@click.option(
    "--ecsv", type=click.Path(path_type=Path), metavar="FILE",
    help="The same as ECSV, which astropy reads, with the parameters of the simulation as metadata.",
)  # fmt: skip
@click.option(
    "--row", type=click.IntRange(min=0), metavar="N",
    help="With --fits: the map to write, 0 by default. With --csv or --ecsv: write this realisation alone, without "
    "errors.",
)  # fmt: skip
@angle_option(
    "--smooth",
    None,
    "Observations: counts of the residual are summed over discs of this radius, 10deg by default.",
)
@subtract_option(
    "Observations: multipoles up to this one are subtracted from the residual, 3 by default."
)
@click.pass_context
def export(
    context: click.Context,
    /,
    results: Path,
    fits: Path | None,
    csv: Path | None,
    ecsv: Path | None,
    row: int | None,
    **residual: Any,
) -> None:
    """Write a map or the power spectrum for other programs; a file that exists is not overwritten."""
    from eddysky.simulator.io.fits import export_map
    from eddysky.simulator.io.power_table import export_power
    from eddysky.simulator.observation.fits import export_observation
    from eddysky.simulator.observation.observation_file import is_observation, read_observation
    from eddysky.simulator.results.store import read

    made = [path for path in (fits, csv, ecsv) if path is not None]
    if len(made) != 1:
        raise InputError("export: needs one of --fits FILE, --csv FILE and --ecsv FILE")
    if is_observation(results):
        if fits is None:
            raise InputError(
                f"{results}: --csv, --ecsv: of results only; an observation has --fits; `eddysky validate` prints "
                "its C_l, and `eddysky fit` reads them from it"
            )
        given = {name: residual[name] for name in given_names(context) if name in residual}
        export_observation(read_observation(results), fits, row or 0, **given)
        say(fits)
        return
    refuse(context, residual, f"of observations only; {results} is none")
    if fits is not None:
        export_map(read(results), fits, row or 0)
    else:
        export_power(read(results), made[0], row, ecsv=ecsv is not None)
    say(made[0])
