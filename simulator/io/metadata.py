"""What files for other programs say of a simulation: one list for the headers of FITS maps and of ECSV tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from eddysky.simulator.config.collisions import operator_name
from eddysky.simulator.config.energy_response import LogNormalResponse

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["Entry", "metadata"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One property of a simulation.

    Parameters
    ----------
    key
        Its name in tables.
    card
        Its name in FITS headers, at most eight letters.
    value
        Its value, in `unit`.
    unit
        As astropy writes it; empty for words and pure numbers.
    comment
        What it is, in at most some forty letters.
    """

    key: str
    card: str
    value: str | int | float
    unit: str
    comment: str

    @property
    def text(self) -> str | int | float:
        """The value with its unit, as configurations write it; a pure number as it is."""
        return f"{self.value!r} {self.unit}".replace(".0 ", " ") if self.unit else self.value


def metadata(config: Config) -> list[Entry]:
    """Properties of a simulation and their values.

    Parameters
    ----------
    config
        A configuration; of one realisation with a random field, that of `Config.for_realization`.

    Returns
    -------
    list of Entry
        Those of the turbulence only if it has a single component, and of the field only if it is known.
    """
    flow, transport, rays, parts = (
        config.flow,
        config.transport,
        config.cosmic_rays,
        config.flow.components,
    )
    entries = [
        ("creator", "CREATOR", f"eddysky {version('eddysky')}", "", "program and version"),
        ("config_hash", "CONFHASH", config.config_hash[:32], "", "first half of the SHA-256"),
        # As text, because some readers of FITS keep integers in 32 bits.
        ("seed", "SEED", str(config.ensemble.seed), "", "seed of everything random"),
        ("nside", "NSIDESIM", config.sky.nside, "", "HEALPix nside of the simulation"),
        ("frame", "FRAME", config.sky.frame, "", "frame in which momenta are measured"),
        ("energy", "ENERGY", rays.energy, "TeV", "energy of the particles"),
        ("spectral_index", "CRINDEX", rays.spectral_index, "", "spectral index of the cosmic rays"),
        ("transport", "TRANSPRT", transport.mode, "", "isotropic, or about the field"),
        ("mean_free_path", "FREEPATH", config.mean_free_path, "pc", "mean free path"),
        ("free_path", "LAW", transport.law.name, "", "law of the free path"),
        ("scatterings", "SCATTERS", transport.scatterings, "", "number of scatterings, or stationary"),
        ("collisions", "COLLIS", operator_name(transport.collisions), "", "collision operator"),
    ]  # fmt: skip
    if config.turbulent:
        # 12 digits, so that 1000 pc is not 999.9999999999999 pc.
        ends = config.flow_spectrum.k_min, config.flow_spectrum.k_max
        largest, smallest = (float(f"{2 * math.pi / k:.12g}") for k in ends)
        entries += [
            ("outer_scale", "OUTER", largest, "pc", "largest scale"),
            ("inner_scale", "INNER", smallest, "pc", "smallest scale"),
            ("spectrum", "SPECTRUM", " + ".join(part.spectrum for part in parts), "", "kind of w(k)"),
        ]  # fmt: skip
    if config.turbulent and len(parts) == 1:
        (part,) = parts
        if part.table is None:
            entries += [
                ("index", "GAMMA", part.index, "", "spectral index of turbulence"),
                ("velocity_dispersion", "SIGMA", part.velocity_dispersion, "km / s", "velocity dispersion"),
                ("reference_scale", "REFSCALE", part.reference_scale, "pc", "scale of that dispersion"),
            ]  # fmt: skip
        if not callable(part.fraction):
            entries.append(
                ("transverse_fraction", "BETA", part.fraction, "", "transverse fraction")
            )
    if isinstance(rays.energy_response, LogNormalResponse):
        width = rays.energy_response.width
        entries.append(("energy_response_width", "EWIDTH", width, "", "sigma of ln(energy)"))
    elif rays.energy_response is not None:
        words = rays.energy_response.words
        entries.append(("energy_response", "ERESP", words, "", "distribution of energies"))
    if rays.composition is not None:
        entries.append(("composition", "COMPOS", rays.composition.words, "", "composition"))
    if flow.field is not None:
        entries.append(
            ("velocity_field", "FLOW", flow.field.name, "", "velocity field from outside")
        )
    field = config.magnetic_field
    if field is not None and field != "random":
        entries += [
            ("field_right_ascension", "FIELDRA", float(field[0]), "deg", "of the magnetic field"),
            ("field_declination", "FIELDDEC", float(field[1]), "deg", "of the magnetic field"),
        ]
    return [Entry(*entry) for entry in entries]
