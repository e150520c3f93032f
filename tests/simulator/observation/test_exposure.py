"""Exposure maps: bands, sums of fields, and masks in any form."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.exposure import events_of_parts, exposure_map
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.observation.weight import weight_map

NSIDE = 16
DEC = 90 - np.degrees(healpy.pix2ang(NSIDE, np.arange(12 * NSIDE**2))[0])


def seen(field):
    return exposure_map(Survey(field, (1e9,), NSIDE)) > 0


def test_fields_end_where_they_should():
    np.testing.assert_array_equal(seen("icecube"), DEC < -25)
    np.testing.assert_array_equal(seen("hawc"), (DEC > -38) & (DEC < 76))
    np.testing.assert_array_equal(seen("lhaaso"), (DEC > 29.36 - 50) & (DEC < 29.36 + 50))
    np.testing.assert_array_equal(seen("dec:-20,40.5"), (DEC > -20) & (DEC < 40.5))
    np.testing.assert_array_equal(seen("icecube+hawc"), DEC < 76)
    assert seen("full").all()


def test_arrays_of_one_size_share_the_events():
    """A flat array sees sin²θ_max/2 of the events of a whole sphere, to the size of the pixels."""
    shares = events_of_parts(Survey("icecube+hawc", (1e9,), 64))
    expected = np.sin(np.radians(65)) ** 2 / np.sin(np.radians(57)) ** 2
    assert shares["icecube"] / shares["hawc"] == pytest.approx(expected, rel=2e-3)
    assert sum(shares.values()) == pytest.approx(1e9)
    assert events_of_parts(Survey("icecube+hawc", (3e9, 1e9), 16)) == {"icecube": 3e9, "hawc": 1e9}
    both = exposure_map(Survey("icecube+hawc", (3e9, 1e9), NSIDE))
    apart = [exposure_map(Survey(f, (n,), NSIDE)) for f, n in (("icecube", 3e9), ("hawc", 1e9))]
    np.testing.assert_allclose(both, np.sum(apart, axis=0), rtol=1e-12)


@pytest.mark.parametrize("nest", [False, True])
@pytest.mark.parametrize("axes", ["C", "G"])
def test_masks_of_any_nside_order_and_coordinates(tmp_path, nest, axes):
    """A mask of 30° around a star covers the pixels there, whatever the form of the file."""
    star = healpy.ang2vec(83.8, 22.0, lonlat=True)
    centre = healpy.Rotator(coord=["C", axes])(star)
    mask = np.zeros(12 * 64**2)
    mask[healpy.query_disc(64, centre, np.radians(30))] = 1
    mask[mask == 0] = healpy.UNSEEN if nest else 0
    healpy.write_map(
        tmp_path / "mask.fits", healpy.reorder(mask, r2n=True) if nest else mask, nest=nest,
        coord=axes, dtype=np.float64,
    )  # fmt: skip
    field = str(tmp_path / "mask.fits")
    survey = Survey(field, (1e9,), NSIDE)
    exposure = exposure_map(survey)
    distance = np.degrees(
        np.arccos(np.transpose(healpy.pix2vec(NSIDE, np.arange(len(DEC)))) @ star)
    )
    sure = np.abs(distance - 30) > 2
    np.testing.assert_array_equal(exposure[sure] > 0, distance[sure] < 30)
    assert np.ptp(exposure[exposure > 0]) < 1e-6 * exposure.max()
    weight = weight_map(survey, exposure)
    assert np.all(weight[distance < 20] == 1)
    assert np.all(weight[exposure == 0] == 0)


def test_a_mask_may_hold_the_exposure_and_no_negative_numbers(tmp_path):
    values = np.linspace(0, 1, 12 * NSIDE**2)
    healpy.write_map(tmp_path / "some.fits", values, coord="C", dtype=np.float64)
    survey = Survey(str(tmp_path / "some.fits"), (1e9,), NSIDE, weighting="exposure", apodise=0.0)
    exposure = exposure_map(survey)
    np.testing.assert_allclose(exposure, 1e9 * values / values.sum(), rtol=1e-12)
    np.testing.assert_allclose(weight_map(survey, exposure), values, rtol=1e-12)
    healpy.write_map(tmp_path / "sky.fits", values - 0.5, coord="C", dtype=np.float64)
    with pytest.raises(InputError, match=r"not -0\.5"):
        exposure_map(Survey(str(tmp_path / "sky.fits"), (1e9,), NSIDE))


@pytest.mark.parametrize(
    ("field", "events", "words"),
    [
        ("auger", (1e9,), "field auger: no such field"),
        ("icecube+", (1e9,), "no such field"),
        ("icecube+icecube", (1e9,), "names a part twice"),
        ("dec:10,10", (1e9,), "MIN below MAX"),
        ("dec:10", (1e9,), "dec:MIN,MAX"),
        ("dec:nan,10", (1e9,), "dec:MIN,MAX"),
        ("dec:-100,0", (1e9,), "from -90 to 90"),
        ("dec:10,10.1", (1e9,), "no centre of a pixel"),
        ("icecube", (1.0,), r"events = 1: at least"),
        ("icecube", (1e23,), r"events = 1e\+23: at most"),
        ("icecube", (1e9, 1e9), "2 numbers; the field icecube has 1 part: give one number for all"),
    ],
)
def test_what_cannot_be_observed(field, events, words):
    with pytest.raises(InputError, match=words):
        exposure_map(Survey(field, events, NSIDE))


def test_the_fewest_events_that_are_named_are_enough():
    with pytest.raises(InputError) as refused:
        exposure_map(Survey("hawc", (1000.0,), NSIDE))
    named = float(str(refused.value).partition("at least ")[2].split()[0])
    assert exposure_map(Survey("hawc", (1.1 * named,), NSIDE)).sum() == pytest.approx(1.1 * named)
