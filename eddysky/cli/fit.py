"""`eddysky fit`: models of C_ℓ fitted to a measured spectrum."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from eddysky.cli.arguments import figure_option
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["fit"]

ALL = "all"
MODEL_NAMES = ("isotropic", "parallel", "a14", "am15")


@click.command()
@click.argument("data", metavar="DATA.csv", type=click.Path(path_type=Path))
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
    "--config", "target", metavar="SCENARIO|FILE.toml|FILE.py|OUT.h5",
    help="Take free paths, scatterings, band, energy and frame from a configuration; --fix has precedence over it, "
    "and it over the comments of DATA.csv.",
)  # fmt: skip
@click.option(
    "--fix", "settings", multiple=True, metavar="KEY=VALUE",
    help="Fix a parameter, such as index=1.6667, free_path=exponential, scatterings=stationary or "
    "mean_free_path='5 pc'; may be repeated.",
)  # fmt: skip
@click.option(
    "--likelihood", type=click.Choice(["gaussian", "cosmic-variance"]), default="gaussian",
    show_default=True,
    help="gaussian: with the errors of the table. cosmic-variance: exact for Gaussian skies, needs no errors.",
)  # fmt: skip
@click.option(
    "--realizations", type=click.IntRange(min=1), metavar="N",
    help="The data are the mean of N skies (cosmic-variance only); by default as the comments of DATA.csv say, or 1.",
)  # fmt: skip
@click.option("--noise/--no-noise", help="Fit a white noise on top of each model.")
@click.option("--json", "as_json", is_flag=True, help="All numbers as JSON.")
@figure_option("Figure; DATA.fit.png beside the data by default")
def fit(
    data: Path,
    names: Sequence[str],
    lmin: int,
    lmax: int | None,
    target: str | None,
    settings: Sequence[str],
    likelihood: str,
    realizations: int | None,
    noise: bool,
    as_json: bool,
    output: Path | None,
) -> None:
    """Fit models to a measured power spectrum: columns ell, c_ell, error.

    isotropic and parallel: velocity dispersion and index of turbulence; the mean free path is fixed, as only
    velocity_dispersion^2 mean_free_path^(index-1) can be measured. a14, am15: alternative models. Errors are not
    needed with --likelihood cosmic-variance.
    """
    from eddysky.cli.targets import open_config
    from eddysky.simulator.plots.style import check_figure
    from eddysky.validation.fitting.fitted_models import fit_models
    from eddysky.validation.plots import plot_fits

    if realizations is not None and likelihood == "gaussian":
        raise InputError("--realizations: only with --likelihood cosmic-variance")
    picture = output or data.parent / f"{data.stem}.fit.png"
    check_figure(picture)
    found = fit_models(
        data,
        MODEL_NAMES if ALL in names else list(dict.fromkeys(names)),
        lmin=lmin,
        lmax=lmax,
        settings=settings,
        config=None if target is None else (f"--config {target}", open_config(target)),
        likelihood=likelihood,
        noise=noise,
        realizations=realizations,
    )
    plot_fits(found.fits, picture, found.assumed.sources)
    if as_json:
        about = {"data": str(data), "likelihood": likelihood}
        say(json.dumps(about | found.to_dict(), indent=2))
    else:
        say(found)
        say(f"figure: {picture}")
