"""Several models fitted to one table, with fixed parameters from settings, a configuration and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import Assumptions
from eddysky.validation.fitting.fit import Fit, fit
from eddysky.validation.fitting.measured import read_measured
from eddysky.validation.fitting.report import paragraph
from eddysky.validation.fitting.sources import (
    check_models,
    merge,
    read_comments,
    read_settings,
)
from eddysky.validation.fitting.spectral_models import MODELS

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["FittedModels", "fit_models"]


@dataclass(frozen=True, slots=True)
class FittedModels:
    """Fits of several models to the same data; `str` gives the report.

    Parameters
    ----------
    fits
        One for each model.
    assumed
        Fixed parameters and the source of each.
    remarks
        Properties of the data that the models do not describe.
    """

    fits: tuple[Fit, ...]
    assumed: Assumptions
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        """All fits, their comparison and the remarks."""
        data, likelihood = self.fits[0].data, self.fits[0].likelihood.name
        multipoles = f"{len(data.ell)} multipoles, l = {data.ell[0]}-{data.ell[-1]}"
        lines = [f"{data.name}: {multipoles}; likelihood {likelihood}"]
        lines += [paragraph(found, self.assumed.sources) for found in self.fits]
        if len(self.fits) > 1:
            values = [found.minus_two_log_likelihood for found in self.fits]
            above = ", ".join(
                f"{found.model.name} {value - min(values):.2f} ({len(found.estimates)} free)"
                for found, value in zip(self.fits, values, strict=True)
            )
            name = "chi2" if likelihood == "gaussian" else "-2 ln L"
            lines.append(f"{name} above the best model: {above}")
        return "\n".join([*lines, *(f"note: {remark}" for remark in self.remarks)])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "sources": self.assumed.sources,
            "remarks": list(self.remarks),
            "fits": [found.to_dict() for found in self.fits],
        }


def fit_models(
    data: str | Path,
    models: Sequence[str],
    *,
    lmin: int = 2,
    lmax: int | None = None,
    settings: Sequence[str] = (),
    config: tuple[str, Config] | None = None,
    likelihood: str = "gaussian",
    noise: bool = False,
    realizations: int | None = None,
) -> FittedModels:
    """Fit models to a table.

    Parameters
    ----------
    data
        Table with the columns ell, c_ell and, for the likelihood gaussian, error.
    models
        Names of `MODELS`.
    lmin, lmax
        Lowest and highest multipole to use.
    settings
        KEY=VALUE of fixed parameters; they have precedence over `config`.
    config
        Name and configuration from which parameters are taken; it has precedence over the comments of the table.
    likelihood, noise, realizations
        As in `eddysky.validation.fitting.fit.fit`.

    Returns
    -------
    FittedModels
        One fit per model, and the assumptions.

    Raises
    ------
    InputError
        If an argument is not allowed, the table cannot be read, or a model cannot be fitted.
    """
    data = Path(data)
    for name in models:
        if name not in MODELS:
            raise InputError(f"model = {name!r}: must be one of {', '.join(MODELS)}")
    chosen = [MODELS[name] for name in models]
    fixed = read_settings(settings, {p.name: p for model in chosen for p in model.parameters})
    gaussian = likelihood == "gaussian"
    measured = read_measured(data, errors=gaussian).between(lmin, lmax)
    layers = [read_comments(data), fixed]
    if config is not None:
        layers.insert(1, Assumptions.from_config(config[1], config[0]))
    assumed = merge(layers)
    remarks = check_models(assumed, chosen, lmin)
    fits = tuple(
        fit(
            measured,
            model.name,
            fixed={key: value for key, value in assumed.values.items() if key in model},
            likelihood=likelihood,
            noise=noise,
            realizations=1 if gaussian else realizations or assumed.realizations or 1,
        )
        for model in chosen
    )
    return FittedModels(fits, assumed, tuple(remarks))
