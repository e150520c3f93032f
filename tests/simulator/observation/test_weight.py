"""Apodised weights."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.weight import apodised

NSIDE = 16
PIXELS = 12 * NSIDE**2
VEC = np.stack(healpy.pix2vec(NSIDE, np.arange(PIXELS)))
DECLINATION = np.degrees(np.arcsin(VEC[2]))
RING = healpy.pix2ring(NSIDE, np.arange(PIXELS)) - 1
SOUTH = DECLINATION < -25
PATCH = SOUTH & (VEC[0] > -0.3)


def test_a_field_of_view_may_turn_with_the_sky():
    width = 20.0
    weight = apodised(PATCH, width)
    inside = weight[PATCH]
    assert np.all(weight[~PATCH] == 0)
    assert np.all(inside > 0)
    assert inside.max() == 1
    deep = (-25 - width - 5 > DECLINATION) & (VEC[0] > 0.4)
    assert deep.any()
    assert np.all(weight[deep] == 1)


def test_a_zonal_field_of_view_has_a_weight_of_declination_alone():
    weight = apodised(SOUTH, 10.0)
    for ring in np.unique(RING):
        assert np.ptp(weight[ring == RING]) == 0
    half = np.argmin(np.abs(DECLINATION + 25 + 5))
    assert weight[half] == pytest.approx(0.5, abs=0.3)
    assert np.all(np.diff(weight[SOUTH]) >= 0)


def test_apodisation_does_not_change_a_whole_sky_or_one_without_it():
    np.testing.assert_array_equal(apodised(np.ones(PIXELS, dtype=bool), 10.0), 1)
    np.testing.assert_array_equal(apodised(SOUTH, 0.0), SOUTH)


@pytest.mark.parametrize("width", [-1.0, 181.0, float("nan")])
def test_widths_out_of_range_are_refused(width):
    with pytest.raises(InputError, match="apodisation"):
        apodised(SOUTH, width)


def test_an_empty_field_of_view_is_refused():
    with pytest.raises(InputError, match="field of view"):
        apodised(np.zeros(PIXELS, dtype=bool), 5.0)
