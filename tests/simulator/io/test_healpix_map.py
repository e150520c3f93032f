"""Maps as experiments write them: by healpy and astropy, whole and partial, in other units, as counts, in any axes."""

from __future__ import annotations

import itertools

import healpy
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from eddysky import InputError
from eddysky.simulator.io.observed import read_sky
from eddysky.simulator.io.sky_fits import read_map

NSIDE = 8
PIXELS = 12 * NSIDE**2
RNG = np.random.default_rng(7)
SKY = 1e-3 * RNG.normal(size=PIXELS)
# Seen by a detector at mid-latitude.
SEEN = np.abs(healpy.pix2vec(NSIDE, np.arange(PIXELS))[2]) < 0.7


def by_healpy(path, values, *, nested, partial, axes, blank):
    stored = np.where(SEEN, values, blank)
    if partial:
        stored = np.where(SEEN, values, healpy.UNSEEN)
    stored = healpy.reorder(stored, r2n=True) if nested else stored
    healpy.write_map(path, stored, nest=nested, partial=partial, coord=axes, dtype=np.float64)


def by_astropy(path, values, *, nested, partial, axes, blank):
    """One pixel a row, as no healpy writes them; the pixels of a partial map in no order."""
    meta = {
        "PIXTYPE": "HEALPIX", "ORDERING": "NESTED" if nested else "RING", "NSIDE": NSIDE, "COORDSYS": axes,
        "INDXSCHM": "EXPLICIT" if partial else "IMPLICIT",
    }  # fmt: skip
    pixels = np.arange(PIXELS)
    if partial:
        pixels = RNG.permutation(np.flatnonzero(SEEN))
        columns = {
            "HPX": healpy.ring2nest(NSIDE, pixels) if nested else pixels,
            "I": values[pixels],
        }
    else:
        stored = np.where(SEEN, values, blank)
        columns = {"I": healpy.reorder(stored, r2n=True) if nested else stored}
    Table(columns, meta=meta).write(path)


SHAPES = list(
    itertools.product(
        [by_healpy, by_astropy], [False, True], [False, True], "CG", [np.nan, healpy.UNSEEN]
    )
)


@pytest.mark.parametrize(("write", "nested", "partial", "axes", "blank"), SHAPES)
def test_every_shape_gives_the_same_pixels(tmp_path, write, nested, partial, axes, blank):
    path = tmp_path / "map.fits"
    write(path, SKY, nested=nested, partial=partial, axes=axes, blank=blank)
    found = read_map(path)
    np.testing.assert_array_equal(found.values, np.where(SEEN, SKY, np.nan))
    assert (found.axes, found.unit, found.notes) == (axes, "", ())
    sky = read_sky(path, lmax=6)
    np.testing.assert_array_equal(sky.seen.pixels, SEEN)
    assert sky.seen.axes == axes


class TestUnits:
    @pytest.mark.parametrize(
        ("unit", "factor"),
        [
            ("10^-3", 1e-3), ("1e-3", 1e-3), ("x10**-3", 1e-3), ("per mille", 1e-3), ("permil", 1e-3),
            ("%", 1e-2), ("percent", 1e-2), ("", 1.0), ("unknown", 1.0), ("1", 1.0),
        ],
    )  # fmt: skip
    def test_dimensionless_units(self, tmp_path, unit, factor):
        healpy.write_map(
            tmp_path / "m.fits", SKY / factor, coord="C", column_names=["I"], column_units=[unit],
            dtype=np.float64,
        )  # fmt: skip
        found = read_map(tmp_path / "m.fits")
        np.testing.assert_allclose(found.values, SKY, rtol=1e-14)
        assert found.unit == ""
        assert [note for note in found.notes if "is in units of" in note] == (
            [] if factor == 1 else [f"I is in units of {factor:g} ({unit})"]
        )

    def test_a_quantity_that_is_no_relative_intensity_is_said(self, tmp_path):
        healpy.write_map(tmp_path / "m.fits", SKY, coord="C", column_units="uK", dtype=np.float64)
        assert read_map(tmp_path / "m.fits").unit == "uK"
        notes = read_sky(tmp_path / "m.fits").notes
        assert any("has the unit uK; it is read as relative intensity" in note for note in notes)


class TestColumns:
    @pytest.fixture
    def path(self, tmp_path):
        healpy.write_map(
            tmp_path / "m.fits", [SKY, -SKY], coord="C", column_names=["EXCESS", "Noise"],
            partial=True, dtype=np.float64,
        )  # fmt: skip
        return tmp_path / "m.fits"

    @pytest.mark.parametrize(
        ("column", "sign"),
        [(None, 1), ("excess", 1), ("1", 1), ("NOISE", -1), ("2", -1)],
    )
    def test_by_name_or_number(self, path, column, sign):
        found = read_map(path, column=column)
        np.testing.assert_array_equal(found.values, sign * SKY)
        assert bool(found.notes) == (column is None)
        assert found.name == ("EXCESS" if sign > 0 else "Noise")

    @pytest.mark.parametrize("column", ["0", "3", "PIXEL", "", "²", "1.0"])
    def test_that_are_not_there(self, path, column):
        with pytest.raises(InputError, match="must be EXCESS, Noise or a number from 1 to 2"):
            read_map(path, column=column)


