"""One column of a HEALPix map: which pixels were seen, its unit, and relative intensity from numbers of events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import healpy
import numpy as np
from astropy import units
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fits_size import check_partial_map, lists_pixels
from eddysky.simulator.sky.frames import AXES

__all__ = ["SkyMap", "read_column"]

Array = NDArray[np.float64]

# Names of columns, and units, of numbers of events.
COUNTS = (
    "count", "counts", "ct", "cts", "event", "events", "n_events", "nevents", "hits", "n_hits",
)  # fmt: skip
INTENSITY = "relative intensity"
# Columns of relative intensity have such names, or one that says nothing.
INTENSITIES = re.compile(
    r".*intens.*|i|i_stokes|temperature|signal|data|map|residual|excess|unknown.*|col(umn)?\d+"
)
# Ways to write per mille that astropy does not know.
PER_MILLE = re.compile(r"(?:x\s*)?10\s*(?:\^|\*\*)?\s*\(?-3\)?|per ?mill?e?|permil|promille|‰")
# No pixel has more; above, all numbers are whole.
MOST_EVENTS = 1e15
# With so many events a pixel on average, one without any was not seen: exp(−30) is 1e-13.
CERTAIN = 30.0
# Relative intensity of cosmic rays varies by less (rms), and more exact zeros are pixels that saw nothing.
LARGE_INTENSITY, MOST_EMPTY = 0.1, 0.01


@dataclass(frozen=True, slots=True)
class SkyMap:
    """Values on the sky, in RING order.

    Parameters
    ----------
    values
        Of `quantity`, NaN where nothing was seen, shape (12 nside²,).
    axes
        Letter of `AXES`.
    name
        Column of the file.
    quantity
        What it is, in words.
    unit
        Empty for pure numbers, else as the file writes it.
    notes
        What was assumed, what was done, and what is odd, a sentence each.
    field
        RA and Dec [degrees] of the magnetic field, if the file names it.
    by_ring
        Whether the mean of each ring of declination was divided out.
    """

    values: Array
    axes: str
    name: str
    quantity: str = INTENSITY
    unit: str = ""
    notes: tuple[str, ...] = ()
    field: tuple[float, float] | None = None
    by_ring: bool = False


def read_column(
    path: Path, table: Any, axes: str, column: str | None, counts: bool | None
) -> SkyMap:
    """Read a column of the table of a map.

    Parameters
    ----------
    path
        The file, for messages.
    table
        Its table, in which astropy has read a map with ORDERING RING or NESTED.
    axes
        Letter of `AXES`.
    column
        Name of the column, or its number from 1, not counting that of the pixels; the first if None.
    counts
        Whether it holds numbers of events, which are divided by their mean on each ring of declination; if None, where
        its name or unit says so, or all of its values are whole, not negative, and some above 1.

    Raises
    ------
    InputError
        If there is no such column, its pixels do not exist, or events cannot be turned into relative intensity.
    """
    check_partial_map(path, table)
    names = value_columns(path, table)
    name = chosen(path, names, column)
    values = np.asarray(healpy.read_map(table, field=[name], dtype=np.float64), dtype=np.float64)
    values = np.where(seen(values, table, name), values, np.nan)
    notes: list[str] = []
    if len(names) > 1 and column is None:
        notes.append(f"{name}, the first of its columns {', '.join(names)}, is what is read")
    words = INTENSITY if INTENSITIES.fullmatch(name.lower()) else name.lower().replace("_", " ")
    found = SkyMap(values, axes, name, words, unit_of(table, name), tuple(notes))
    if np.isnan(values).all():
        raise InputError(f"{path}: no pixel holds a value")
    if counts or (counts is None and looks_like_counts(found)):
        return from_counts(path, found)
    return in_plain_numbers(found)


def value_columns(path: Path, table: Any) -> list[str]:
    """Names of the columns of values; the pixels of a map that lists them are checked."""
    names = [str(name) for name in table.columns.names]
    if not lists_pixels(table):
        return [name for name in names if name.upper() != "PIXEL"]
    pixels, count = np.ravel(table.data.field(0)), 12 * int(table.header.get("NSIDE", 0)) ** 2
    for wrong, why in (
        (~((pixels >= 0) & (pixels < count)), f"must be from 0 to {count - 1}, those of NSIDE"),
        (repeated(pixels), "is listed twice"),
    ):
        if np.any(wrong):
            raise InputError(f"{path}: pixel {pixels[np.argmax(wrong)]} of its first column: {why}")
    return names[1:]


def repeated(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values stand before in the same array."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(first[place.ravel()] != np.arange(len(values)))


def chosen(path: Path, names: list[str], column: str | None) -> str:
    """The column of a name, in whatever case, or of a number from 1."""
    if not names:
        raise InputError(f"{path}: its table has no column of values")
    if column is None:
        return names[0]
    same = [name for name in names if name.upper() == column.upper()]
    if same:
        return same[0]
    if column.isdecimal() and len(column) < 9 and 1 <= int(column) <= len(names):
        return names[int(column) - 1]
    raise InputError(
        f"{path}: column {column}: must be {', '.join(names)} or a number from 1 to {len(names)}"
    )


def seen(values: Array, table: Any, name: str) -> NDArray[np.bool_]:
    """Which values of a column were measured: not NaN, not UNSEEN, not what the header calls blank.

    The header may name such values by BAD_DATA, and by TNULLn of a column of whole numbers.
    """
    good: NDArray[np.bool_] = np.isfinite(values) & ~healpy.mask_bad(values)
    blanks = [table.header.get("BAD_DATA")]
    column = table.columns[name]
    if isinstance(column.null, int):
        # TNULLn is a value as stored, before TSCALn and TZEROn.
        blanks.append(column.null * (column.bscale or 1) + (column.bzero or 0))
    for blank in blanks:
        if isinstance(blank, int | float):
            # Equal but for rounding to single precision.
            good &= ~np.isclose(values, blank, rtol=1e-6, atol=0)
    return good


def unit_of(table: Any, name: str) -> str:
    """Unit of a column as the file writes it; "unknown" and "none" are no unit."""
    unit = str(table.columns[name].unit or "").strip()
    return "" if unit.lower() in ("unknown", "none", "unitless", "dimensionless", "1") else unit


def looks_like_counts(found: SkyMap) -> bool:
    """Whether a column's name, its unit or its values are those of numbers of events."""
    if found.unit.lower() in COUNTS or (not found.unit and found.name.lower() in COUNTS):
        return True
    some = found.values[np.isfinite(found.values)]
    whole = (some >= 0) & (some == np.rint(some)) & (some <= MOST_EVENTS)
    return not found.unit and bool(np.all(whole) and some.max() > 1)


