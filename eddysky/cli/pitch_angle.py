"""`eddysky pitch-angle`: the mean square of an ensemble or of one sky against pitch angle (ZL25 Eqs. 16, 17)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from eddysky.cli.arguments import (
    COORDINATES,
    bins_option,
    column_option,
    counts_option,
    figure_option,
    input_coordinates_option,
    lmin_option,
)
from eddysky.cli.completion import complete_target
from eddysky.cli.console import say
from eddysky.cli.given import refuse
from eddysky.simulator.errors import InputError

__all__ = ["pitch_angle"]

# Options that apply to a sky only.
OF_A_SKY = (
    "magnetic_field",
    "input_coordinates",
    "column",
    "counts",
    "compare",
    "normalised",
    "min_coverage",
)


@click.command("pitch-angle")
@click.argument("source", metavar="OUT.h5|OBS.h5|SKY", type=click.Path(path_type=Path))
@click.option(
    "--magnetic-field", nargs=2, type=float, metavar="RA DEC",
    help="Direction of a sky's magnetic field b [degrees, J2000]; by default that in the file, or 229.2 11.4.",
)  # fmt: skip
@lmin_option
@click.option(
    "--lmax", type=click.IntRange(min=1),
    help="Highest multipole; by default the highest of results or of a table, 1.5 nside of a map.",
)  # fmt: skip
@bins_option
@input_coordinates_option
@column_option
@counts_option
@click.option(
    "--compare", multiple=True, metavar="SCENARIO|FILE.toml|FILE.py", shell_complete=complete_target,
    help="Print a configuration's prediction beside a sky; may be repeated.",
)  # fmt: skip
@click.option(
    "--normalised/--absolute",
    "normalised",
    default=True,
    help="Predictions of --compare scaled to the sky's own mean square (default), or as they are.",
)
@click.option(
    "--min-coverage", type=float, metavar="FRACTION",
    help="Leave out bins of which a smaller fraction was seen, from 0 to 1; 0.5 by default, of an observation 0.1.",
)  # fmt: skip
@figure_option("Figure of the profile")
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
    input_coordinates: str | None,
    column: str | None,
    counts: bool | None,
    compare: Sequence[str],
    normalised: bool,
    min_coverage: float | None,
    output: Path | None,
    as_csv: bool | None,
) -> None:
    """Print the mean square of an ensemble's skies, or of one sky, against pitch angle.

    The pitch angle is that of the particles' momentum p to the magnetic field b: mu = b.p/p = -n.b for arrival from
    direction n. Particles from n = +b are at mu = -1, 180 degrees. Isotropic diffusion predicts a flat curve,
    transport along the field one that rises towards both ends of it.

    OUT.h5: the mean over an ensemble with standard errors, beside its own prediction, and their chi2. Isotropic skies
    must have been run with --alms.

    OBS.h5: the mean square of weight times relative intensity, noise included, over the maps of an observation, beside
    that of predicted skies in the same field of view.

    SKY: a text table of spherical-harmonic coefficients (columns ell, m, re, im, healpy convention), a FITS file
    of them as healpy writes it, or a HEALPix map, of relative intensity or of numbers of events. The second column of
    a prediction is the standard deviation of one Gaussian sky around it; with predictions scaled, around that sky's
    own mean square times the predicted shape. It does not contain noise. For maps of a part of the sky the mean square
    is that of the seen part of each bin, and the column "coverage" is the fraction of its solid angle that was seen;
    bins that are left out have the mean square nan.
    """
    from eddysky.simulator.observation.observation_file import is_observation
    from eddysky.simulator.results.filenames import is_hdf5, is_results_name

    if is_observation(source):
        check_sky(magnetic_field, min_coverage)
        others = set(OF_A_SKY) - {"min_coverage"}
        refuse(context, others, f"for a sky only; {source} holds an observation")
        of_observation(source, bins, lmin, lmax, min_coverage, bool(as_csv), output)
        return
    if is_results_name(source) or is_hdf5(source):
        refuse(context, OF_A_SKY, f"for a sky only; {source} holds results")
        of_results(source, bins, lmin, lmax, bool(as_csv), output)
        return
    from eddysky.cli.targets import open_target
    from eddysky.validation.comparison.observed_profile import observed_profile

    check_sky(magnetic_field, min_coverage)
    least = 0.5 if min_coverage is None else min_coverage
    targets = [open_target(text, ()) for text in compare]
    found = observed_profile(
        source,
        {each.title(name): config for each in targets for name, config in each.configs.items()},
        magnetic_field=magnetic_field,
        lmin=lmin,
        lmax=lmax,
        bins=bins,
        coordinates=None if input_coordinates is None else COORDINATES[input_coordinates],
        column=column,
        counts=counts,
        scaled=normalised,
        min_coverage=least,
    )
    if output is not None:
        from eddysky.validation.plots import plot_profile

        plot_profile(found.edges, found.measured, found.curves, output, found.title, least)
        say(f"eddysky: figure: {output}", err=True)
    for note in found.notes:
        say(f"eddysky: {source}: {note}", err=True)
    say(found.table(csv=as_csv is not False), nl=False)


def of_observation(
    path: Path,
    bins: int,
    lmin: int,
    lmax: int | None,
    min_coverage: float | None,
    as_csv: bool,
    output: Path | None,
) -> None:
    """Print the profile of an observation beside that of predicted skies."""
    from eddysky.simulator.config.descriptions import counted
    from eddysky.simulator.observation.observation_file import read_observation
    from eddysky.validation.comparison.observed_square import LEAST_COVERAGE, observed_square
    from eddysky.validation.plots import plot_profile

    observation = read_observation(path)
    least = LEAST_COVERAGE if min_coverage is None else min_coverage
    try:
        found = observed_square(observation, bins, lmin, lmax, least)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    say(found.table(csv=as_csv), nl=False)
    if not as_csv:
        say(str(found))
    if output is not None:
        curves = {"predicted skies, observed": (found.predicted, found.spread)}
        field = observation.survey.field.replace("$", r"\$")
        title = f"{field}, {counted(found.maps)}, noise included"
        plot_profile(
            found.edges,
            found.measured,
            curves,
            output,
            title,
            least,
            found.error,
            "mean of the maps",
        )
        say(f"eddysky: figure: {output}", err=True)


def of_results(
    results: Path, bins: int, lmin: int, lmax: int | None, as_csv: bool, output: Path | None
) -> None:
    """Print the profile of an ensemble beside its prediction."""
    from eddysky.simulator.io.tables import text_table
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.pitch_angle import compare_profile

    result = read(results)
    try:
        found = compare_profile(result, bins, lmin, lmax)
    except InputError as error:
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
        from eddysky.simulator.config.descriptions import config_in_words
        from eddysky.validation.plots import plot_profiles

        plot_profiles(
            {f"{found.realizations} skies": found}, output, config_in_words(result.config)
        )
        say(f"eddysky: figure: {output}", err=True)


def check_sky(magnetic_field: tuple[float, float] | None, min_coverage: float | None) -> None:
    """Refuse directions and coverages out of range."""
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        raise InputError(f"--min-coverage {min_coverage:g}: must be from 0 to 1")
    longitude, latitude = magnetic_field or (0.0, 0.0)
    if not 0 <= longitude < 360:
        raise InputError(f"--magnetic-field: RA = {longitude:g}: must be from 0 to below 360")
    if not -90 <= latitude <= 90:
        raise InputError(f"--magnetic-field: Dec = {latitude:g}: must be from -90 to 90")