class TestCounts:
    EXPOSURE = 1000.0 * (2 + healpy.pix2vec(NSIDE, np.arange(PIXELS))[2])

    def write(self, path, counts, name="DATA", unit="", kind=np.float64, axes="C"):
        healpy.write_map(
            path, counts, coord=axes, column_names=[name], column_units=[unit], dtype=kind
        )
        return path

    def expected(self, counts, good):
        """Ring by ring, from their latitudes."""
        z = np.round(healpy.pix2vec(NSIDE, np.arange(PIXELS))[2], 9)
        result = np.full(PIXELS, np.nan)
        for latitude in np.unique(z[good]):
            ring = good & (z == latitude)
            result[ring] = counts[ring] / counts[ring].mean() - 1
        return result

    @pytest.mark.parametrize(
        ("name", "unit", "kind"),
        [("DATA", "", np.int64), ("DATA", "counts", np.float64), ("events", "", np.float64)],
    )
    def test_are_known_by_name_unit_or_values(self, tmp_path, name, unit, kind):
        counts = self.EXPOSURE * (1 + SKY)
        counts = np.rint(counts) if kind is np.int64 else counts
        path = self.write(tmp_path / "m.fits", np.where(SEEN, counts, 0), name, unit, kind)
        found = read_map(path)
        np.testing.assert_allclose(
            found.values, self.expected(counts, SEEN), rtol=0, atol=1e-12, equal_nan=True
        )
        assert f"{name} holds numbers of events" in found.notes[-1]
        assert found.unit == ""

    def test_are_asked_for(self, tmp_path):
        """Weighted events are not whole, and nothing says what they are."""
        weighted = self.EXPOSURE * (1 + SKY)
        path = self.write(tmp_path / "m.fits", np.where(SEEN, weighted, healpy.UNSEEN))
        assert any("numbers of events?" in note for note in read_map(path).notes)
        found = read_map(path, counts=True)
        np.testing.assert_allclose(
            found.values, self.expected(weighted, SEEN), rtol=0, atol=1e-12, equal_nan=True
        )

    def test_holes_on_a_ring_are_not_seen(self, tmp_path):
        holes = SEEN & (np.arange(PIXELS) % 7 == 0)
        counts = np.where(SEEN & ~holes, np.rint(self.EXPOSURE), 0)
        found = read_map(self.write(tmp_path / "m.fits", counts))
        np.testing.assert_array_equal(np.isfinite(found.values), SEEN & ~holes)
        assert f"{np.sum(holes)} pixels without events" in found.notes[-1]

    def test_few_events_leave_empty_pixels_seen(self, tmp_path):
        counts = RNG.poisson(0.5, PIXELS)
        found = read_map(self.write(tmp_path / "m.fits", counts))
        assert np.mean(np.isfinite(found.values)) > 0.9
        assert np.nanmin(found.values) == -1

    def test_that_are_not(self, tmp_path):
        hits = RNG.poisson(9.0, PIXELS)
        found = read_map(self.write(tmp_path / "m.fits", hits), counts=False)
        np.testing.assert_array_equal(found.values, hits)
        zeros_and_ones = self.write(tmp_path / "mask.fits", SEEN.astype(float))
        assert np.array_equal(read_map(zeros_and_ones).values, SEEN)

    def test_refused(self, tmp_path):
        path = self.write(tmp_path / "g.fits", np.rint(self.EXPOSURE), axes="G")
        with pytest.raises(InputError, match="numbers of events in galactic coordinates: must be"):
            read_map(path)
        for values, words in (
            (SKY, "must be from 0 to 1e.15"),
            (1e20 + SKY, "must be from 0 to 1e.15"),
            (0 * SKY, "holds no events"),
        ):
            path = self.write(tmp_path / f"{values[0]}.fits", values)
            with pytest.raises(InputError, match=words):
                read_map(path, counts=True)


class TestDamage:
    @pytest.mark.parametrize(
        ("pixels", "words"),
        [([0, 5, PIXELS], f"pixel {PIXELS} of its first column: must be from 0 to"),
         ([0, -1, 5], "pixel -1 of its first column: must be from 0 to"),
         ([3, 5, 3], "pixel 3 of its first column: is listed twice")],
    )  # fmt: skip
    def test_pixels_that_do_not_exist(self, tmp_path, pixels, words):
        meta = {"ORDERING": "RING", "NSIDE": NSIDE, "INDXSCHM": "EXPLICIT", "COORDSYS": "C"}
        Table({"PIXEL": pixels, "I": np.zeros(3)}, meta=meta).write(tmp_path / "m.fits")
        with pytest.raises(InputError, match=words):
            read_map(tmp_path / "m.fits")

    def test_a_table_without_values(self, tmp_path):
        meta = {"ORDERING": "RING", "NSIDE": NSIDE, "INDXSCHM": "EXPLICIT", "COORDSYS": "C"}
        Table({"PIXEL": [1, 2]}, meta=meta).write(tmp_path / "m.fits")
        with pytest.raises(InputError, match="no column of values"):
            read_map(tmp_path / "m.fits")

    def test_axes_that_contradict(self, tmp_path):
        healpy.write_map(tmp_path / "m.fits", SKY, coord="G")
        with pytest.raises(
            InputError, match="coordinates equatorial: the file says that it is gal"
        ):
            read_map(tmp_path / "m.fits", "C")
        fits.delval(tmp_path / "m.fits", "COORDSYS", ext=1)
        assert read_map(tmp_path / "m.fits", "E").axes == "E"


def test_a_sky_of_multipoles_becomes_a_map(tmp_path):
    alm = healpy.map2alm(SKY, lmax=8)
    healpy.write_alm(tmp_path / "alm.fits", alm)
    found = read_map(tmp_path / "alm.fits", "G")
    np.testing.assert_allclose(found.values, healpy.alm2map(alm, 16), atol=1e-12)
    assert found.axes == "G"
    with pytest.raises(InputError, match="holds a_lm: no column to choose"):
        read_map(tmp_path / "alm.fits", column="1")
