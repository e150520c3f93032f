"""Directions as a configuration gives them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["unit_vector"]

Array = NDArray[np.float64]


def unit_vector(place: tuple[float, float]) -> Array:
    """Unit vector, shape (3,), towards RA and Dec [degrees]."""
    longitude, latitude = np.radians(place)
    return np.array(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
