"""Bounds on what a FITS file may become in memory, checked before anything is allocated."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import Any

from eddysky.simulator.errors import InputError

__all__ = ["LARGEST_FILE", "check_partial_map", "check_unpacked", "lists_pixels"]

# Bytes: a map of nside 8192 in double precision has 6.4e9.
LARGEST_FILE = 8_000_000_000
PACKED: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open,
}  # fmt: skip
# Others that astropy unpacks: PKZIP and the old Unix compress.
REFUSED = (b"PK\x03\x04", b"\x1f\x9d")
# Maps are noisy and shrink by a few times; small ones, such as masks, may shrink by any factor.
SMALL, RATIO = 256_000_000, 20
# Of maps that list their pixels: as many in all as of nside 512, or so many for each that is listed.
FEW_PIXELS, PIXELS_PER_ROW = 12 * 512**2, 1000


def check_unpacked(path: Path) -> None:
    """Refuse a compressed file of some megabytes that unpacks to gigabytes.

    Raises
    ------
    InputError
        If it is one, or is damaged.
    """
    with path.open("rb") as file:
        beginning = file.read(6)
    if beginning.startswith(REFUSED):
        raise InputError(f"{path}: compressed as no gzip, bzip2 or xz: unpack it first")
    opener = next((open_ for mark, open_ in PACKED.items() if beginning.startswith(mark)), None)
    if opener is None:
        return
    packed, size = path.stat().st_size, 0
    try:
        with opener(path, "rb") as file:
            while chunk := file.read(1 << 20):
                size += len(chunk)
                if size > max(SMALL, RATIO * packed):
                    raise InputError(
                        f"{path}: {packed} bytes that unpack to more than {size}: no sky shrinks so much; "
                        "if it is one, unpack it first"
                    )
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{path}: damaged compressed file: {error}") from None


def check_partial_map(path: Path, table: Any) -> None:
    """Refuse a map that lists few pixels of so many that they would fill the memory.

    Raises
    ------
    InputError
        Names nside.
    """
    nside, rows = (int(table.header.get(key, 0)) for key in ("NSIDE", "NAXIS2"))
    if lists_pixels(table) and 12 * nside**2 > max(FEW_PIXELS, PIXELS_PER_ROW * rows):
        raise InputError(f"{path}: NSIDE = {nside}: too large for a map that lists {rows} pixels")


def lists_pixels(table: Any) -> bool:
    """Whether the first column of a map lists its pixels."""
    return any(
        str(table.header.get(key, "")).strip().upper() == value
        for key, value in (("INDXSCHM", "EXPLICIT"), ("OBJECT", "PARTIAL"))
    )
