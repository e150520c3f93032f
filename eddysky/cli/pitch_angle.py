"""`eddysky pitch-angle`: the mean square of an ensemble or of one sky against pitch angle (ZL25 Eqs. 16, 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from eddysky.cli.arguments import bins_option, figure_option, lmin_option
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from eddysky.validation.theory.pitch_angle import PredictedProfile

__all__ = ["pitch_angle"]

# Axes by the name that the user gives them.
COORDINATES = {"equatorial": "C", "galactic": "G", "ecliptic": "E"}
# Options of one sky, which an ensemble does not have.
OF_A_SKY = ("magnetic_field", "coordinates", "compare", "normalised", "min_coverage")
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@click.command("pitch-angle")
@click.argument("source", metavar="OUT.h5|SKY", type=click.Path(path_type=Path))
@click.option(
    "--magnetic-field", nargs=2, type=float, metavar="RA DEC",
    help="Direction of a sky's magnetic field b [degrees, J2000]; by default what the file names, or 229.2 11.4.",
)  # fmt: skip
@lmin_option
@click.option(
    "--lmax", type=click.IntRange(min=1),
    help="Highest multipole: by default all that results or a table have, and 1.5 nside of a map.",
)  # fmt: skip
@bins_option
@click.option(
    "--coordinates", type=click.Choice(list(COORDINATES)),
    help="Axes of a sky's file that does not say them; equatorial by default.",
)  # fmt: skip
@click.option(
    "--compare", multiple=True, metavar="SCENARIO|FILE.toml|FILE.py",
    help="Print a configuration's prediction beside a sky; may be repeated.",
)  # fmt: skip
@click.option(
    "--normalised/--absolute",
    "normalised",
    default=True,
    help="Predictions of --compare scaled to the sky's own mean square (default), or as they are.",
)
@click.option(
    "--min-coverage", type=float, default=0.5, show_default=True, metavar="FRACTION",
    help="Leave out bins of which a smaller fraction of a sky was seen, from 0 to 1.",
)  # fmt: skip
@figure_option("Draw it too")
@click.option(
    "--csv/--table", "as_csv", default=None,
    help="Comma-separated values (default for a sky), or aligned columns and chi2 (default for results).",
)  # fmt: skip
@click.pass_context
def pitch_angle(
    context: click.Context,
    source: Path,
    magnetic_field: tuple[float, float] | None,
    lmin: int,
    lmax: int | None,
    bins: int,
    coordinates: str | None,
    compare: Sequence[str],
    normalised: bool,
    min_coverage: float,
    output: Path | None,
    as_csv: bool | None,
) -> None:
    """Print the mean square of an ensemble's skies, or of one sky, against pitch angle.

    The pitch angle is that of the particles' momentum p to the magnetic field b: mu = b.p/p = -n.b for arrival from
    direction n. What arrives from n = +b is at mu = -1, 180 degrees. Isotropic diffusion predicts a flat curve,
    transport along the field one that rises towards both ends of it.

    OUT.h5: the mean over an ensemble with standard errors, beside its own prediction, and their chi2. Isotropic skies
    must have been run with --alms.

    SKY: a text table of spherical-harmonic coefficients (columns ell, m, re, im, healpy convention), a FITS file
    of them as healpy writes it, or a HEALPix map, of relative intensity. The second column of a prediction is the
    standard deviation of one Gaussian sky around it; with predictions scaled, around that sky's own mean square times
    the predicted shape. Noise of the sky is not in it. Of a map of a part of the sky the mean square is that of the
    seen part of each bin, and the column "coverage" is the fraction of the bin's solid angle that was seen. Bins that
    are left out have the mean square nan.
    """
    if is_results(source):
        for option in context.command.params:
            given = context.get_parameter_source(str(option.name))
            if option.name in OF_A_SKY and given == ParameterSource.COMMANDLINE:
                name = "/".join([*option.opts, *option.secondary_opts])
                raise InputError(f"{name}: for a sky only; {source} holds results")
        of_results(source, bins, lmin, lmax, bool(as_csv), output)
        return
    of_sky(
        source, magnetic_field, lmin, lmax, bins, coordinates, compare, normalised, min_coverage,
        output, as_csv is not False,
    )  # fmt: skip


def is_results(path: Path) -> bool:
    """Whether a file holds results, by the ending of its name or by what it begins with."""
    if path.suffix in (".h5", ".hdf5"):
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE


def of_results(
    results: Path, bins: int, lmin: int, lmax: int | None, as_csv: bool, output: Path | None
) -> None:
    """The pitch-angle profile of an ensemble beside its prediction."""
    from eddysky.simulator.io.tables import text_table
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.pitch_angle import compare_profile
    from eddysky.validation.comparison.realizations import NoVerdictError

    result = read(results)
    try:
        found = compare_profile(result, bins, lmin, lmax)
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
        say(str(found))
    if output is not None:
        from eddysky.simulator.config.descriptions import figure_title
        from eddysky.validation.plots import plot_profiles

        plot_profiles({f"{found.realizations} skies": found}, output, figure_title(result.config))
        say(f"eddysky: figure: {output}", err=True)


def of_sky(
    sky: Path,
    magnetic_field: tuple[float, float] | None,
    lmin: int,
    lmax: int | None,
    bins: int,
    coordinates: str | None,
    compare: Sequence[str],
    normalised: bool,
    min_coverage: float,
    output: Path | None,
    as_csv: bool,
) -> None:
    """The pitch-angle profile of one sky beside predictions."""
    import numpy as np

    from eddysky.simulator.config.configuration import DEFAULT_FIELD
    from eddysky.simulator.config.direction import unit_vector
    from eddysky.simulator.io.observed import read_sky
    from eddysky.simulator.sky.coverage import covered_profile
    from eddysky.simulator.sky.frames import to_field_frame
    from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile

    if not 0 <= min_coverage <= 1:
        raise InputError(f"--min-coverage {min_coverage:g}: must be from 0 to 1")
    observed = read_sky(sky, lmax, lmin, None if coordinates is None else COORDINATES[coordinates])
    notes = list(observed.notes)
    if magnetic_field is None:
        magnetic_field = observed.field or DEFAULT_FIELD
        if observed.field is not None:
            notes.append(
                f"about the field that it names, RA {magnetic_field[0]:g}, Dec {magnetic_field[1]:g}"
            )
    check_field(magnetic_field)
    if lmin > observed.lmax:
        raise InputError(f"--lmin {lmin}: at most lmax = {observed.lmax}")
    grid = PitchAngleBins.from_lmax(observed.lmax, bins)
    field = unit_vector(magnetic_field)
    alm = to_field_frame(observed.alm, observed.lmax, field)
    coverage, weights = None, np.full(bins, 1 / bins)
    if observed.seen is None:
        measured = pitch_angle_profile(alm, grid, lmin)
    else:
        measured, coverage = covered_profile(alm, grid, lmin, observed.seen, field)
        kept = (coverage > 0) & (coverage >= min_coverage)
        if not kept.any():
            raise InputError(
                f"{sky}: no bin is seen on {min_coverage:g} of its solid angle, at most on {coverage.max():.3g}: "
                "lower --min-coverage"
            )
        measured[~kept] = np.nan
        weights = np.where(kept, coverage, 0.0) / np.sum(coverage[kept])
        why = "not seen at all"
        if min_coverage > 0:
            why = f"seen on less than {min_coverage:g} of their solid angle (--min-coverage)"
        notes.append(
            f"{np.sum(~kept)} of {bins} bins left out, {why}; "
            f"the map sees {observed.seen.fraction:.3f} of the sky"
        )
    total = float(weights @ np.nan_to_num(measured)) if normalised else None
    predictions = predicted(compare, bins, lmin, observed.lmax, total, weights)
    if output is not None:
        from eddysky.validation.plots import plot_profile

        name = sky.name.replace("$", r"\$")
        title = (
            f"{name}: $\\ell$ = {lmin}–{observed.lmax}, field at RA {magnetic_field[0]:g}°, "
            f"Dec {magnetic_field[1]:g}°"
        )
        if observed.seen is not None:
            title += f", {observed.seen.fraction:.0%} of the sky seen"
        curves = {label.replace("$", r"\$"): (p.mean, p.spread) for label, p in predictions.items()}
        plot_profile(grid.edges, measured, curves, output, title, min_coverage)
        say(f"eddysky: figure: {output}", err=True)
    for note in notes:
        say(f"eddysky: {sky}: {note}", err=True)
    say(lines(grid.edges, measured, coverage, predictions, as_csv), nl=False)


def check_field(magnetic_field: tuple[float, float]) -> None:
    """Refuse a direction that is none, with the limits of the configuration's."""
    longitude, latitude = magnetic_field
    if not 0 <= longitude < 360:
        raise InputError(f"--magnetic-field: RA = {longitude:g}: must be from 0 to below 360")
    if not -90 <= latitude <= 90:
        raise InputError(f"--magnetic-field: Dec = {latitude:g}: must be from -90 to 90")


