"""HEALPix maps in the FITS form that the field reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import new_file

__all__ = ["export_map", "map_header"]


def export_map(result: Result, path: Path, row: int = 0) -> None:
    """Write one kept map: RING order, equatorial coordinates, healpy's UNSEEN where no particle fell.

    Parameters
    ----------
    result
        An ensemble with maps.
    path
        FITS file to make.
    row
        Row of `result.maps`.

    Raises
    ------
    InputError
        If there is no such map, or the file exists or cannot be written.
    """
    import healpy

    if not 0 <= row < len(result.maps):
        raise InputError(f"row = {row}: {len(result.maps)} maps were kept, numbered from 0")
    sky = result.maps[row]
    values = np.where(np.isfinite(sky), sky, healpy.UNSEEN).astype(np.float32)
    header = map_header(result.config, int(result.map_index[row]))
    with new_file(path) as unfinished:
        healpy.write_map(
            unfinished,
            values,
            coord="C",
            column_names=["REL_INTENSITY"],
            column_units=[""],
            dtype=np.float32,
            extra_header=header,
        )


def map_header(config: Config, number: int) -> list[tuple[str, Any, str]]:
    """Cards that describe the sky of a realisation."""
    config = config.for_realization(number)
    header: list[tuple[str, Any, str]] = [
        ("REALIZ", number, "number of the realisation"),
        ("SEED", str(config.ensemble.seed), "seed of everything random"),
        ("FRAME", config.sky.frame, "frame in which momenta are measured"),
        ("DIRECT", "arrival", "pixels are where particles come from"),
        ("ENERGY", config.cosmic_rays.energy, "energy of the particles [TeV]"),
        ("FREEPATH", config.mean_free_path, "mean free path [pc]"),
        ("TRANSPRT", config.transport.mode, "isotropic diffusion or parallel to the field"),
    ]
    field = config.magnetic_field
    if field is not None:
        header += [
            ("FIELDRA", float(field[0]), "right ascension of the magnetic field [deg]"),
            ("FIELDDEC", float(field[1]), "declination of the magnetic field [deg]"),
        ]
    return header
