"""a_ℓm in text tables: any order and sign of m, and what is wrong is named where it stands."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.simulator.io.observed import read_sky
from eddysky.simulator.sky.frames import to_equatorial

LMAX, NSIDE = 12, 32
# What three iterations of healpy's analysis leave at ℓ up to 12 of nside 32, for a_ℓm of order one.
ASSUMED = "coordinates taken to be equatorial"


def rows(alm, *, negative=False):
    """(ℓ, m, re, im) with m ≥ 0, or with the negative m that are equivalent."""
    found = []
    for ell, m, a in zip(*healpy.Alm.getlm(LMAX), alm, strict=True):
        value = (-1) ** m * np.conj(a) if negative and m else a
        imaginary = float(value.imag) if m else 0.0
        found.append((int(ell), int(-m if negative else m), float(value.real), imaginary))
    return found


def write_table(path, table):
    text = "".join(f"{ell},{m},{re!r},{im!r}\n" for ell, m, re, im in table)
    path.write_text(f"ell,m,re,im\n{text}")
    return path


def shuffled(table):
    order = np.random.default_rng(2).permutation(len(table))
    return [table[i] for i in order]


class TestTables:
    def test_any_order_and_either_sign(self, tmp_path, alm):
        positive, negative = rows(alm), rows(alm, negative=True)
        both = positive + [row for row in negative if row[1]]
        for table in (positive, shuffled(positive), negative, shuffled(both)):
            found = read_sky(write_table(tmp_path / "sky.csv", table))
            assert (found.lmax, found.seen) == (LMAX, None)
            np.testing.assert_array_equal(found.alm, alm)
            assert len(found.notes) == 1
            assert ASSUMED in found.notes[0]

    def test_monopole_and_dipole_may_be_left_out(self, tmp_path, alm):
        ell, _ = healpy.Alm.getlm(LMAX)
        for low in (0, 1):
            table = [row for row in rows(alm) if row[0] > low]
            found = read_sky(write_table(tmp_path / "sky.csv", table))
            np.testing.assert_array_equal(found.alm, np.where(ell > low, alm, 0))

    def test_a_monopole_alone(self, tmp_path):
        found = read_sky(write_table(tmp_path / "sky.csv", [(0, 0, 2.0, 0.0)]))
        np.testing.assert_array_equal(found.alm, [2, 0, 0])

    def test_fewer_multipoles(self, tmp_path, alm):
        found = read_sky(write_table(tmp_path / "sky.csv", rows(alm)), lmax=5)
        assert found.lmax == 5
        np.testing.assert_array_equal(found.alm, alm[healpy.Alm.getidx(LMAX, *healpy.Alm.getlm(5))])

    def test_coordinates_of_the_user(self, tmp_path, alm):
        found = read_sky(write_table(tmp_path / "sky.csv", rows(alm)), coordinates="G")
        np.testing.assert_array_equal(found.alm, to_equatorial(alm, LMAX, "G"))
        assert found.notes == ()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("2,0,1,0\n2,1,1,1\n2,2,1,1\n2,1,1,1\n", ["line 5, column 2 (m)", "given twice"]),
            ("2,0,1,0\n2,3,1,1\n", ["line 3, column 2 (m) = 3", "from -ell to ell"]),
            ("2,0,1,0\n2,-3,1,1\n", ["line 3, column 2 (m) = -3", "from -ell to ell"]),
            ("-2,0,1,0\n", ["line 2, column 1 (ell) = -2", "from 0 to 10000"]),
            ("20000,0,1,0\n", ["line 2, column 1 (ell) = 20000"]),
            ("2.5,0,1,0\n", ["line 2, column 1 (ell) = '2.5'", "whole number"]),
            ("2,0.5,1,0\n", ["line 2, column 2 (m) = '0.5'", "whole number"]),
            ("2,0,1,0.5\n", ["line 2, column 4 (im) = 0.5", "must be 0 at m = 0"]),
            ("2,0,nan,0\n", ["line 2, column 3 (re) = 'nan'", "finite"]),
            ("2,0,1\n", ["line 2, column 4", "3 fields"]),
            ("2,0,1,0\n2,2,1,1\n", ["ell = 2, m = 1 is missing"]),
            ("2,0,1,0\n2,1,1,1\n", ["ell = 2, m = 2 is missing"]),
            ("2,0,1,0\n2,1,1,1\n2,2,1,1\n4,0,1,0\n", ["ell = 3, m = 0 is missing", "ell = 4"]),
            ("1,0,1,0\n", ["ell = 1, m = 1 is missing"]),
            (
                "2,0,1,0\n2,-1,-1,2\n2,1,1,1\n2,2,1,1\n",
                ["line 3, column 2 (m) = -1", "conjugate", "as given"],
            ),
            ("2,0,1e200,0\n2,1,1,1\n2,2,1,1\n", ["a_lm of 1e+200", "at most 1e+60"]),
            ("", ["no rows of ell, m, re, im"]),
        ],
    )
    def test_faults_are_named_where_they_stand(self, tmp_path, text, words):
        path = tmp_path / "sky.csv"
        path.write_text(f"ell,m,re,im\n{text}")
        with pytest.raises(InputError) as complaint:
            read_sky(path)
        for word in [str(path), *words]:
            assert word in str(complaint.value)

    def test_too_high_a_multipole(self, tmp_path, alm):
        path = write_table(tmp_path / "sky.csv", rows(alm))
        with pytest.raises(InputError, match="lmax = 13: at most 12"):
            read_sky(path, lmax=13)
