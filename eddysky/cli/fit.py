"""`eddysky fit`: models of C_ℓ fitted to measured spectra."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.cli.angle import angle_option
from eddysky.cli.arguments import figure_option, json_option
from eddysky.cli.completion import complete_target
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.validation.fitting.fitted import Fit

__all__ = ["fit"]

ALL = "all"
# As a fraction of an allowed range.
AT_AN_END = 1e-3
MODEL_NAMES = ("isotropic", "parallel", "a14", "am15")


@click.command()
@click.argument(
    "data",
    metavar="DATA.csv|OBS.h5|OUT.h5...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option(
    "--energy", "energies", multiple=True, metavar="ENERGY",
    help="Median energy, such as '20 TeV'. Like the next four options: once for all DATA, or once for each in order.",
)  # fmt: skip
@click.option(
    "--covariance", "covariances", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Covariance matrix of the errors, text or .npy; in place of a column of errors.",
)  # fmt: skip
@click.option(
    "--window", "windows", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Window matrix, text or .npy: row i has the weights of C_l, l = 0, 1, ..., in value i.",
)  # fmt: skip
@click.option(
    "--mask", "masks", multiple=True, metavar="FIELD|MASK.fits",
    help="The data are coupled C_l of a partial sky, and the model is multiplied by the mode-coupling matrix: icecube, "
    "hawc, lhaaso, full, dec:MIN,MAX, sums such as icecube+hawc, or a map of weights.",
)  # fmt: skip
@click.option(
    "--sky-fraction", "sky_fractions", multiple=True, metavar="F", type=float,
    help="Part of the sky seen, of spectra that are corrected for it: (2l+1) F degrees of freedom (cosmic variance).",
)  # fmt: skip
@angle_option(
    "--apodise",
    None,
    "Distance over which the weight of a FIELD rises from its edge; 10deg by default, as in observations.",
)
@click.option(
    "--keep-zonal", is_flag=True,
    help="m = 0 in equatorial axes is in the data of --mask; by default it was removed, as on the ground.",
)  # fmt: skip
@click.option(
    "--row", type=click.IntRange(min=0), metavar="N",
    help="Observation or realisation N of OBS.h5 or OUT.h5, from 0; by default their mean.",
)  # fmt: skip
@click.option(
    "--model", "names", multiple=True, type=click.Choice([*MODEL_NAMES, ALL]),
    default=["isotropic"], show_default=True, help="Model to fit; may be repeated.",
)  # fmt: skip
@click.option(
    "--lmin", type=click.IntRange(min=1), default=2, show_default=True,
    help="Lowest multipole to use; a measured dipole has other sources too.",
)  # fmt: skip
@click.option("--lmax", type=click.IntRange(min=1), help="Highest multipole to use.")
@click.option(
    "--config", "target", metavar="SCENARIO|FILE.toml|FILE.py|OUT.h5", shell_complete=complete_target,
    help="Take free paths, scatterings, band, energy and frame from a configuration; --fix has precedence over it, "
    "and it over the comments of DATA.csv.",
)  # fmt: skip
@click.option(
    "--fix", "settings", multiple=True, metavar="KEY=VALUE",
    help="Fix a parameter, such as index=1.6667, free_path=exponential, scatterings=stationary or "
    "mean_free_path='5 pc'; may be repeated.",
)  # fmt: skip
@click.option(
    "--likelihood", type=click.Choice(["gaussian", "cosmic-variance", "errors+cosmic-variance"]),
    help="gaussian (default of tables): with the errors of the table. cosmic-variance (default of observations): of "
    "Gaussian skies, needs no errors. errors+cosmic-variance: one sky, measured with errors.",
)  # fmt: skip
@click.option(
    "--realizations", type=click.IntRange(min=1), metavar="N",
    help="The data are the mean of N skies (cosmic-variance only); by default as the comments of DATA.csv say, or 1.",
)  # fmt: skip
@click.option("--noise/--no-noise", help="Fit a white noise on top of each model.")
@json_option
@figure_option("Figure; DATA.fit.png beside the data by default")
def fit(
    data: tuple[Path, ...],
    energies: tuple[str, ...],
    covariances: tuple[Path, ...],
    windows: tuple[Path, ...],
    masks: tuple[str, ...],
    sky_fractions: tuple[float, ...],
    apodise: float | None,
    keep_zonal: bool,
    row: int | None,
    names: Sequence[str],
    lmin: int,
    lmax: int | None,
    target: str | None,
    settings: Sequence[str],
    likelihood: str | None,
    realizations: int | None,
    noise: bool,
    as_json: bool,
    output: Path | None,
) -> None:
    """Fit models to measured power spectra, observations or results; several together, each at its energy.

    Columns: ell, or the ends ell_low and ell_high of bands; c_ell; error, or error_low and error_high.

    isotropic and parallel: velocity dispersion and index of turbulence; the mean free path is fixed, as only
    velocity_dispersion^2 mean_free_path^(index-1) can be measured. a14, am15: alternative models. Errors are not
    needed with --likelihood cosmic-variance.
    """
    from eddysky.cli.targets import open_config
    from eddysky.simulator.plots.style import check_figure
    from eddysky.validation.fitting.fitted_models import fit_models
    from eddysky.validation.fitting.given_data import GivenData
    from eddysky.validation.plots import plot_fits

    if realizations is not None and likelihood not in ("cosmic-variance", "errors+cosmic-variance"):
        raise InputError("--realizations: only with --likelihood cosmic-variance")
    picture = output or data[0].parent / f"{data[0].stem}.fit.png"
    check_figure(picture)
    found = fit_models(
        data,
        MODEL_NAMES if ALL in names else list(dict.fromkeys(names)),
        given=GivenData(
            energies, covariances, windows, masks, sky_fractions, apodise, keep_zonal, row
        ),
        lmin=lmin,
        lmax=lmax,
        settings=settings,
        config=None if target is None else (f"--config {target}", open_config(target)),
        likelihood=likelihood,
        noise=noise,
        realizations=realizations,
    )
    for each in found.fits:
        say_at_an_end(each)
    plot_fits(found.fits, picture, found.sources)
    if as_json:
        say(json.dumps({"data": [str(path) for path in data]} | found.to_dict(), indent=2))
    else:
        say(found)
        say(f"figure: {picture}")


def say_at_an_end(found: Fit) -> None:
    """One line on standard error for each parameter whose best value is at an end of its allowed range."""
    for estimate in found.estimates:
        low, high = estimate.allowed
        margin = AT_AN_END * (high - low)
        if math.isfinite(margin) and not low + margin < estimate.value < high - margin:
            say(
                f"eddysky: {found.model.name}: {estimate.name} = {estimate.value:.4g} is at an end of its range, "
                f"{low:g} to {high:g}; the errors of the other parameters are too small",
                err=True,
            )
