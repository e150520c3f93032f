"""`eddysky pitch-angle`: the mean square of an observed sky against pitch angle, beside predictions (ZL25 Eq. 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eddysky.cli.arguments import bins_option, figure_option, lmin_option, table_option
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from eddysky.validation.theory.mean_square import MeanSquare

__all__ = ["pitch_angle"]

# Axes by the name that the user gives them.
COORDINATES = {"equatorial": "C", "galactic": "G", "ecliptic": "E"}


@click.command("pitch-angle")
@click.argument("sky", metavar="SKY", type=click.Path(path_type=Path))
@click.option(
    "--magnetic-field", nargs=2, type=float, metavar="RA DEC",
    help="Direction of the magnetic field b [degrees, J2000]; by default what the file names, or else 229.2 11.4.",
)  # fmt: skip
@lmin_option
@click.option(
    "--lmax", type=click.IntRange(min=1),
    help="Highest multipole: by default all that a table has, and 1.5 nside of a map.",
)  # fmt: skip
@bins_option
@click.option(
    "--coordinates", type=click.Choice(list(COORDINATES)),
    help="Axes of a file that does not say them; equatorial by default.",
)  # fmt: skip
@click.option(
    "--compare", multiple=True, metavar="SCENARIO|FILE.toml",
    help="Print a configuration's prediction beside it; may be repeated.",
)  # fmt: skip
@click.option(
    "--normalised/--absolute",
    "normalised",
    default=True,
    help="Predictions scaled to the sky's own mean square (default), or as they are.",
)
@click.option(
    "--min-coverage", type=float, default=0.5, show_default=True, metavar="FRACTION",
    help="Leave out bins of which a smaller fraction was seen, from 0 to 1.",
)  # fmt: skip
@figure_option("Draw it too")
@table_option(csv=True)
def pitch_angle(
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
    """Print the mean square of an observed sky against pitch angle.

    The pitch angle is that of the particles' momentum p to the magnetic field b: mu = b.p/p = -n.b for arrival from
    direction n. What arrives from n = +b is at mu = -1, 180 degrees.

    SKY is a text table of spherical-harmonic coefficients (columns ell, m, re, im, healpy convention), a FITS file
    of them as healpy writes it, or a HEALPix map, of relative intensity. Isotropic diffusion predicts a flat curve,
    transport along the field one that rises towards both ends of it. The second column of a prediction is the
    standard deviation of one Gaussian sky around it; with predictions scaled, around that sky's own mean square times
    the predicted shape. Noise of the sky is not in it.

    Of a map of a part of the sky the mean square is that of the seen part of each bin, and the column "coverage" is
    the fraction of the bin's solid angle that was seen. Bins that are left out have the mean square nan.
    """
    import numpy as np

    from eddysky.simulator.config.configuration import DEFAULT_FIELD
    from eddysky.simulator.config.direction import unit_vector
    from eddysky.simulator.io.observed import read_sky
    from eddysky.simulator.sky.coverage import seen_mean_square
    from eddysky.simulator.sky.frames import to_field_frame
    from eddysky.simulator.sky.mean_square import PitchAngleBins, mean_square_profile

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
    grid = PitchAngleBins.of(observed.lmax, bins)
    field = unit_vector(magnetic_field)
    alm = to_field_frame(observed.alm, observed.lmax, field)
    coverage, weights = None, np.full(bins, 1 / bins)
    if observed.seen is None:
        measured = mean_square_profile(alm, grid, lmin)
    else:
        measured, coverage = seen_mean_square(alm, grid, lmin, observed.seen, field)
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
        from eddysky.validation.plots import plot_mean_square

        name = sky.name.replace("$", r"\$")
        title = (
            f"{name}: $\\ell$ = {lmin}–{observed.lmax}, field at RA {magnetic_field[0]:g}°, "
            f"Dec {magnetic_field[1]:g}°"
        )
        if observed.seen is not None:
            title += f", {observed.seen.fraction:.0%} of the sky seen"
        curves = {label.replace("$", r"\$"): (p.mean, p.spread) for label, p in predictions.items()}
        plot_mean_square(grid.edges, measured, curves, output, title, min_coverage)
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
) -> dict[str, MeanSquare]:
    """Predictions by name, scaled to a mean square `total` of bins with these weights unless it is None."""
    from eddysky.cli.targets import open_target
    from eddysky.validation.theory.mean_square import mean_square_statistics

    found = {}
    for text in compare:
        chosen = open_target(text, ())
        for variant, config in chosen.configs.items():
            title = chosen.title(variant)
            try:
                prediction = mean_square_statistics(config, bins, lmin, lmax)
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
    predictions: Mapping[str, MeanSquare],
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
