"""`eddysky fit`: models of C_ℓ fitted to a measured spectrum."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.cli.arguments import figure_option
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

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
    help="Take free paths, scatterings, band, energy and frame from a configuration; --fix goes before it, and it "
    "goes before what the comments of DATA.csv say.",
)  # fmt: skip
@click.option(
    "--fix", "settings", multiple=True, metavar="KEY=VALUE",
    help="Fix a parameter, such as index=1.6667, free_path=exponential or mean_free_path='5 pc'; may be "
    "repeated.",
)  # fmt: skip
@click.option(
    "--likelihood", type=click.Choice(["gaussian", "cosmic-variance"]), default="gaussian",
    show_default=True,
    help="gaussian: by the column of errors. cosmic-variance: exact for Gaussian skies, needs no errors.",
)  # fmt: skip
@click.option(
    "--realizations", type=click.IntRange(min=1), metavar="N",
    help="The data are the mean of N skies (cosmic-variance only); by default what the comments of DATA.csv say, or 1.",
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
    from eddysky.simulator.io.fit_assumptions import Assumptions
    from eddysky.validation.fitting.fit import fit as fit_model
    from eddysky.validation.fitting.measured import read_measured
    from eddysky.validation.fitting.report import heading, model_comparison, paragraph
    from eddysky.validation.fitting.sources import (
        check_models,
        merge,
        read_comments,
        read_settings,
    )
    from eddysky.validation.fitting.spectral_models import MODELS
    from eddysky.validation.plots import plot_fits

    picture = output or data.parent / f"{data.stem}.fit.png"
    chosen = list(MODEL_NAMES) if ALL in names else list(dict.fromkeys(names))
    models = [MODELS[name] for name in chosen]
    known = {p.name: p for model in models for p in model.parameters}
    fixed = read_settings(settings, known)
    measured = read_measured(data, errors=likelihood == "gaussian").between(lmin, lmax)
    layers = [read_comments(data), fixed]
    if target is not None:
        layers.insert(1, Assumptions.from_config(open_config(target), f"--config {target}"))
    assumed = merge(layers)
    remarks = check_models(assumed, models, lmin)
    if realizations is not None and likelihood == "gaussian":
        raise InputError("--realizations: only with --likelihood cosmic-variance")
    skies = 1 if likelihood == "gaussian" else realizations or assumed.realizations or 1
    fits = [
        fit_model(
            measured,
            model.name,
            fixed={key: value for key, value in assumed.values.items() if key in model},
            likelihood=likelihood,
            noise=noise,
            realizations=skies,
        )
        for model in models
    ]
    plot_fits(fits, picture, assumed.sources)
    if as_json:
        say(
            json.dumps(
                {
                    "data": str(data),
                    "likelihood": likelihood,
                    "sources": assumed.sources,
                    "remarks": remarks,
                    "fits": [f.to_dict() for f in fits],
                },
                indent=2,
            )
        )
        return
    say(heading(fits[0]))
    for found in fits:
        say(paragraph(found, assumed.sources))
    if len(fits) > 1:
        say(model_comparison(fits))
    for remark in remarks:
        say(f"note: {remark}")
    say(f"figure: {picture}")


def open_config(text: str) -> Config:
    """Configuration of a TOML file, a scenario or a results file."""
    from eddysky.cli.targets import open_target
    from eddysky.simulator.results.store import open_results

    if not text:
        raise InputError("--config '': must be a TOML file, a scenario or a results file")
    if Path(text).suffix in (".h5", ".hdf5"):
        with open_results(text) as (_, config):
            return config
    chosen = open_target(text, ())
    if len(chosen.configs) > 1:
        others = ", ".join(chosen.title(variant) for variant in chosen.configs)
        say(f"eddysky: --config {text} is the first of {others}", err=True)
    return chosen.base
