"""Spectra to fit from where they are: results, or a table, with what each of them says about itself."""

from __future__ import annotations

from pathlib import Path

from eddysky.simulator.io.fit_assumptions import from_config, suitable
from eddysky.simulator.io.spectrum_comments import from_comments
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.measured import MeasuredPower, read_measured
from eddysky.validation.fitting.spectral_models import MODELS, Model, Value

__all__ = ["open_spectrum"]


def open_spectrum(
    data: MeasuredPower | Result | str | Path, model: Model, *, errors: bool
) -> tuple[MeasuredPower, dict[str, Value], int]:
    """A spectrum, the parameters of a model that its source states, and the number of skies that it is the mean of.

    Parameters
    ----------
    data
        A measured spectrum, which states nothing; results, whose configuration does; or a table, whose comments may.
    model
        What is to be fitted.
    errors
        Whether a table must have errors.

    Raises
    ------
    InputError
        If the spectrum cannot be read, or has a transverse fraction that varies with k, which no model has.
    """
    if isinstance(data, MeasuredPower):
        return data, {}, 1
    if isinstance(data, Result):
        measured, skies = MeasuredPower.from_result(data), len(data.power)
        stated = from_config(data.config, measured.name)
        stated.sources.update(dict.fromkeys(stated.values, measured.name))
    else:
        path = Path(data)
        measured = read_measured(path, errors=errors)
        every = {p.name: p for each in MODELS.values() for p in each.parameters}
        found = from_comments(path, every)
        if found is None:
            return measured, {}, 1
        stated, skies = found, found.realizations or 1
        stated.sources.update(dict.fromkeys(stated.values, str(path)))
    suitable(stated, [model], int(measured.ell[0]))
    return measured, {key: value for key, value in stated.values.items() if key in model}, skies
