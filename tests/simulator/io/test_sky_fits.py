"""Skies in FITS files: a_ℓm and HEALPix maps in every form give the same a_ℓm."""

from __future__ import annotations

import gzip
import signal

import healpy
import numpy as np
import pytest
from astropy.io import fits

from eddysky.simulator import InputError
from eddysky.simulator.io.observed import read_sky
from eddysky.simulator.sky.frames import to_equatorial

LMAX, NSIDE = 12, 32
# What three iterations of healpy's analysis leave at ℓ up to 12 of nside 32, for a_ℓm of order one.
SMALL = 0.01
ANALYSIS = SMALL * 1e-8
ASSUMED = "coordinates taken to be equatorial"


def write_map(path, sky, **more):
    healpy.write_map(path, sky, dtype=np.float64, **({"coord": "C"} | more))
    return path


class TestFitsAlm:
    def test_as_healpy_writes_them(self, tmp_path, alm):
        healpy.write_alm(tmp_path / "alm.fits", alm)
        found = read_sky(tmp_path / "alm.fits")
        np.testing.assert_array_equal(found.alm, alm)
        assert ASSUMED in found.notes[0]

    def test_fewer_orders_than_multipoles(self, tmp_path, alm):
        healpy.write_alm(tmp_path / "alm.fits", alm, mmax=4)
        with pytest.raises(InputError, match="ell = 5, m = 5 is missing"):
            read_sky(tmp_path / "alm.fits")

    def test_values_that_cannot_be(self, tmp_path, alm):
        alm[3] += 1j
        alm[healpy.Alm.getidx(LMAX, 4, 2)] = np.nan
        healpy.write_alm(tmp_path / "alm.fits", alm)
        with pytest.raises(InputError, match=r"ell = 4, m = 2: .*nan.*: must be finite"):
            read_sky(tmp_path / "alm.fits")
        alm[~np.isfinite(alm)] = 0
        healpy.write_alm(tmp_path / "alm.fits", alm, overwrite=True)
        with pytest.raises(InputError, match=r"ell = 3, m = 0: .*: must be real"):
            read_sky(tmp_path / "alm.fits")

    @pytest.mark.parametrize(
        ("index", "missing"),
        [
            ([], "ell = 0, m = 0"),
            ([1], "ell = 1, m = 0"),
            ([5, 7, 8], "ell = 0, m = 0"),
            ([1, 3, 3], "ell = 1, m = 1"),
            ([1, 2, 3], "ell = 1, m = 1"),
            ([0, 3, 4], "ell = 0, m = 0"),
            ([1, 3, 4, 2**31 - 1], "ell = 2, m = 0"),
            ([1, 3, np.nan], "ell = 1, m = 1"),
        ],
    )
    def test_indices_that_name_no_whole_sky(self, tmp_path, index, missing):
        kind = "D" if np.any(np.isnan(index)) else "J"
        zeros = np.zeros(len(index))
        columns = [fits.Column("index", kind, array=np.array(index))]
        columns += [fits.Column(name, "D", array=zeros) for name in ("real", "imag")]
        fits.BinTableHDU.from_columns(columns).writeto(tmp_path / "alm.fits")
        with pytest.raises(InputError, match=f"{missing} is missing"):
            read_sky(tmp_path / "alm.fits")

    def test_rows_in_any_order(self, tmp_path, alm):
        ell, m = healpy.Alm.getlm(LMAX)
        order = np.random.default_rng(3).permutation(len(alm))
        columns = [
            ("index", "J", ell**2 + ell + m + 1),
            ("real", "D", alm.real),
            ("imag", "D", alm.imag),
        ]
        fits.BinTableHDU.from_columns(
            [fits.Column(name, kind, array=values[order]) for name, kind, values in columns]
        ).writeto(tmp_path / "alm.fits")
        np.testing.assert_array_equal(read_sky(tmp_path / "alm.fits").alm, alm)


