"""A sky that the tests of reading have in common."""

from __future__ import annotations

import healpy
import pytest

LMAX, NSIDE = 12, 32
SMALL = 0.01


@pytest.fixture
def alm(random_alm):
    """A sky without monopole, up to ℓ = 12, of an intensity that needs no remark."""
    values = SMALL * random_alm(LMAX, 1)
    values[0] = 0
    return values


@pytest.fixture
def sky(alm):
    """Its HEALPix map."""
    return healpy.alm2map(alm, NSIDE)