def from_counts(path: Path, found: SkyMap) -> SkyMap:
    """Relative intensity N/⟨N⟩ − 1, with the mean on each ring of declination, as all ground-based analyses take it."""
    if found.axes != "C":
        raise InputError(
            f"{path}: {found.name}: numbers of events in {AXES[found.axes]} coordinates: must be in equatorial "
            "ones, where their mean on each ring of declination is taken"
        )
    counts = found.values
    for extreme in (np.nanmin(counts), np.nanmax(counts)):
        if not 0 <= extreme <= MOST_EVENTS:
            raise InputError(
                f"{path}: {found.name}: holds {extreme:g}: numbers of events must be from 0 to {MOST_EVENTS:g}"
            )
    ring = healpy.pix2ring(healpy.npix2nside(len(counts)), np.arange(len(counts)))
    filled = np.nan_to_num(counts)

    def per_ring(used: NDArray[np.bool_]) -> Array:
        number = np.bincount(ring, weights=used)
        return np.asarray((np.bincount(ring, weights=filled * used) / np.maximum(number, 1))[ring])

    good = np.isfinite(counts)
    empty = good & (counts == 0) & (per_ring(good & (counts > 0)) > CERTAIN)
    mean = per_ring(good & ~empty)
    good &= ~empty & (mean > 0)
    if not good.any():
        raise InputError(f"{path}: {found.name}: holds no events")
    intensity = np.full(len(counts), np.nan)
    intensity[good] = counts[good] / mean[good] - 1
    notes = [
        *found.notes,
        f"{found.name} holds numbers of events: divided by their mean on each ring of declination, which removes "
        "all m = 0",
    ]
    if empty.any():
        notes.append(f"{np.sum(empty)} pixels without events, among many with, count as not seen")
    return replace(
        found, values=intensity, quantity=INTENSITY, unit="", notes=tuple(notes), by_ring=True
    )


def in_plain_numbers(found: SkyMap) -> SkyMap:
    """Values of a dimensionless unit, such as percent or per mille, as plain numbers; others as they are."""
    factor = factor_of(found.unit)
    if factor is None:
        return found
    notes = list(found.notes)
    if factor != 1:
        notes.append(f"{found.name} is in units of {factor:g} ({found.unit})")
    values = found.values * factor
    some = values[np.isfinite(values)]
    notes += oddities(some)
    return replace(found, values=values, unit="", notes=tuple(notes))


def factor_of(unit: str) -> float | None:
    """A dimensionless unit as a number; None for all other units."""
    if PER_MILLE.fullmatch(unit.lower()):
        return 1e-3
    try:
        return float(units.Unit(unit).to(""))
    except (ValueError, TypeError):
        return None


def oddities(values: Array) -> Iterable[str]:
    """What makes the values of seen pixels look unlike relative intensity, a sentence each."""
    empty = float(np.mean(values == 0))
    if MOST_EMPTY < empty < 1:
        yield f"{empty:.0%} of the seen pixels are exactly zero: mark pixels that saw nothing UNSEEN or NaN"
    # Values whose squares overflow are refused later.
    spread = float(np.std(np.clip(values, -1e100, 1e100)))
    if spread > LARGE_INTENSITY:
        yield (
            f"varies by {spread:.3g} (rms): relative intensity of cosmic rays is far below one; another quantity, "
            "per mille, or numbers of events?"
        )
