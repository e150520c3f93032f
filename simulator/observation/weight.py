"""The weight of each pixel in the spectra of a survey."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.sky.rings import healpix_rings

__all__ = ["apodised", "weight_map"]

Array = NDArray[np.float64]


def weight_map(survey: Survey, exposure: Array) -> Array:
    """Weight of each pixel: 1 inside the field of view or proportional to the exposure, falling to 0 at the edge.

    Parameters
    ----------
    survey
        Its weighting and apodisation.
    exposure
        Expected counts of each pixel, shape (12 nside²,).

    Returns
    -------
    ndarray
        From 0 to 1, shape (12 nside²,); 0 outside the field of view.
    """
    taper = apodised(exposure > 0, survey.apodise)
    return taper * exposure / np.max(exposure) if survey.weighting == "exposure" else taper


def apodised(seen: NDArray[np.bool_], width: float) -> Array:
    """Weight of each pixel of a field of view: 1 inside, falling smoothly to 0 within `width` of its edges.

    The weight is the C² function t − sin(2πt)/2π of t = (distance to the nearest pixel that is not seen)/width. In a
    field of view of whole rings the distance is that in declination.

    Parameters
    ----------
    seen
        Whether each pixel is in the field of view, RING order, shape (12 nside²,).
    width
        Width of the taper [degrees]; 0 for none.

    Returns
    -------
    ndarray
        Weights from 0 to 1, shape (12 nside²,).

    Raises
    ------
    InputError
        If the width is out of range or nothing was seen.

    Examples
    --------
    >>> import numpy as np
    >>> from eddysky.simulator.observation.weight import apodised
    >>> south = np.repeat([False, True], [1568, 1504])  # nside 16, all rings below the equator
    >>> weight = apodised(south, 10.0)
    >>> float(weight[0]), round(float(weight[1568]), 3), float(weight[-1])
    (0.0, 0.08, 1.0)
    """
    if not 0 <= width <= 180:
        raise InputError(f"apodisation = {width:g} deg: must be from 0 to 180 deg")
    if not seen.any():
        raise InputError("no pixel of the sky is in the field of view")
    if width == 0 or seen.all():
        return seen.astype(np.float64)
    distance = np.degrees(_distance_from_edge(seen))
    t = np.minimum(distance / width, 1.0)
    return np.where(seen, t - np.sin(2 * np.pi * t) / (2 * np.pi), 0.0)


def _distance_from_edge(seen: NDArray[np.bool_]) -> Array:
    """Angle [rad] of each pixel from the nearest one that is not seen."""
    import healpy
    from scipy.spatial import KDTree

    nside = math.isqrt(len(seen) // 12)
    rings = healpix_rings(nside)
    of_ring = np.add.reduceat(seen.astype(np.int64), rings.start)
    if np.all((of_ring == 0) | (of_ring == rings.longitudes)):
        gone = rings.colatitude[of_ring == 0]
        distance = np.min(np.abs(rings.colatitude[:, np.newaxis] - gone), axis=1)
        return np.asarray(np.repeat(distance, rings.longitudes))
    points = np.stack(healpy.pix2vec(nside, np.arange(len(seen))), axis=1)
    chord, _ = KDTree(points[~seen]).query(points)
    return np.asarray(2 * np.arcsin(np.minimum(chord / 2, 1.0)))
