"""Unit vectors towards right ascension and declination, against astropy."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from eddysky.simulator.config.direction import unit_vector


@pytest.mark.parametrize("place", [(0, 0), (90, 0), (229.2, 11.4), (10, 90), (359.9, -89.5)])
def test_against_astropy(place):
    there = SkyCoord(*place, unit="deg", frame="icrs").cartesian.xyz.value
    np.testing.assert_allclose(unit_vector(place), there, rtol=0, atol=4e-16)
