"""Several models fitted to the same data, with fixed parameters from settings, a configuration and the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import Assumptions
from eddysky.validation.fitting.fit import fit
from eddysky.validation.fitting.fitted import Fit
from eddysky.validation.fitting.given_data import GivenData, default_likelihood, open_data
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.report import headline, paragraph
from eddysky.validation.fitting.sources import check_models, merge, read_settings
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
        Fixed parameters of each spectrum, and the source of each.
    remarks
        Properties of the data that the models do not describe.
    """

    fits: tuple[Fit, ...]
    assumed: tuple[Assumptions, ...]
    remarks: tuple[str, ...]

    @property
    def likelihood(self) -> str:
        """Name of the likelihood."""
        return self.fits[0].spectra[0].likelihood.name

    @property
    def sources(self) -> dict[str, str]:
        """Where each fixed parameter is from; of several spectra, all sources."""
        found: dict[str, dict[str, None]] = {}
        for assumed in self.assumed:
            for name, source in assumed.sources.items():
                found.setdefault(name, {})[source] = None
        return {name: ", ".join(sources) for name, sources in found.items()}

    def __str__(self) -> str:
        """All fits, their comparison and the remarks."""
        *others, last = [headline(spectrum.data) for spectrum in self.fits[0].spectra]
        lines = [*others, f"{last}; likelihood {self.likelihood}"]
        lines += [paragraph(found, self.sources) for found in self.fits]
        if len(self.fits) > 1:
            values = [found.minus_two_log_likelihood for found in self.fits]
            above = ", ".join(
                f"{found.model.name} {value - min(values):.2f} ({len(found.estimates)} free)"
                for found, value in zip(self.fits, values, strict=True)
            )
            name = "chi2" if self.likelihood == "gaussian" else "-2 ln L"
            lines.append(f"{name} above the best model: {above}")
        return "\n".join([*lines, *(f"note: {remark}" for remark in self.remarks)])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "likelihood": self.likelihood,
            "sources": self.sources,
            "remarks": list(self.remarks),
            "fits": [found.to_dict() for found in self.fits],
        }


def fit_models(
    data: str | Path | Sequence[str | Path],
    models: Sequence[str],
    *,
    given: GivenData | None = None,
    lmin: int = 2,
    lmax: int | None = None,
    settings: Sequence[str] = (),
    config: tuple[str, Config] | None = None,
    likelihood: str | None = None,
    noise: bool = False,
    realizations: int | None = None,
) -> FittedModels:
    """Fit models to one or several spectra.

    Parameters
    ----------
    data
        Tables with the columns ell, c_ell and, if the likelihood needs it, error; files of observations, or results.
    models
        Names of `MODELS`.
    given
        Energies, covariances, masks and other properties of the data.
    lmin, lmax
        Lowest and highest multipole to use.
    settings
        KEY=VALUE of fixed parameters; they have precedence over `config`.
    config
        Name and configuration from which parameters are taken; it has precedence over what the data state.
    likelihood, noise, realizations
        As in `eddysky.validation.fitting.fit.fit`.

    Returns
    -------
    FittedModels
        One fit per model, and the assumptions.

    Raises
    ------
    InputError
        If an argument is not allowed, the data cannot be read, or a model cannot be fitted.
    """
    paths = [Path(data)] if isinstance(data, str | Path) else [Path(each) for each in data]
    for name in models:
        if name not in MODELS:
            raise InputError(f"model = {name!r}: must be one of {', '.join(MODELS)}")
    chosen = [MODELS[name] for name in models]
    fixed = read_settings(settings, {p.name: p for model in chosen for p in model.parameters})
    given = given or GivenData()
    likelihood = likelihood or default_likelihood(paths, given.row)
    spectra: list[MeasuredPower] = []
    assumed: list[Assumptions] = []
    remarks: dict[str, None] = {}
    for path, each in zip(paths, given.each(len(paths)), strict=True):
        measured, stated = open_data(path, each, likelihood, lmin, lmax)
        layers = [stated, each.layer, fixed]
        if config is not None:
            layers.insert(1, Assumptions.from_config(config[1], config[0]))
        known = merge(layers)
        lowest = lmin if measured.coverage is None else 1
        remarks |= dict.fromkeys(check_models(known, chosen, lowest))
        skies = known.realizations or measured.realizations
        spectra.append(replace(measured, parameters=known.values, realizations=skies))
        assumed.append(known)
    fits = tuple(
        fit(spectra, model.name, likelihood=likelihood, noise=noise, realizations=realizations)
        for model in chosen
    )
    return FittedModels(fits, tuple(assumed), tuple(remarks))
