"""What a configuration fixes in a fit to its spectrum, and the comment lines that state it in an exported table.

`eddysky export --csv` writes the lines, with the keys and values of `eddysky fit --fix`; `eddysky fit` reads them:

    # eddysky: free_path = exponential
    # eddysky: mean_free_path = 10 pc
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from eddysky.simulator.config.collisions import operator_name
from eddysky.simulator.config.energy_response import LogNormalResponse, Rigidities

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["GIVEN", "MARK", "VARIES", "Assumptions", "comment_lines"]

MARK = "# eddysky:"
# Value of rigidities that a line of text has no place for.
GIVEN = "given"
# Value of transverse_fraction where β depends on k.
VARIES = "varies"
_UNITS = {
    "mean_free_path": "pc",
    "reference_scale": "pc",
    "outer_scale": "pc",
    "inner_scale": "pc",
    "energy": "TeV",
    "reference_energy": "TeV",
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is known about simulated data before they are fitted.

    Parameters
    ----------
    source
        Where this is from: a file, an option or the results.
    values
        Fixed parameters of the models by name, in the units of the models; transverse_fraction may be "varies",
        and rigidities "given" where a table does not hold them.
    model
        Kind of transport, "isotropic" or "parallel"; None if unknown.
    realizations
        Number of skies in the mean; None if unknown.
    spectrum
        Kind of spectrum of the turbulence.
    taylor_order
        Order to which the flow was expanded; None if it was not.
    lmin
        Lowest multipole without a contribution of a regular flow or a density gradient.
    sources
        Source of each of `values`, where several sources were merged.
    """

    source: str
    values: dict[str, float | str | Rigidities]
    model: str | None = None
    realizations: int | None = None
    spectrum: str = "power-law"
    taylor_order: int | None = None
    lmin: int = 1
    sources: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_config(cls, config: Config, source: str) -> Self:
        """Take them from a configuration.

        Parameters
        ----------
        config
            A validated configuration.
        source
            Its name in messages.

        Returns
        -------
        Assumptions
            All but the number of skies.
        """
        transport, flow, parts = config.transport, config.flow_spectrum, config.flow.components
        values: dict[str, float | str | Rigidities] = {"free_path": transport.law.name}
        if transport.erlang_order is not None:
            values["erlang_order"] = transport.erlang_order
        fraction = config.transverse_fraction
        if len({part.fraction for part in parts}) == 1:
            fraction = parts[0].fraction
        values |= {
            "scatterings": transport.scatterings,
            "collisions": operator_name(transport.collisions),
            "frame": config.sky.frame,
            "mean_free_path": transport.mean_free_path,
            "energy": config.cosmic_rays.energy,
            "reference_energy": config.cosmic_rays.reference_energy,
            "scattering_index": config.cosmic_rays.scattering_index,
            **_response(config),
            "spectral_index": config.cosmic_rays.spectral_index,
            "transverse_fraction": VARIES if callable(fraction) else fraction,
            "outer_scale": 2 * math.pi / flow.k_min,
            "inner_scale": 2 * math.pi / flow.k_max,
        }
        spectrum = "sum" if len(parts) > 1 else parts[0].spectrum
        if len(parts) == 1 and spectrum != "table":
            values["reference_scale"] = parts[0].reference_scale
        lmin = 1
        if any(transport.density_gradient) or any(config.flow.mean_velocity):
            lmin = 2
        if any(any(row) for row in config.flow.velocity_gradient):
            lmin = 3
        return cls(
            source,
            values,
            model=transport.mode,
            spectrum=spectrum,
            taylor_order=config.flow.taylor_order,
            lmin=lmin,
        )


def _response(config: Config) -> dict[str, float | str | Rigidities]:
    """Energy response: the width of one that is log-normal, else the rigidities as they are."""
    rigidities = config.rigidities
    if rigidities is None:
        return {}
    if isinstance(rigidities.response, LogNormalResponse) and rigidities.parts == ((0.0, 1.0),):
        return {"energy_width": rigidities.response.width}
    return {"rigidities": rigidities}


def comment_lines(config: Config, realizations: int) -> list[str]:
    """Comment lines for the table of a spectrum.

    Parameters
    ----------
    config
        Configuration of the ensemble.
    realizations
        Number of skies in the mean.

    Returns
    -------
    list of str
        "# eddysky: KEY = VALUE", numbers to the last digit.
    """
    known = Assumptions.from_config(config, "")
    stated: dict[str, Any] = {"model": known.model, "realizations": realizations}
    if known.spectrum != "power-law":
        stated["spectrum"] = known.spectrum
    if known.taylor_order is not None:
        stated["taylor_order"] = known.taylor_order
    if known.lmin > 1:
        stated["lmin"] = known.lmin
    lines = []
    for key, value in (stated | known.values).items():
        if isinstance(value, Rigidities):
            value = GIVEN
        text = value if isinstance(value, str) else repr(value).removesuffix(".0")
        lines.append(f"{MARK} {key} = {text} {_UNITS.get(key, '')}".rstrip())
    return lines
