"""HEALPix maps in the FITS form that the field reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.metadata import metadata
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import new_file

__all__ = ["export_map", "map_header", "write_maps"]

# Key, value and comment.
Card = tuple[str, Any, str]


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
    if not 0 <= row < len(result.maps):
        raise InputError(f"row = {row}: {len(result.maps)} maps were kept, numbered from 0")
    header = map_header(result.config, int(result.map_index[row]))
    write_maps(path, {"REL_INTENSITY": (result.maps[row], "")}, header, np.float32)


def write_maps(
    path: Path, columns: Mapping[str, tuple[NDArray[Any], str]], header: list[Card], dtype: Any
) -> None:
    """Write maps as the columns of a table: RING order, equatorial coordinates, UNSEEN where they are not finite.

    Parameters
    ----------
    path
        FITS file to make.
    columns
        Values of each column, shape (12 nside²,), and their unit.
    header
        Further cards.
    dtype
        Of the numbers in the file.

    Raises
    ------
    InputError
        If the file exists or cannot be written.
    """
    import healpy

    with new_file(path) as unfinished:
        healpy.write_map(
            unfinished,
            [np.where(np.isfinite(v), v, healpy.UNSEEN).astype(dtype) for v, _ in columns.values()],
            coord="C",
            column_names=list(columns),
            column_units=[unit for _, unit in columns.values()],
            dtype=dtype,
            extra_header=header,
        )


def map_header(config: Config, number: int) -> list[Card]:
    """Cards that describe the sky of a realisation: `metadata`, its number, and what directions mean."""
    cards: list[Card] = [
        ("REALIZ", number, "number of the realisation"),
        ("DIRECT", "arrival", "pixels are where particles come from"),
    ]
    for entry in metadata(config.for_realization(number)):
        comment = f"{entry.comment} [{entry.unit}]" if entry.unit else entry.comment
        value = entry.value
        if isinstance(value, str):
            # Headers are ASCII, and a card holds some 60 letters of value and comment.
            value = value.encode("ascii", "replace").decode()[: 60 - len(comment)]
        cards.append((entry.card, value, comment))
    return cards