def predicted(
    compare: Sequence[str],
    bins: int,
    lmin: int,
    lmax: int,
    total: float | None,
    weights: NDArray[np.float64],
) -> dict[str, PredictedProfile]:
    """Predictions by name, scaled to a mean square `total` of bins with these weights unless it is None."""
    from eddysky.cli.targets import open_target
    from eddysky.validation.theory.pitch_angle import predict_profile

    found = {}
    for text in compare:
        chosen = open_target(text, ())
        for variant, config in chosen.configs.items():
            title = chosen.title(variant)
            try:
                prediction = predict_profile(config, bins, lmin, lmax)
            except InputError as error:
                raise InputError(f"{title}: {error}") from None
            if not prediction.mean.any():
                raise InputError(f"{title}: predicts nothing at ell = {lmin}…{lmax}")
            found[title] = prediction if total is None else prediction.scaled(total, weights)
    return found


def lines(
    edges: NDArray[np.float64],
    measured: NDArray[np.float64],
    coverage: NDArray[np.float64] | None,
    predictions: Mapping[str, PredictedProfile],
    as_csv: bool,
) -> str:
    """The table: a line for each bin, with the coverage unless all of the sky was seen."""
    from eddysky.simulator.io.tables import text_table

    names = ["mu_low", "mu_high", "mean_square"]
    columns: list[Any] = [measured]
    if coverage is not None:
        names.append("coverage")
        columns.append([f"{fraction:.4f}" for fraction in coverage])
    for label, prediction in predictions.items():
        names += [label, f"{label}_spread"]
        columns += [prediction.mean, prediction.spread]
    rows = zip(
        *([f"{edge:.12g}" for edge in part] for part in (edges[:-1], edges[1:])),
        *columns,
        strict=True,
    )
    return text_table(names, rows, digits=12 if as_csv else 4, csv=as_csv)
