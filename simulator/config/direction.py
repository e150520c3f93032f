"""Unit vectors of equatorial directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["unit_vector"]

Array = NDArray[np.float64]


def unit_vector(ra_dec: tuple[float, float]) -> Array:
    """Unit vector, shape (3,), towards right ascension and declination [degrees]."""
    longitude, latitude = np.radians(ra_dec)
    return np.array(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
