"""What a fit takes for granted about its data, and where that comes from.

A configuration says how simulated data came about. `eddysky export` writes that as comment lines into the table,

    # eddysky: free_path = exponential
    # eddysky: mean_free_path = 10 pc

with the keys and values of `eddysky fit --fix`, and `eddysky fit` reads them back. What --fix says goes before
what --config says, and that before what the table says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eddysky.simulator.config.quantities import read_quantity
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.validation.fitting.spectral_models import Model, Parameter, Value

__all__ = [
    "Assumptions",
    "from_config",
    "from_settings",
    "merge",
    "suitable",
]

# Values of the ends of the band where there is none, and of β where it is a function of k.
NO_END = {"outer_scale": math.inf, "inner_scale": 0.0}
VARIES = "varies"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What one source says, or several together.

    Parameters
    ----------
    source
        Who says so.
    values
        Parameters of models, by name; transverse_fraction may be "varies".
    model
        How particles move: "isotropic" or "parallel"; None: not known.
    realizations
        Number of skies that the data are the mean of; None: not known.
    spectrum
        Kind of spectrum of the turbulence.
    taylor_order
        Order of the expansion of the flow, if it was expanded.
    lmin
        Lowest multipole that turbulence alone makes; a regular flow or density gradient has the lower ones.
    sources
        Where each of the values comes from; `source` if not given.
    """

    source: str
    values: dict[str, Value]
    model: str | None = None
    realizations: int | None = None
    spectrum: str = "power-law"
    taylor_order: int | None = None
    lmin: int = 1
    sources: dict[str, str] = field(default_factory=dict)


def from_config(config: Config, source: str) -> Assumptions:
    """What a configuration says.

    Parameters
    ----------
    config
        The configuration.
    source
        Its name, for messages.
    """
    transport, flow, parts = config.transport, config.flow_spectrum, config.flow.components
    values: dict[str, Value] = {"free_path": transport.law.name}
    if transport.erlang_order is not None:
        values["erlang_order"] = transport.erlang_order
    fraction = config.transverse_fraction
    if len({part.transverse_fraction for part in parts}) == 1:
        fraction = parts[0].transverse_fraction
    values |= {
        "scatterings": transport.scatterings,
        "frame": config.sky.frame,
        "mean_free_path": config.mean_free_path,
        "energy": config.cosmic_rays.energy,
        "spectral_index": config.cosmic_rays.spectral_index,
        "transverse_fraction": VARIES if callable(fraction) else fraction,
        "outer_scale": 2 * math.pi / flow.k_min,
        "inner_scale": 2 * math.pi / flow.k_max,
    }
    kinds = {part.spectrum for part in parts}
    if len(parts) == 1 and kinds != {"table"}:
        values["reference_scale"] = parts[0].reference_scale
    lmin = 1
    if any(transport.density_gradient) or any(config.flow.mean_velocity):
        lmin = 2
    if any(any(row) for row in config.flow.velocity_gradient):
        lmin = 3
    return Assumptions(
        source,
        values,
        model=transport.mode,
        spectrum="sum" if len(parts) > 1 else kinds.pop(),
        taylor_order=config.flow.taylor_order,
        lmin=lmin,
    )


def from_settings(settings: Iterable[str], known: Mapping[str, Parameter]) -> Assumptions:
    """What KEY=VALUE pairs of --fix say.

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
        values[key] = read_value(f"--fix {key}", text, known[key])
    return Assumptions("--fix", values)


def read_value(where: str, text: str, parameter: Parameter) -> Value:
    """Value of a parameter: a word, or a number with its unit where it has one."""
    if parameter.words:
        value: Value = text.strip("\"'")
    elif parameter.name in NO_END and text == "none":
        value = NO_END[parameter.name]
    elif parameter.unit:
        try:
            value = read_quantity(text, parameter.unit)
        except ValueError as error:
            raise InputError(f"{where} = {text!r}: {error}") from None
    else:
        try:
            value = float(text)
        except ValueError:
            kind = "whole number" if parameter.whole else "number"
            raise InputError(f"{where} = {text!r}: must be a {kind}") from None
    try:
        parameter.check(value)
    except InputError as error:
        raise InputError(f"{where.removesuffix(parameter.name)}{error}") from None
    return int(value) if parameter.whole else value


def merge(layers: Sequence[Assumptions]) -> Assumptions:
    """Put several sources together; later ones go before earlier ones.

    Raises
    ------
    InputError
        If what one of them changes leaves what another says without meaning.
    """
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    model: str | None = None
    for layer in layers:
        given = layer.values
        if "free_path" in given and "erlang_order" not in given:
            # The order belonged to the law that is replaced.
            values.pop("erlang_order", None)
        if "energy" in given and "mean_free_path" not in given and "energy" in values:
            other = sources.get("mean_free_path")
            if other == sources["energy"] and given["energy"] != values["energy"]:
                raise InputError(
                    f"{layer.source} energy: {other} has its mean_free_path at {values['energy']:g} TeV; give "
                    "mean_free_path at this energy too"
                )
        values |= given
        sources |= dict.fromkeys(given, layer.source)
        model = layer.model or model
    described = [layer for layer in layers if layer.model is not None]
    last = described[-1] if described else Assumptions("", {})
    counts = [layer.realizations for layer in layers if layer.realizations is not None]
    return Assumptions(
        last.source,
        values,
        model=model,
        realizations=counts[-1] if counts else None,
        spectrum=last.spectrum,
        taylor_order=last.taylor_order,
        lmin=last.lmin,
        sources=sources,
    )


def suitable(assumed: Assumptions, models: Sequence[Model], lmin: int) -> list[str]:
    """Remarks on data that the models do not describe in full.

    Parameters
    ----------
    assumed
        What is known of the data.
    models
        What is to be fitted.
    lmin
        Lowest multipole that is fitted.

    Raises
    ------
    InputError
        If β varies with k, which no model has.
    """
    turbulent = [model.name for model in models if "free_path" in model]
    if not turbulent:
        return []
    where = assumed.source
    if assumed.values.get("transverse_fraction") == VARIES:
        raise InputError(
            f"{assumed.sources['transverse_fraction']}: transverse_fraction varies with k, and the models have a "
            "constant; give --fix transverse_fraction=NUMBER"
        )
    remarks = []
    if assumed.model is not None and assumed.model not in turbulent:
        remarks.append(
            f"{where} has {assumed.model} transport; --model {assumed.model} describes it"
        )
    if assumed.spectrum != "power-law":
        remarks.append(
            f"{where} has turbulence with the spectrum {assumed.spectrum}; a power law is fitted"
        )
    if assumed.taylor_order is not None:
        remarks.append(f"{where} has an expanded flow; the whole flow is fitted")
    if lmin < assumed.lmin:
        remarks.append(
            f"{where} has a regular flow or a density gradient; without --lmin {assumed.lmin} it is fitted as "
            "turbulence"
        )
    return remarks
