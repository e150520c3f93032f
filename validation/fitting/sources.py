"""What a fit assumes about its data, read from --fix, a table's comments or results, and merged.

--fix overrides --config, which overrides the comments of the table (`eddysky.simulator.io.fit_assumptions`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eddysky.simulator.config import Config
from eddysky.simulator.config.ecsv import read_ecsv_header
from eddysky.simulator.config.quantities import read_quantity
from eddysky.simulator.config.text_table import numbered_lines
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import GIVEN, MARK, VARIES, Assumptions
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.choice import needs_errors
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.measured_table import read_measured
from eddysky.validation.fitting.observed_spectrum import observed_spectrum
from eddysky.validation.fitting.parameters import RIGIDITIES, Parameter, Value
from eddysky.validation.fitting.spectral_models import MODELS, Model

__all__ = ["check_models", "merge", "open_spectrum", "read_comments", "read_settings"]

# Scales that stand for a power law without this end.
_NO_END = {"outer_scale": math.inf, "inner_scale": 0.0}
# Keys of comments besides the parameters of models, and the smallest value of those that are whole numbers.
_ABOUT = {"model": None, "realizations": 1, "spectrum": None, "taylor_order": 0, "lmin": 1}
_PARAMETERS = {p.name: p for model in MODELS.values() for p in model.parameters}


def open_spectrum(
    data: MeasuredPower | Result | Observation | str | Path,
    model: Model,
    likelihood: str,
    lmin: int | None,
) -> tuple[MeasuredPower, list[str]]:
    """Spectrum of a table or of results, with the parameters that its source states.

    Parameters
    ----------
    data
        A measured spectrum; results or an observation, whose configuration states parameters; or a table, whose
        comments may.
    model
        Model to be fitted.
    likelihood
        Name of the likelihood, which decides whether a table must have errors.
    lmin
        Lowest multipole that is fitted; None: all.

    Returns
    -------
    MeasuredPower
        With its parameters and the number of skies in the mean.
    list of str
        Remarks of `check_models`.

    Raises
    ------
    InputError
        If the spectrum cannot be read, or has a transverse fraction that varies with k.
    """
    if isinstance(data, MeasuredPower):
        unknown = data.parameters.keys() - _PARAMETERS.keys()
        if unknown:
            known = ", ".join(_PARAMETERS)
            raise InputError(
                f"{data.name}: {min(unknown)}: no parameter of a model; they are {known}"
            )
        return data, []
    if isinstance(data, Observation | Result):
        measured = (
            observed_spectrum(data)
            if isinstance(data, Observation)
            else MeasuredPower.from_result(data)
        )
        stated = merge([Assumptions.from_config(data.config, measured.name)])
    else:
        measured = read_table(Path(data), likelihood)
        stated = merge([read_comments(Path(data))])
    # The lowest multipoles leak into the coupled C_ℓ of a partial sky.
    lowest = 1 if measured.coverage is not None else max(lmin or 1, int(measured.ell[0]))
    remarks = check_models(stated, [model], lowest)
    skies = stated.realizations or measured.realizations
    return replace(measured, parameters=stated.values, realizations=skies), remarks


def read_table(path: Path, likelihood: str, *, errors: bool = True) -> MeasuredPower:
    """Table of a measured spectrum, with the columns that a likelihood needs; errors only if they are not elsewhere."""
    return read_measured(
        path,
        errors=errors and needs_errors(likelihood),
        positive=not needs_errors(likelihood),
    )


def read_settings(settings: Iterable[str], known: Mapping[str, Parameter]) -> Assumptions:
    """Read KEY=VALUE pairs of --fix.

    Parameters
    ----------
    settings
        The pairs; values of parameters with a unit have one.
    known
        Parameters that may be fixed, by name.

    Returns
    -------
    Assumptions
        With `values` alone.

    Raises
    ------
    InputError
        Names the key, the value and what is allowed.
    """
    values: dict[str, Value] = {}
    for setting in settings:
        key, separator, text = (part.strip() for part in setting.partition("="))
        if not separator:
            raise InputError(f"--fix {setting}: must be KEY=VALUE; keys are {', '.join(known)}")
        if key not in known:
            raise InputError(f"--fix {key}: unknown key; keys are {', '.join(known)}")
        if key in values:
            raise InputError(f"--fix {key}: is given twice")
        values[key] = _read_value("--fix ", text, known[key])
    return Assumptions("--fix", values)


def read_comments(path: Path) -> Assumptions:
    """Read the comments "# eddysky: KEY = VALUE" of a table, or the configuration that ECSV has as metadata.

    Parameters
    ----------
    path
        The table.

    Returns
    -------
    Assumptions
        Empty if there are no such comments.

    Raises
    ------
    InputError
        If the file cannot be read, or names the line of a comment, or the metadata, that are not allowed.
    """
    ecsv = read_ecsv_header(path)
    if ecsv is not None:
        return read_metadata(path, ecsv.meta)
    values: dict[str, Value] = {}
    about: dict[str, str] = {}
    for number, line in numbered_lines(path):
        if not line.startswith(MARK):
            continue
        where = f"{path}: line {number}"
        match = re.fullmatch(r"([^\s=]+)\s*=\s*(.*)", line.removeprefix(MARK).strip())
        if match is None:
            raise InputError(f"{where}: must be {MARK} KEY = VALUE")
        key, text = match.groups()
        if key in values or key in about:
            raise InputError(f"{where}: {key} is given twice")
        if key in _ABOUT:
            about[key] = text
        elif key not in _PARAMETERS:
            allowed = ", ".join([*_ABOUT, *_PARAMETERS])
            raise InputError(f"{where}: {key}: unknown key; keys are {allowed}")
        elif (key, text) in ((RIGIDITIES, GIVEN), ("transverse_fraction", VARIES)):
            values[key] = text
        else:
            values[key] = _read_value(f"{where}: ", text, _PARAMETERS[key])
    if about.get("model", "isotropic") not in ("isotropic", "parallel"):
        raise InputError(f"{path}: model = {about['model']}: must be isotropic or parallel")
    counts: dict[str, Any] = {}
    for key, lowest in _ABOUT.items():
        if key in about and lowest is not None:
            text = about[key]
            if not (re.fullmatch(r"[0-9]{1,9}", text) and int(text) >= lowest):
                raise InputError(f"{path}: {key} = {text}: must be a whole number >= {lowest}")
            counts[key] = int(text)
    spectrum = about.get("spectrum", "power-law")
    return Assumptions(str(path), values, about.get("model"), spectrum=spectrum, **counts)


def read_metadata(path: Path, meta: Mapping[str, Any]) -> Assumptions:
    """Take the configuration and the number of skies from the metadata of an ECSV table.

    Raises
    ------
    InputError
        If they are not as `eddysky export --ecsv` writes them.
    """
    text, count = meta.get("configuration"), meta.get("realizations")
    if text is None:
        return Assumptions(str(path), {}, realizations=None)
    if not isinstance(text, str):
        raise InputError(f"{path}: configuration = {text!r:.40}: must be a text in TOML")
    if count is not None and not (type(count) is int and count >= 1):
        raise InputError(f"{path}: realizations = {count!r:.40}: must be a whole number >= 1")
    stated = Assumptions.from_config(Config.from_text(text, source=str(path)), str(path))
    return replace(stated, realizations=count)


def _read_value(where: str, text: str, parameter: Parameter) -> Value:
    """Value of a parameter: a word, or a number with its unit if it has one."""
    name, word = parameter.name, text.strip("\"'")
    if word in parameter.words or not parameter.numeric:
        value: Value = word
    elif name in _NO_END and text == "none":
        value = _NO_END[name]
    else:
        try:
            value = read_quantity(text, parameter.unit) if parameter.unit else float(text)
        except ValueError as error:
            kind = "whole number" if parameter.whole else "number"
            allowed = " or ".join((f"a {kind}", *parameter.words))
            reason = error if parameter.unit else f"must be {allowed}"
            raise InputError(f"{where}{name} = {text!r}: {reason}") from None
    try:
        parameter.check(value)
    except InputError as error:
        raise InputError(f"{where}{error}") from None
    return int(value) if parameter.whole and isinstance(value, float) else value


def merge(layers: Sequence[Assumptions]) -> Assumptions:
    """Merge the assumptions of several sources.

    Parameters
    ----------
    layers
        Later ones override earlier ones.

    Returns
    -------
    Assumptions
        With `sources` of all values; what is not a value is from the last layer that knows the kind of transport.
    """
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    for layer in layers:
        given = layer.values
        if "free_path" in given and "erlang_order" not in given:
            # The order belongs to the free-path law that is replaced.
            values.pop("erlang_order", None)
        if "energy_width" in given and RIGIDITIES not in given:
            # One energy response replaces the other.
            values.pop(RIGIDITIES, None)
        if RIGIDITIES in given and "energy_width" not in given:
            values.pop("energy_width", None)
        values |= given
        sources |= dict.fromkeys(given, layer.source)
    described = [layer for layer in layers if layer.model is not None]
    last = described[-1] if described else Assumptions("", {})
    counts = [layer.realizations for layer in layers if layer.realizations is not None]
    return replace(
        last, values=values, realizations=counts[-1] if counts else None, sources=sources
    )


def check_models(assumed: Assumptions, models: Sequence[Model], lmin: int) -> list[str]:
    """Compare what is known about the data with the models to be fitted.

    Parameters
    ----------
    assumed
        Merged assumptions.
    models
        Models to be fitted.
    lmin
        Lowest multipole that is fitted.

    Returns
    -------
    list of str
        Remarks on features of the data that no model has.

    Raises
    ------
    InputError
        If the transverse fraction β varies with k; the models have a constant.
    """
    turbulent = [model.name for model in models if "free_path" in model]
    if not turbulent:
        return []
    where, remarks = assumed.source, []
    if assumed.values.get("transverse_fraction") == VARIES:
        raise InputError(
            f"{assumed.sources['transverse_fraction']}: transverse_fraction varies with k, and the models have a "
            "constant; give --fix transverse_fraction=NUMBER"
        )
    if assumed.values.get(RIGIDITIES) == GIVEN:
        raise InputError(
            f"{assumed.sources[RIGIDITIES]}: has an energy response or a composition that the table does not hold; "
            "give --config CONFIG, or --fix rigidities=none to leave them out"
        )
    if assumed.model is not None and assumed.model not in turbulent:
        remarks.append(
            f"{where}: {assumed.model} transport; the model {assumed.model} describes it"
        )
    if assumed.spectrum != "power-law":
        remarks.append(f"{where}: spectrum {assumed.spectrum}; a power law is fitted")
    if assumed.taylor_order is not None:
        remarks.append(f"{where}: expanded flow; the complete flow is fitted")
    if lmin < assumed.lmin:
        remarks.append(
            f"{where}: regular flow or density gradient, which is fitted as turbulence; lmin = "
            f"{assumed.lmin} leaves it out"
        )
    return remarks
