"""Maps on axes of every projection: each direction has the colour of its pixel, in any coordinates."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path as Polygon

from eddysky import InputError
from eddysky.simulator.plots import draw_map
from eddysky.simulator.plots.sky_axes import EMPTY, PROJECTIONS, place

NSIDE = 16
VALUES = np.arange(12.0 * NSIDE**2)
FRAMES = {"equatorial": "icrs", "galactic": "galactic", "ecliptic": "barycentricmeanecliptic"}


def axes_of(projection):
    return Figure().add_subplot(projection=PROJECTIONS[projection])


def shown(axes, x, y):
    """Value of the cell of the mesh that covers a point of the axes."""
    mesh = axes.collections[0]
    corners = mesh.get_transform().transform(mesh._coordinates.reshape(-1, 2))
    corners = corners.reshape(mesh._coordinates.shape)
    point = axes.transData.transform((x, y))
    # The nearest corner belongs to the cell, or to one of its neighbours.
    row, column = np.unravel_index(
        np.argmin(np.sum((corners - point) ** 2, axis=-1)), corners.shape[:2]
    )
    for i in (row - 1, row):
        for j in (column - 1, column):
            if 0 <= i < corners.shape[0] - 1 and 0 <= j < corners.shape[1] - 1:
                cell = [corners[i, j], corners[i, j + 1], corners[i + 1, j + 1], corners[i + 1, j]]
                if Polygon(cell).contains_point(point, radius=1e-6) or (
                    Polygon(cell[::-1]).contains_point(point, radius=1e-6)
                ):
                    return mesh.get_array().reshape(corners.shape[0] - 1, -1)[i, j]
    raise AssertionError("no cell there")


@pytest.mark.parametrize(
    ("projection", "given", "drawn"),
    [
        ("mollweide", "equatorial", "equatorial"),
        ("hammer", "equatorial", "galactic"),
        ("aitoff", "galactic", "equatorial"),
        ("cartesian", "ecliptic", "galactic"),
    ],
)
def test_every_direction_has_the_colour_of_its_pixel(projection, given, drawn):
    axes = axes_of(projection)
    assert draw_map(axes, VALUES, map_coordinates=given, coordinates=drawn) is axes
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(12, 3))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    right = 0
    for vector in vectors:
        lon, lat = healpy.vec2ang(vector, lonlat=True)
        sky = SkyCoord(lon[0], lat[0], unit="deg", frame="icrs")
        there, here = (sky.transform_to(FRAMES[name]).spherical for name in (given, drawn))
        pixel = healpy.ang2pix(NSIDE, there.lon.deg, there.lat.deg, lonlat=True)
        x, y = place(axes, vector, drawn)
        if projection == "cartesian":
            expected = here.lon.wrap_at(360 * units.deg).deg, here.lat.deg
        else:
            expected = -here.lon.wrap_at(180 * units.deg).rad, here.lat.rad
        # healpy's ecliptic is of J2000, without the arcseconds of the barycentric one.
        np.testing.assert_allclose(
            (x, y), expected, atol=0.02 if projection == "cartesian" else 3e-4
        )
        right += shown(axes, x, y) == VALUES[pixel]
    # Cells are a quarter of a degree wide: one direction may fall beyond the edge of its pixel.
    assert right >= 11


def test_longitude_grows_to_the_left():
    for projection in PROJECTIONS:
        axes = draw_map(axes_of(projection), VALUES)
        places = [place(axes, np.array([np.cos(a), np.sin(a), 0]), "equatorial") for a in (1, 1.1)]
        (first, _), (second, _) = axes.transData.transform(places)
        assert second < first


def test_pixels_without_values_are_grey_and_limits_hold():
    axes = draw_map(axes_of("hammer"), np.where(VALUES > 9, VALUES, np.nan), (3, 7), cmap="viridis")
    mesh = axes.collections[0]
    assert to_hex(mesh.cmap(np.nan)) == to_hex(EMPTY)
    assert (mesh.norm.vmin, mesh.norm.vmax, mesh.cmap.name) == (3, 7, "viridis")
    assert draw_map(axes_of("hammer"), VALUES, 5.0).collections[0].norm.vmin == -5


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (VALUES[:-1], {}, "must be a HEALPix map"),
        (VALUES, {"cmap": "virids"}, "colour map virids: matplotlib has none of that name; such as viridis"),
        (VALUES, {"coordinates": "horizontal"}, "coordinates horizontal: must be equatorial, gal"),
        (VALUES, {"map_coordinates": "C"}, "coordinates C: must be equatorial"),
        (VALUES, {"limits": (2, 1)}, "colours from 2 to 1: must ascend"),
        (VALUES, {"limits": (0, np.inf)}, "must ascend and be finite"),
    ],
)  # fmt: skip
def test_refused(values, options, words):
    with pytest.raises(InputError, match=words):
        draw_map(axes_of("mollweide"), values, **options)


def test_axes_of_other_projections_are_refused():
    with pytest.raises(InputError, match="axes with the projection polar: must be mollweide"):
        draw_map(Figure().add_subplot(projection="polar"), VALUES)
