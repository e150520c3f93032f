"""Observed skies in FITS files, as healpy and the field's other tools write them: maps and a_ℓm."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import healpy
import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from numpy.typing import NDArray

from eddysky.simulator.config.reading import check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.alm_rows import multipoles
from eddysky.simulator.io.fits_size import LARGEST_FILE, check_unpacked
from eddysky.simulator.io.healpix_map import SkyMap, read_column
from eddysky.simulator.sky.frames import ASSUMED, AXES
from eddysky.simulator.sky.multipole_fit import fitted_multipoles

__all__ = ["FitsSky", "read_fits", "read_map"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# By what COORDSYS says. HEALPix knows C, G and E; Q is an older letter for equatorial axes.
SYSTEMS = {
    **dict.fromkeys(("C", "Q", "CEL", "CELESTIAL", "EQUATORIAL", "ICRS", "J2000"), "C"),
    **dict.fromkeys(("G", "GAL", "GALACTIC"), "G"),
    **dict.fromkeys(("E", "ECL", "ECLIPTIC"), "E"),
}
# Of maps made of a_ℓm, to be drawn.
LARGEST_NSIDE = 1024
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
        C, G or E as its header says, or as was given; equatorial if neither does.
    seen
        Pixels that were seen, in RING order, shape (12 nside²,), of a map of a part of the sky; None if all
        of it was.
    notes
        What was done to it, and what is odd about it, a sentence each.
    field
        RA and Dec [degrees] of the magnetic field, if its header names it.
    by_ring
        Whether the mean of each ring of declination was divided out.
    """

    alm: Alm
    axes: str
    seen: NDArray[np.bool_] | None
    notes: tuple[str, ...]
    field: tuple[float, float] | None = None
    by_ring: bool = False


def read_fits(
    path: Path,
    lmax: int | None,
    lmin: int,
    coordinates: str | None = None,
    column: str | None = None,
    counts: bool | None = None,
) -> FitsSky:
    """Read the first table of a FITS file: a HEALPix map or a_ℓm.

    Parameters
    ----------
    path
        The file.
    lmax
        Highest multipole of a map; 1.5 nside if None.
    lmin
        Lowest multipole that will be used.
    coordinates, column, counts
        Of a map, as in `read_map`.

    Raises
    ------
    InputError
        If it is neither.
    """
    found = open_sky(path, coordinates, column, counts)
    return found if isinstance(found, FitsSky) else analyse_map(path, found, lmax, lmin)


def read_map(
    path: str | Path,
    coordinates: str | None = None,
    column: str | None = None,
    counts: bool | None = None,
) -> SkyMap:
    """Read a HEALPix map, or make one of a_ℓm, from a FITS file.

    Parameters
    ----------
    path
        The file.
    coordinates
        Letter of `AXES` for files that do not say theirs; equatorial if None.
    column
        Name of the column of a map, or its number from 1; the first if None.
    counts
        Whether that holds numbers of events; None: decided by its name, unit and values.

    Returns
    -------
    SkyMap
        With `axes`.

    Raises
    ------
    InputError
        If the file holds neither, contradicts `coordinates`, or has no such column.
    """
    path = Path(path)
    check_file(path, LARGEST_FILE)
    found = open_sky(path, coordinates, column, counts)
    if isinstance(found, SkyMap):
        return found
    lmax = (math.isqrt(8 * len(found.alm) + 1) - 3) // 2
    # The smallest nside whose pixels carry all multipoles.
    nside = 2 ** max(4, math.ceil(math.log2(max(lmax, 1))))
    if nside > LARGEST_NSIDE:
        raise InputError(f"{path}: lmax = {lmax}: at most {LARGEST_NSIDE} to be drawn")
    return SkyMap(healpy.alm2map(found.alm, nside), found.axes, path.name, notes=found.notes)


def open_sky(
    path: Path, coordinates: str | None, column: str | None, counts: bool | None
) -> FitsSky | SkyMap:
    """Open a FITS file and read its first table."""
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
            return read_units(path, units, coordinates, column, counts)


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


