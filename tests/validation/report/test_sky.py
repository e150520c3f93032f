"""Maps on the page hold the values of the file, in the picture and in the numbers that the script reads."""

from __future__ import annotations

import base64
import io
import json

import healpy
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from eddysky.validation.report.sky import COLOURS, EMPTY, SkyMap, palettes

NSIDE = 8


@pytest.fixture(scope="module")
def sky():
    x, y, z = healpy.pix2vec(NSIDE, np.arange(12 * NSIDE**2))
    values = 1e-3 * (y - 0.5 * x)
    values[z < -0.8] = np.nan
    return SkyMap("dipole", values, field=np.array([0.0, 0.6, 0.8]))


def test_numbers(sky):
    data = json.loads(sky.data())
    packed = np.frombuffer(base64.b64decode(data["pixels"]), "<u2")
    seen = np.isfinite(sky.values)
    np.testing.assert_array_equal(packed == EMPTY, ~seen)
    values = data["low"] + packed * data["step"]
    np.testing.assert_allclose(values[seen], sky.values[seen], atol=0.51 * data["step"])
    assert data["step"] < 1e-4 * np.nanmax(sky.values)
    assert data["exponent"] == -3
    # ±b: RA 90°, Dec 53.1° and the other way.
    np.testing.assert_allclose(
        np.degrees([mark[:2] for mark in data["marks"]]),
        [[90, 53.1301], [-90, -53.1301]],
        atol=1e-3,
    )


def test_picture(sky):
    head, _, text = sky.picture().partition(",")
    assert head == "data:image/png;base64"
    pixels = imread(io.BytesIO(base64.b64decode(text)))
    assert pixels.shape == (360, 720, 4)
    assert pixels[0, 0, 3] == 0
    assert np.all(pixels[180, 20:700, 3] == 1)
    np.testing.assert_allclose(pixels[350, 360, :3], 0xBF / 255, atol=1e-3)
    # RA 90° is half way to the left, where the map is brightest; RA 270° to the right. Less half a point.
    colours = mpl.colormaps["RdBu_r"](np.linspace(0, 1, COLOURS))
    low, high = sky.limits
    for column, ra in ((180, 89.75), (540, 269.75)):
        value = sky.values[healpy.ang2pix(NSIDE, ra, 0.2, lonlat=True)]
        place = min(int((value - low) / (high - low) * COLOURS), COLOURS - 1)
        np.testing.assert_allclose(pixels[179, column, :3], colours[place][:3], atol=1 / 255)


def test_reduced(sky):
    half = sky.reduced(4)
    nested = sky.values[healpy.nest2ring(NSIDE, np.arange(12 * NSIDE**2))].reshape(-1, 4)
    whole = np.isfinite(nested).all(axis=1)
    means = half.values[healpy.nest2ring(4, np.arange(12 * 16))]
    np.testing.assert_allclose(means[whole], nested[whole].mean(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(means), np.isnan(nested).all(axis=1))
    assert sky.reduced(16) is sky


def test_extremes(sky):
    (low, ra_low, dec_low), (high, ra_high, dec_high) = sky.extremes()
    pixels = healpy.ang2pix(NSIDE, [ra_low, ra_high], [dec_low, dec_high], lonlat=True)
    assert [low, high] == sky.values[pixels].tolist()
    assert (low, high) == (np.nanmin(sky.values), np.nanmax(sky.values))


def test_an_empty_sky():
    sky = SkyMap("nothing", np.full(12 * NSIDE**2, 1e-17))
    assert sky.flat
    assert json.loads(sky.data())["limits"] == [-1.0, 1.0]
    assert sky.picture()


def test_palettes():
    found = json.loads(palettes())
    expected = mpl.colormaps["viridis"](200, bytes=True)
    assert bytes.fromhex(found["viridis"][6 * 200 : 6 * 201]) == bytes(expected[:3])
    assert {len(each) for each in found.values()} == {6 * 256}