class TestMaps:
    @pytest.mark.parametrize("nest", [False, True])
    def test_either_order(self, tmp_path, alm, sky, nest):
        stored = healpy.reorder(sky, r2n=True) if nest else sky
        found = read_sky(write_map(tmp_path / "map.fits", stored, nest=nest), lmax=LMAX)
        assert np.max(np.abs(found.alm - alm)) <= ANALYSIS
        assert (found.lmax, found.seen, found.notes) == (LMAX, None, ())

    def test_compressed(self, tmp_path, alm, sky):
        plain = write_map(tmp_path / "map.fits", sky)
        (tmp_path / "map.fits.gz").write_bytes(gzip.compress(plain.read_bytes()))
        found = read_sky(tmp_path / "map.fits.gz", lmax=LMAX)
        assert np.max(np.abs(found.alm - alm)) <= ANALYSIS

    def test_multipoles_that_pixels_carry(self, tmp_path, sky):
        path = write_map(tmp_path / "map.fits", sky)
        assert read_sky(path).lmax == 3 * NSIDE // 2
        assert read_sky(path, lmax=2 * NSIDE).lmax == 2 * NSIDE
        with pytest.raises(InputError, match="lmax = 65: at most 2 nside = 64"):
            read_sky(path, lmax=2 * NSIDE + 1)

    @pytest.mark.parametrize(
        ("said", "axes"), [("G", "G"), ("E", "E"), ("galactic", "G"), ("EQUATORIAL", "C")]
    )
    def test_coordinates_of_the_header(self, tmp_path, alm, sky, said, axes):
        path = write_map(tmp_path / "map.fits", sky)
        fits.setval(path, "COORDSYS", value=said, ext=1)
        expected = to_equatorial(alm, LMAX, axes)
        for coordinates in (None, axes):
            found = read_sky(path, lmax=LMAX, coordinates=coordinates)
            assert np.max(np.abs(found.alm - expected)) <= ANALYSIS
            assert found.notes == ()
        other = "C" if axes != "C" else "G"
        with pytest.raises(InputError, match="the file says that it is"):
            read_sky(path, lmax=LMAX, coordinates=other)

    def test_coordinates_that_are_none(self, tmp_path, sky):
        path = write_map(tmp_path / "map.fits", sky)
        fits.setval(path, "COORDSYS", value="X", ext=1)
        with pytest.raises(InputError, match="COORDSYS = 'X': must be C"):
            read_sky(path)
        fits.delval(path, "COORDSYS", ext=1)
        assert ASSUMED in read_sky(path).notes[0]
        fits.setval(path, "COORDS", value="local", ext=1)
        with pytest.raises(InputError, match="COORDS = 'local': zenith angles"):
            read_sky(path)

    @pytest.mark.parametrize("empty", [np.nan, healpy.UNSEEN])
    @pytest.mark.parametrize("lmin", [1, 2])
    def test_a_part_of_the_sky(self, tmp_path, alm, sky, empty, lmin):
        # Monopole and dipole are far larger than the rest: where they are not asked for, they must not leak.
        colatitude, _ = healpy.pix2ang(NSIDE, np.arange(len(sky)))
        unseen = colatitude > 2.0
        n = np.array(healpy.pix2vec(NSIDE, np.arange(len(sky))))
        small = sky - healpy.alm2map(np.where(healpy.Alm.getlm(LMAX)[0] < 2, alm, 0), NSIDE)
        found = []
        for dipole in (0.0, 1e4):
            values = np.where(unseen, empty, small + 1e5 + dipole * n[0])
            path = tmp_path / f"map{dipole}.fits"
            found.append(read_sky(write_map(path, values), LMAX, lmin))
        for one in found:
            assert one.seen is not None
            np.testing.assert_array_equal(one.seen.pixels, ~unseen)
            assert any(f"seen on {np.mean(~unseen):.3f} of the sky" in note for note in one.notes)
        difference = np.max(np.abs(found[1].alm - found[0].alm))
        if lmin == 2:
            assert difference <= 1e5 * ANALYSIS
            fitted = np.where(unseen, 0, small - fit(small, n, ~unseen))
            expected = healpy.map2alm(fitted, lmax=LMAX, iter=3)
            assert np.max(np.abs(found[0].alm - expected)) <= 1e5 * ANALYSIS
        else:
            assert difference > 1e3

    def test_a_part_of_the_sky_pixel_by_pixel(self, tmp_path, sky):
        sky[5000:] = healpy.UNSEEN
        whole = read_sky(write_map(tmp_path / "map.fits", sky), lmax=LMAX)
        listed = read_sky(write_map(tmp_path / "part.fits", sky, partial=True), lmax=LMAX)
        assert whole.seen.fraction == listed.seen.fraction == 5000 / len(sky)
        assert np.max(np.abs(whole.alm - listed.alm)) <= ANALYSIS

    def test_values_that_are_no_relative_intensity_are_remarked_upon(self, tmp_path, sky):
        large = read_sky(write_map(tmp_path / "large.fits", 100 * sky))
        assert "varies by" in large.notes[0]
        sky[:5000] = 0.0
        blank = read_sky(write_map(tmp_path / "blank.fits", sky))
        assert f"{5000 / len(sky):.0%} of the seen pixels are exactly zero" in blank.notes[0]

    def test_a_sky_that_nobody_saw(self, tmp_path):
        path = write_map(tmp_path / "map.fits", np.full(12, np.nan))
        with pytest.raises(InputError, match="no pixel holds a value"):
            read_sky(path)

    def test_the_first_of_several_columns(self, tmp_path, alm, sky):
        healpy.write_map(
            tmp_path / "map.fits", [sky, -sky], coord="C", column_names=["EXCESS", "NOISE"],
            dtype=np.float64,
        )  # fmt: skip
        found = read_sky(tmp_path / "map.fits", lmax=LMAX)
        assert np.max(np.abs(found.alm - alm)) <= ANALYSIS
        assert "EXCESS, the first of its columns EXCESS, NOISE" in found.notes[0]


def fit(values, n, good):
    """Monopole and dipole of the good pixels, by normal equations."""
    terms = np.vstack([np.ones(len(values)), n])
    matrix = terms[:, good] @ terms[:, good].T
    return np.linalg.solve(matrix, terms[:, good] @ values[good]) @ terms


def test_a_table_that_ends_before_it_begins(tmp_path):
    """What follows it would be found at its own place, again and again."""

    def stop(*_):
        raise TimeoutError("hangs")

    healpy.write_alm(tmp_path / "alm.fits", np.zeros(10, dtype=complex))
    data = (tmp_path / "alm.fits").read_bytes()
    for card, changed in (
        (b"GCOUNT  =                    1", b"GCOUNT  =                  -32"),
        (b"TFORM1  = 'J       '", b"TFORM1  = 0         "),
        (b"TFORM3  = 'D       '", b"TFORM3  = 'EXPLICIT'"),
    ):
        assert card in data
        data = data.replace(card, changed)
    (tmp_path / "alm.fits").write_bytes(data)
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        with pytest.raises(InputError, match=r"cannot be read as a FITS file: (?!hangs)"):
            read_sky(tmp_path / "alm.fits")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
