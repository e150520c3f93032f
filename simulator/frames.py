"""Rotating a sky's a_ℓm: from galactic or ecliptic to equatorial axes, and into the frame whose pole is b."""

from __future__ import annotations

import math

import ducc0
import numpy as np
from numpy.typing import NDArray

__all__ = ["AXES", "to_equatorial", "to_field_frame"]

Alm = NDArray[np.complex128]

# Coordinate systems by the letters of FITS headers.
AXES = {"C": "equatorial", "G": "galactic", "E": "ecliptic"}


def to_equatorial(alm: Alm, lmax: int, axes: str) -> Alm:
    """a_ℓm about equatorial (J2000) axes.

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m up to lmax, about the given axes.
    lmax
        Highest multipole.
    axes
        Letter of `AXES`.
    """
    if axes == "C":
        return alm
    import healpy

    turned: Alm = healpy.Rotator(coord=[axes, "C"]).rotate_alm(alm, lmax=lmax)
    return turned


def to_field_frame(alm: Alm, lmax: int, magnetic_field: tuple[float, float]) -> Alm:
    """a_ℓm about the magnetic field b: its direction is the pole, the meridian of b is the origin of azimuth.

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m up to lmax, about equatorial axes.
    lmax
        Highest multipole.
    magnetic_field
        RA and Dec of b [degrees].
    """
    longitude, latitude = np.radians(magnetic_field)
    # Turn b onto the meridian of zero, then up to the pole.
    turned: Alm = ducc0.sht.rotate_alm(
        alm, lmax, -float(longitude), float(latitude) - math.pi / 2, 0.0, nthreads=1
    )
    return turned
