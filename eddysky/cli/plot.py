"""`eddysky plot`: figures of results, observations, maps of others and tables of C_ℓ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from eddysky.cli.angle import angle_option
from eddysky.cli.arguments import (
    COORDINATES,
    column_option,
    counts_option,
    figure_option,
    format_option,
    input_coordinates_option,
    subtract_option,
)
from eddysky.cli.figures import (
    draw_observation,
    draw_results,
    draw_sky,
    draw_spectra,
    figure_files,
)
from eddysky.cli.given import given_names, refuse
from eddysky.simulator.errors import InputError

__all__ = ["plot"]

# Options of maps of others, and of all maps.
OF_A_FILE = {"column", "counts", "input_coordinates"}
OF_MAPS = OF_A_FILE | {
    "as_map", "row", "coordinates", "projection", "cmap", "limits", "smooth", "subtract_multipoles",
}  # fmt: skip
PROJECTIONS = ("mollweide", "hammer", "aitoff", "cartesian")


def read_range(
    context: click.Context, option: click.Parameter, text: str | None
) -> tuple[float, float] | None:
    """LOW,HIGH as two numbers."""
    if text is None:
        return None
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        low, high = math.nan, math.nan
    if not -math.inf < low < high < math.inf:
        raise InputError(f"--range {text}: must be LOW,HIGH with LOW < HIGH, such as -1e-3,1e-3")
    return low, high


@click.command()
@click.argument(
    "inputs", nargs=-1, required=True, metavar="INPUT...", type=click.Path(path_type=Path)
)
@click.option("--map", "as_map", is_flag=True, help="Of results: the sky map alone.")
@click.option(
    "--row",
    type=click.IntRange(min=0),
    metavar="N",
    help="Map of results or of an observation, from 0.",
)
@click.option(
    "--coordinates", type=click.Choice(list(COORDINATES)),
    help="Coordinates of the figure of a map; equatorial by default.",
)  # fmt: skip
@click.option(
    "--projection", type=click.Choice(PROJECTIONS), help="Of a map; mollweide by default."
)
@click.option(
    "--cmap", metavar="NAME",
    help="matplotlib's colours of a map; by default RdBu_r, or viridis where all values have one sign.",
)  # fmt: skip
@click.option(
    "--range", "limits", metavar="LOW,HIGH", callback=read_range,
    help="Ends of the colours of a map; by default +- the 99.5th percentile.",
)  # fmt: skip
@angle_option("--smooth", None, "Of a map: each pixel shows the mean over the disc of this radius.")
@subtract_option("Of a map: the multipoles up to this one are fitted and subtracted.")
@column_option
@counts_option
@input_coordinates_option
@click.option("--title", help="Title of the figure.")
@figure_option("The figure; needed for several inputs")
@format_option
@click.pass_context
def plot(
    context: click.Context,
    /,
    inputs: Sequence[Path],
    as_map: bool,
    title: str | None,
    output: Path | None,
    formats: Sequence[str],
    **options: Any,
) -> None:
    """Draw results, observations, HEALPix maps or tables of C_l.

    Results OUT.h5: OUT.map.png and, with turbulence, OUT.power.png; with -o the C_l, or the map with --map or an
    option of maps.

    Several results and tables: their C_l on one figure, -o. Results are points over the line of their prediction and
    the band of the cosmic variance of one sky. Tables have the columns ell, c_ell and error; without errors they are
    lines.

    An observation OBS.h5: its three maps, OBS.sky.png, and its coupled C_l, OBS.power.png; with -o or an option of
    maps the maps alone (`eddysky validate OBS.h5 -o FIGURE.png` draws the C_l alone).

    A HEALPix map or a_lm, MAP.fits: MAP.map.png.

    Options that do not apply to what is drawn are refused.
    """
    from eddysky.simulator.observation.observation_file import is_observation

    used = {name: options[name] for name in given_names(context) if name in options}
    kinds = ["observation" if is_observation(path) else kind_by_name(path) for path in inputs]
    if output is not None:
        refuse(context, {"formats"}, "not with -o, whose ending decides")
    if len(inputs) > 1:
        for path, kind in zip(inputs, kinds, strict=True):
            if kind in ("observation", "map"):
                raise InputError(f"{path}: one figure shows one {kind}; plot it alone")
        refuse(context, OF_MAPS, "not with several inputs, drawn as C_l")
        if output is None:
            raise InputError("-o FIGURE.png: needed for several inputs")
        draw_spectra(inputs, kinds, [output], title)
        return
    (path,), (kind,) = inputs, kinds
    if kind == "table":
        refuse(context, OF_MAPS, f"not of {path}, a table")
        draw_spectra(inputs, kinds, figure_files(path, ".power.png", output, formats), title)
    elif kind == "map":
        refuse(context, {"as_map", "row"}, f"not of {path}, a single map")
        draw_sky(path, figure_files(path, ".map.png", output, formats), title, used)
    elif kind == "observation":
        refuse(context, {"as_map", "limits", *OF_A_FILE}, f"not of {path}, an observation")
        draw_observation(path, output, formats, title, used)
    else:
        refuse(context, OF_A_FILE, f"not of {path}, results")
        draw_results(path, as_map, output, formats, title, used)


def kind_by_name(path: Path) -> str:
    """What a file that is no observation holds, by its beginning or its name."""
    from eddysky.simulator.io.observed import begins_as_fits
    from eddysky.simulator.results.filenames import is_hdf5, is_results_name

    if is_results_name(path) or is_hdf5(path):
        return "results"
    return "map" if begins_as_fits(path) else "table"
