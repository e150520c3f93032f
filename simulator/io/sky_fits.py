"""Observed skies in FITS files, as healpy and the field's other tools write them: maps and a_ℓm."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import healpy
import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.io.alm_rows import multipoles
from eddysky.simulator.io.fits_size import check_partial_map, check_unpacked

__all__ = ["FitsSky", "read_fits"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# By what COORDSYS says. HEALPix knows C, G and E; Q is an older letter for equatorial axes.
SYSTEMS = {
    **dict.fromkeys(("C", "Q", "CEL", "CELESTIAL", "EQUATORIAL", "ICRS", "J2000"), "C"),
    **dict.fromkeys(("G", "GAL", "GALACTIC"), "G"),
    **dict.fromkeys(("E", "ECL", "ECLIPTIC"), "E"),
}
# More exact zeros than this fraction are pixels that saw nothing; more than this rms is no anisotropy of cosmic rays.
MOST_EMPTY, LARGE_INTENSITY = 0.01, 0.1
# Squares of what is no larger, and their sums over all pixels, are far from overflow.
LARGEST_INTENSITY = 1e60


@dataclass(frozen=True, slots=True)
class FitsSky:
    """What a FITS file holds.

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m, about the axes of the file.
    axes
        C, G or E as its header says; None if it does not.
    seen
        Pixels that were seen, in RING order, shape (12 nside²,), of a map of a part of the sky; None if all
        of it was.
    notes
        What was done to it, and what is odd about it, a sentence each.
    field
        RA and Dec [degrees] of the magnetic field, if its header names it.
    """

    alm: Alm
    axes: str | None
    seen: NDArray[np.bool_] | None
    notes: tuple[str, ...]
    field: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FitsMap:
    """Values of the pixels of a map, which of them were seen, and its columns; the rest as in `FitsSky`."""

    values: Array
    good: NDArray[np.bool_]
    names: list[str]
    axes: str | None
    field: tuple[float, float] | None


def read_fits(path: Path, lmax: int | None, lmin: int) -> FitsSky:
    """Read the first table of a FITS file: a HEALPix map or a_ℓm.

    Parameters
    ----------
    path
        The file.
    lmax
        Highest multipole of a map; 1.5 nside if None.
    lmin
        Lowest multipole that will be used.

    Raises
    ------
    InputError
        If it is neither.
    """
    # What healpy logs about a damaged map is in the message.
    logging.getLogger("healpy").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # Headers of the field's maps deviate from the standard in many harmless ways; a lost end is none.
        warnings.simplefilter("ignore", AstropyWarning)
        warnings.filterwarnings("error", message=".*truncated")
        check_unpacked(path)
        # Opened here, as astropy leaves damaged files open; healpy prints what it finds wrong.
        with (
            reading(path),
            path.open("rb") as file,
            redirect_stdout(None),
            fits.open(file) as units,
        ):
            found = read_units(path, units)
    return found if isinstance(found, FitsSky) else analyse_map(path, found, lmax, lmin)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Answer whatever goes wrong in it with `InputError`: damaged headers make astropy raise nearly anything."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read as a FITS file: {reason}") from None


def read_units(path: Path, units: Any) -> FitsSky | FitsMap:
    """Read the first table of an open FITS file."""
    # Not their number, for which all are read: damaged sizes lead from one to itself without end.
    try:
        table = units[1]
    except IndexError:
        table = units[0]
    names = [str(name).lower() for name in getattr(getattr(table, "columns", None), "names", [])]
    said = str(table.header.get("COORDSYS", "")).strip()
    axes = SYSTEMS.get(said.upper())
    if said and axes is None:
        raise InputError(
            f"{path}: COORDSYS = {said!r}: must be C (equatorial), G (galactic) or E (ecliptic)"
        )
    if names[:3] == ["index", "real", "imag"]:
        return read_alm(path, table, axes)
    ordering = str(table.header.get("ORDERING", "")).strip().upper()
    if not names or ordering not in ("RING", "NESTED"):
        raise InputError(
            f"{path}: neither a HEALPix map (its first table has no ORDERING RING or NESTED) nor a_lm "
            "(columns index, real, imag, as healpy.write_alm makes them)"
        )
    check_partial_map(path, table)
    return read_map(table, axes, named_field(path, table.header))


def named_field(path: Path, header: Any) -> tuple[float, float] | None:
    """RA and Dec [degrees] of the magnetic field that a header names, as maps of `eddysky export` do."""
    if "FIELDRA" not in header or "FIELDDEC" not in header:
        return None
    place = header["FIELDRA"], header["FIELDDEC"]
    if not all(isinstance(part, int | float) and math.isfinite(part) for part in place):
        raise InputError(f"{path}: FIELDRA, FIELDDEC = {place}: must be degrees")
    return float(place[0]), float(place[1])


def read_alm(path: Path, table: Any, axes: str | None) -> FitsSky:
    """a_ℓm of a real sky, as healpy reads them by their index ℓ² + ℓ + m + 1."""
    import healpy

    # healpy trusts the indices.
    ell, m = multipoles(path, np.ravel(table.data.field(0)))
    alm = np.asarray(healpy.read_alm(table), dtype=np.complex128)
    for wrong, allowed in (
        (~np.isfinite(alm), "must be finite"),
        ((m == 0) & (alm.imag != 0), "must be real, as the sky is"),
    ):
        if wrong.any():
            place = np.argmax(wrong)
            raise InputError(f"{path}: ell = {ell[place]}, m = {m[place]}: {alm[place]}: {allowed}")
    return FitsSky(alm, axes, None, ())


def read_map(table: Any, axes: str | None, field: tuple[float, float] | None) -> FitsMap:
    """Read the first column of a map."""
    values = np.asarray(healpy.read_map(table, field=0, dtype=np.float64), dtype=np.float64)
    names = [name for name in table.columns.names if name.upper() != "PIXEL"]
    return FitsMap(values, seen_pixels(values, table), names, axes, field)


def analyse_map(path: Path, found: FitsMap, lmax: int | None, lmin: int) -> FitsSky:
    """a_ℓm of a map, with zeros in the pixels that saw nothing."""
    values, good, names = found.values, found.good, found.names
    nside = int(healpy.npix2nside(len(values)))
    highest = 2 * nside
    if lmax is not None and lmax > highest:
        raise InputError(
            f"{path}: lmax = {lmax}: at most 2 nside = {highest}, what pixels of its nside carry"
        )
    largest = float(np.max(np.abs(values[good]), initial=0.0))
    if largest > LARGEST_INTENSITY:
        raise InputError(
            f"{path}: holds values of {largest:.3g}; relative intensities are at most {LARGEST_INTENSITY:g}"
        )
    seen = float(np.mean(good))
    notes = oddities(values, good)
    if len(names) > 1:
        notes.append(f"{names[0]}, the first of its columns {', '.join(names)}, is what is read")
    if seen == 0:
        raise InputError(f"{path}: no pixel holds a value")
    if seen < 1:
        values = np.where(good, values - background(values, good, lmin), 0.0)
        removed = "the mean" if lmin < 2 else "mean and dipole"
        notes.append(
            f"seen on {seen:.3f} of the sky: {removed} of what was seen taken off, the rest set to "
            "zero, multipoles not corrected"
        )
    # Not with pixel weights: these would be downloaded.
    alm = healpy.map2alm(
        values, lmax=lmax or max(1, 3 * nside // 2), iter=3, pol=False, use_pixel_weights=False
    )
    return FitsSky(alm, found.axes, None if good.all() else good, tuple(notes), found.field)


def seen_pixels(values: Array, table: Any) -> NDArray[np.bool_]:
    """Which values of a map's first column were measured: not NaN, not UNSEEN, not what the header calls blank.

    The header may name such values by BAD_DATA, and by TNULLn of a column of whole numbers.
    """
    good: NDArray[np.bool_] = np.isfinite(values) & ~healpy.mask_bad(values)
    blanks = [table.header.get("BAD_DATA")]
    first = next(column for column in table.columns if column.name.upper() != "PIXEL")
    if isinstance(first.null, int):
        # TNULLn is a value as stored, before TSCALn and TZEROn.
        blanks.append(first.null * (first.bscale or 1) + (first.bzero or 0))
    for blank in blanks:
        if isinstance(blank, int | float):
            # Equal but for rounding to single precision.
            good &= ~np.isclose(values, blank, rtol=1e-6, atol=0)
    return good


def oddities(values: Array, good: NDArray[np.bool_]) -> list[str]:
    """What makes the values of seen pixels look unlike relative intensity, a sentence each."""
    notes: list[str] = []
    if not good.any():
        return notes
    empty = float(np.mean(values[good] == 0))
    if MOST_EMPTY < empty < 1:
        notes.append(
            f"{empty:.0%} of the seen pixels are exactly zero: mark pixels that saw nothing UNSEEN or NaN"
        )
    spread = float(np.std(values[good]))
    if spread > LARGE_INTENSITY:
        notes.append(
            f"varies by {spread:.3g} (rms): relative intensity of cosmic rays is far below one; "
            "another quantity, or per mille?"
        )
    return notes


def background(values: Array, good: NDArray[np.bool_], lmin: int) -> Array:
    """Monopole, and dipole if it is below lmin, fitted to the good pixels: its values at all pixels.

    Left in, they would leak into all multipoles at the edge of what was seen.
    """
    pixels = np.arange(len(values))
    terms = np.ones((len(values), 1 if lmin < 2 else 4))
    terms[:, 1:] = np.transpose(healpy.pix2vec(healpy.npix2nside(len(values)), pixels))[
        :, : terms.shape[1] - 1
    ]
    fitted, *_ = np.linalg.lstsq(terms[good], values[good], rcond=None)
    return np.asarray(terms @ fitted)