def read_units(
    path: Path, units: Any, coordinates: str | None, column: str | None, counts: bool | None
) -> FitsSky | SkyMap:
    """Read the first table of an open FITS file."""
    # Not their number, for which all are read: damaged sizes lead from one to itself without end.
    try:
        table = units[1]
    except IndexError:
        table = units[0]
    names = [str(name).lower() for name in getattr(getattr(table, "columns", None), "names", [])]
    axes, notes = axes_of(path, table.header, coordinates)
    if names[:3] == ["index", "real", "imag"]:
        if column is not None or counts is not None:
            raise InputError(f"{path}: holds a_lm: no column to choose, and no counts")
        return read_alm(path, table, axes, notes)
    ordering = str(table.header.get("ORDERING", "")).strip().upper()
    if not names or ordering not in ("RING", "NESTED"):
        raise InputError(
            f"{path}: neither a HEALPix map (its first table has no ORDERING RING or NESTED) nor a_lm "
            "(columns index, real, imag, as healpy.write_alm makes them)"
        )
    found = read_column(path, table, axes, column, counts)
    return replace(found, notes=(*notes, *found.notes), field=named_field(path, table.header))


def axes_of(path: Path, header: Any, coordinates: str | None) -> tuple[str, tuple[str, ...]]:
    """Letter of the axes that a header or else `coordinates` names, and a note if neither does."""
    if str(header.get("COORDS", "")).strip().lower() == "local":
        raise InputError(
            f"{path}: COORDS = 'local': zenith angles and azimuths of a detector, not directions on the sky"
        )
    said = str(header.get("COORDSYS", "")).strip()
    axes = SYSTEMS.get(said.upper())
    if said and axes is None:
        raise InputError(
            f"{path}: COORDSYS = {said!r}: must be C (equatorial), G (galactic) or E (ecliptic)"
        )
    if axes is not None and coordinates not in (None, axes):
        raise InputError(
            f"{path}: coordinates {AXES[coordinates]}: the file says that it is {AXES[axes]}"
        )
    if axes is None and coordinates is None:
        return "C", (ASSUMED,)
    return axes or coordinates or "C", ()


def named_field(path: Path, header: Any) -> tuple[float, float] | None:
    """RA and Dec [degrees] of the magnetic field that a header names, as maps of `eddysky export` do."""
    if "FIELDRA" not in header or "FIELDDEC" not in header:
        return None
    place = header["FIELDRA"], header["FIELDDEC"]
    if not all(isinstance(part, int | float) and math.isfinite(part) for part in place):
        raise InputError(f"{path}: FIELDRA, FIELDDEC = {place}: must be degrees")
    return float(place[0]), float(place[1])


def read_alm(path: Path, table: Any, axes: str, notes: tuple[str, ...]) -> FitsSky:
    """a_ℓm of a real sky, as healpy reads them by their index ℓ² + ℓ + m + 1."""
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
    return FitsSky(alm, axes, None, notes)


def analyse_map(path: Path, found: SkyMap, lmax: int | None, lmin: int) -> FitsSky:
    """a_ℓm of a map, with zeros in the pixels that saw nothing."""
    values, good = found.values, np.isfinite(found.values)
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
    seen, notes = float(np.mean(good)), list(found.notes)
    if found.unit:
        notes.append(f"{found.name} has the unit {found.unit}; it is read as relative intensity")
    if seen < 1:
        try:
            # Left in, they would leak into all multipoles at the edge of what was seen.
            fitted = fitted_multipoles(values, 0 if lmin < 2 else 1)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        values = np.where(good, values - fitted, 0.0)
        removed = "the mean" if lmin < 2 else "mean and dipole"
        notes.append(
            f"seen on {seen:.3f} of the sky: {removed} of what was seen taken off, the rest set to "
            "zero, multipoles not corrected"
        )
    # Not with pixel weights: these would be downloaded.
    alm = healpy.map2alm(
        values, lmax=lmax or max(1, 3 * nside // 2), iter=3, pol=False, use_pixel_weights=False
    )
    seen_pixels = None if good.all() else good
    return FitsSky(alm, found.axes, seen_pixels, tuple(notes), found.field, found.by_ring)
