"""Fields of view given as HEALPix maps: 0 or UNSEEN where nothing is seen, and the relative exposure elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.frames import rotated

__all__ = ["read_mask"]

Array = NDArray[np.float64]

# Sums over pixels, times numbers of events, are far from overflow.
LARGEST = 1e100


def read_mask(path: Path, nside: int) -> Array:
    """Values of a mask at the centres of equatorial pixels: those of the pixels of the mask that contain them.

    Parameters
    ----------
    path
        FITS file of a map of any nside and order, in the coordinates that it names.
    nside
        Of the pixels.

    Returns
    -------
    ndarray
        Relative exposure, 0 where nothing is seen, RING order, shape (12 nside²,).

    Raises
    ------
    InputError
        If the file is no map, or has negative values.
    """
    import healpy

    from eddysky.simulator.io.sky_fits import read_map

    mask = read_map(path, counts=False)
    for value in (np.nanmin(mask.values), np.nanmax(mask.values)):
        if not 0 <= value <= LARGEST:
            raise InputError(
                f"{path}: as a field, a map holds 0 or UNSEEN where nothing is seen and 1 or the relative exposure "
                f"elsewhere, not {value:.3g}"
            )
    centres = np.transpose(healpy.pix2vec(nside, np.arange(12 * nside**2)))
    x, y, z = rotated(centres, "C", mask.axes).T
    values = mask.values[healpy.vec2pix(healpy.npix2nside(len(mask.values)), x, y, z)]
    return np.asarray(np.nan_to_num(values))
