"""Rotating a sky's a_ℓm: from galactic or ecliptic to equatorial axes, and into the frame whose pole is b."""

from __future__ import annotations

import math

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.alm_index import alm_size

__all__ = [
    "ASSUMED",
    "AXES",
    "field_axes",
    "from_field_axes",
    "from_field_frame",
    "rotated",
    "to_equatorial",
    "to_field_frame",
    "zonal_parts",
]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Coordinate systems by the letters of FITS headers.
AXES = {"C": "equatorial", "G": "galactic", "E": "ecliptic"}
# Said of files that name none.
ASSUMED = "coordinates taken to be equatorial, as the file does not name its own"


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


def rotated(directions: Array, given: str, wanted: str) -> Array:
    """Unit vectors (N, 3) about other axes.

    Parameters
    ----------
    directions
        About the axes `given`.
    given, wanted
        Letters of `AXES`.
    """
    if given == wanted:
        return directions
    import healpy

    return np.asarray(directions @ healpy.Rotator(coord=[given, wanted]).mat.T)


def to_field_frame(alm: Alm, lmax: int, field: Array) -> Alm:
    """a_ℓm about the magnetic field b: its direction is the pole, the meridian of b is the origin of azimuth.

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m up to lmax, about equatorial axes.
    lmax
        Highest multipole.
    field
        Unit vector b, shape (3,).
    """
    theta, phi = angles(field)
    # Turn b onto the meridian of zero, then up to the pole.
    turned: Alm = ducc0.sht.rotate_alm(alm, lmax, -phi, -theta, 0.0, nthreads=1)
    return turned


def field_axes(field: Array) -> Array:
    """Axes of the frame of `to_field_frame`, a row each, in equatorial axes, shape (3, 3); the last is b.

    A direction n in that frame is n @ field_axes(b) in equatorial axes.
    """
    theta, phi = angles(field)
    return np.array(
        [
            [math.cos(theta) * math.cos(phi), math.cos(theta) * math.sin(phi), -math.sin(theta)],
            [-math.sin(phi), math.cos(phi), 0.0],
            [math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta)],
        ]
    )


def from_field_frame(zonal: Array, field: Array) -> Alm:
    """a_ℓm about equatorial axes of a sky that has a_ℓ0, shape (lmax + 1,), alone about the unit vector b."""
    lmax = len(zonal) - 1
    alm = np.zeros(alm_size(lmax), dtype=np.complex128)
    alm[: lmax + 1] = zonal
    return from_field_axes(alm, lmax, field)


def from_field_axes(alm: Alm, lmax: int, field: Array) -> Alm:
    """a_ℓm about equatorial axes of those up to lmax in the frame of `to_field_frame`."""
    theta, phi = angles(field)
    turned: Alm = ducc0.sht.rotate_alm(alm, lmax, 0.0, theta, phi, nthreads=1)
    return turned


def zonal_parts(skies: list[Alm], lmax: int, field: Array) -> Array:
    """a_ℓ0 (skies, lmax + 1) about b of skies given by their a_ℓm about equatorial axes."""
    return np.array([to_field_frame(sky, lmax, field)[: lmax + 1].real for sky in skies])


def angles(direction: Array) -> tuple[float, float]:
    """Colatitude and longitude [radians] of a unit vector."""
    x, y, z = (float(part) for part in direction)
    return math.atan2(math.hypot(x, y), z), math.atan2(y, x)
