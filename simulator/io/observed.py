"""Observed skies: a text table of a_ℓm, a FITS file of a_ℓm as healpy writes them, or a HEALPix map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.reading import check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.alm_rows import read_alm_table
from eddysky.simulator.io.fits_size import LARGEST_FILE
from eddysky.simulator.results.filenames import is_hdf5
from eddysky.simulator.sky.coverage import SeenPixels
from eddysky.simulator.sky.frames import ASSUMED, to_equatorial
from eddysky.simulator.sky.harmonics import truncated

__all__ = ["ObservedSky", "begins_as_fits", "read_sky"]

Alm = NDArray[np.complex128]

# How FITS files begin, bare or compressed.
FITS_BEGINNINGS = (b"SIMPLE  =", b"\x1f\x8b", b"BZh")
# Squares of what is no larger are far from overflow.
LARGEST = 1e60


@dataclass(frozen=True, slots=True)
class ObservedSky:
    """Relative intensity on the sky as a_ℓm, in the healpy convention.

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m up to lmax, about equatorial (J2000) axes.
    lmax
        Highest multipole.
    seen
        Pixels that were seen of a map of a part of the sky; None if all of it was, as in a file of a_ℓm.
    notes
        What was assumed or done that the file does not say, a sentence each.
    field
        RA and Dec [degrees] of the magnetic field, if the file names it.
    by_ring
        Whether the mean of each ring of declination was divided out, as of numbers of events.
    """

    alm: Alm
    lmax: int
    seen: SeenPixels | None
    notes: tuple[str, ...]
    field: tuple[float, float] | None = None
    by_ring: bool = False


def read_sky(
    path: Path,
    lmax: int | None = None,
    lmin: int = 2,
    coordinates: str | None = None,
    *,
    column: str | None = None,
    counts: bool | None = None,
) -> ObservedSky:
    """Read an observed sky of any of the forms known.

    Parameters
    ----------
    path
        Text table of columns ell, m, re, im (`read_alm_table`), or FITS file: of a_ℓm (`healpy.write_alm`), or a
        HEALPix map in either order.
    lmax
        Highest multipole kept; by default all of a_ℓm, and 1.5 nside of a map.
    lmin
        Lowest multipole that will be used. Of a map of a part of the sky the monopole, and the dipole if
        it is below lmin, are fitted to the seen pixels and taken off.
    coordinates
        Letter of `AXES` for files that do not say theirs; equatorial if None.
    column
        Name of the column of a map, or its number from 1; the first if None.
    counts
        Whether a map holds numbers of events; None: decided by its column's name, unit and values.

    Raises
    ------
    InputError
        If the file cannot be read, is none of these, contradicts itself or `coordinates`, or does not
        reach lmax.
    """
    pixels, field, by_ring = None, None, False
    if is_hdf5(path):
        raise InputError(
            f"{path}: an HDF5 file; of a results file, make a map first: "
            f"eddysky export {path} --fits MAP.fits"
        )
    if begins_as_fits(path):
        from eddysky.simulator.io.sky_fits import read_fits

        found = read_fits(path, lmax, lmin, coordinates, column, counts)
        alm, axes, pixels, notes = found.alm, found.axes, found.seen, found.notes
        field, by_ring = found.field, found.by_ring
    else:
        if column is not None or counts is not None:
            raise InputError(f"{path}: no map: no column to choose, and no counts")
        alm = read_alm_table(path)
        axes, notes = coordinates or "C", () if coordinates else (ASSUMED,)
    alm, lmax = up_to(path, alm, lmax)
    if not np.max(np.abs(alm)) <= LARGEST:
        raise InputError(
            f"{path}: holds a_lm of {np.max(np.abs(alm)):.3g}; relative intensities are at most {LARGEST:g}"
        )
    seen = None if pixels is None else SeenPixels(pixels, axes)
    return ObservedSky(to_equatorial(alm, lmax, axes), lmax, seen, notes, field, by_ring)


def begins_as_fits(path: Path) -> bool:
    """Whether a file begins like FITS, bare or compressed, or is named so.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    check_file(path, LARGEST_FILE)
    try:
        with path.open("rb") as file:
            return file.read(16).startswith(FITS_BEGINNINGS) or ".fits" in path.suffixes
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def up_to(path: Path, alm: Alm, lmax: int | None) -> tuple[Alm, int]:
    """a_ℓm up to lmax, and lmax, which is the highest there is where it is not given."""
    highest = int(np.sqrt(8 * len(alm) + 1) - 3) // 2
    if lmax is None or lmax == highest:
        return alm, highest
    if lmax > highest:
        raise InputError(
            f"{path}: lmax = {lmax}: at most {highest}, the highest multipole of the file"
        )
    return truncated(alm, highest, lmax), lmax
