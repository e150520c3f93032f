"""`eddysky fit`: models of C_ℓ fitted to a measured spectrum."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eddysky.simulator.commands.arguments import figure_option
from eddysky.simulator.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.validation.spectral_models import Model

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
    "--fix", "settings", multiple=True, metavar="KEY=VALUE",
    help="Hold a parameter, such as index=1.6667 or mean_free_path='5 pc'; may be repeated.",
)  # fmt: skip
@click.option(
    "--likelihood", type=click.Choice(["gaussian", "cosmic-variance"]), default="gaussian",
    show_default=True,
    help="gaussian: by the column of errors. cosmic-variance: exact for Gaussian skies, needs no errors.",
)  # fmt: skip
@click.option(
    "--realizations", type=click.IntRange(min=1), metavar="N",
    help="The data are the mean of N skies (cosmic-variance only; 1 by default).",
)  # fmt: skip
@click.option("--noise/--no-noise", help="Fit a white noise on top of each model.")
@click.option("--json", "as_json", is_flag=True, help="All numbers as JSON.")
@figure_option("Figure; DATA.fit.png beside the data by default")
def fit(
    data: Path,
    names: Sequence[str],
    lmin: int,
    lmax: int | None,
    settings: Sequence[str],
    likelihood: str,
    realizations: int | None,
    noise: bool,
    as_json: bool,
    output: Path | None,
) -> None:
    """Fit models to a measured power spectrum: columns ell, c_ell, error.

    isotropic and parallel: velocity dispersion and index of turbulence; the mean free path is held, as only
    velocity_dispersion^2 mean_free_path^(index-1) can be measured. a14, am15: rival models. Errors are not
    needed with --likelihood cosmic-variance.
    """
    from eddysky.simulator.fit_report import contest, heading, paragraph
    from eddysky.simulator.plots import plot_fits
    from eddysky.validation.fit import fit as fit_model
    from eddysky.validation.measured import read_measured
    from eddysky.validation.spectral_models import MODELS

    picture = output or data.with_name(f"{data.stem}.fit.png")
    chosen = list(MODEL_NAMES) if ALL in names else list(dict.fromkeys(names))
    models = [MODELS[name] for name in chosen]
    fixed = parse_settings(settings, models)
    measured = read_measured(data, errors=likelihood == "gaussian").between(lmin, lmax)
    if realizations is not None and likelihood == "gaussian":
        raise InputError("--realizations: only with --likelihood cosmic-variance")
    fits = [
        fit_model(
            measured,
            model.name,
            fixed={key: value for key, value in fixed.items() if key in model},
            likelihood=likelihood,
            noise=noise,
            realizations=realizations or 1,
        )
        for model in models
    ]
    plot_fits(fits, picture)
    if as_json:
        say(
            json.dumps(
                {"data": str(data), "likelihood": likelihood, "fits": [f.to_dict() for f in fits]},
                indent=2,
            )
        )
        return
    say(heading(fits[0]))
    for found in fits:
        say(paragraph(found))
    if len(fits) > 1:
        say(contest(fits))
    say(f"figure: {picture}")


def parse_settings(settings: Sequence[str], models: Sequence[Model]) -> dict[str, float]:
    """Values by key of `KEY=VALUE`, in the units of the models, at least one of which has the key."""
    fixed: dict[str, float] = {}
    known = {p.name: p for model in models for p in model.parameters}
    for setting in settings:
        key, separator, text = (part.strip() for part in setting.partition("="))
        if not separator:
            raise InputError(f"--fix {setting}: must be KEY=VALUE; keys are {', '.join(known)}")
        if key not in known:
            raise InputError(f"--fix {key}: unknown key; keys are {', '.join(known)}")
        if key in fixed:
            raise InputError(f"--fix {key}: is given twice")
        fixed[key] = parse_value(key, text, known[key].unit)
        known[key].check(fixed[key])
    return fixed


def parse_value(key: str, text: str, unit: str) -> float:
    """Number, with its unit where it has one."""
    from pydantic import TypeAdapter, ValidationError

    from eddysky.simulator.quantities import Energy, Length, Speed

    if not unit:
        try:
            return float(text)
        except ValueError:
            raise InputError(f"--fix {key} = {text!r}: must be a number") from None
    kinds = {"pc": Length, "km/s": Speed, "TeV": Energy}
    try:
        return float(TypeAdapter(kinds[unit]).validate_python(text))
    except ValidationError as error:
        reason = error.errors()[0]["ctx"]["error"]
        raise InputError(f"--fix {key} = {text!r}: {reason}") from None
