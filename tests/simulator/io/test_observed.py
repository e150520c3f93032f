"""Which files are observed skies."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from astropy.io import fits

from eddysky.simulator import InputError
from eddysky.simulator.io.observed import read_sky

LMAX, NSIDE = 12, 32
# What three iterations of healpy's analysis leave at ℓ up to 12 of nside 32, for a_ℓm of order one.


def write_map(path, sky, **more):
    healpy.write_map(path, sky, dtype=np.float64, **({"coord": "C"} | more))
    return path


class TestOtherFiles:
    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError, match=r"none\.csv: cannot be read: No such file"):
            read_sky(tmp_path / "none.csv")

    @pytest.mark.parametrize("name", ["sky.fits", "sky.fits.gz"])
    def test_not_fits(self, tmp_path, name):
        (tmp_path / name).write_text("ell,m,re,im\n2,0,1,0\n")
        with pytest.raises(InputError, match="cannot be read as a FITS file"):
            read_sky(tmp_path / name)

    def test_half_a_file(self, tmp_path, sky):
        path = write_map(tmp_path / "map.fits", sky)
        path.write_bytes(path.read_bytes()[:50_000])
        with pytest.raises(InputError, match=r"cannot be read as a FITS file: .*truncated"):
            read_sky(path)

    def test_neither_map_nor_coefficients(self, tmp_path):
        path = tmp_path / "image.fits"
        fits.PrimaryHDU(np.zeros((3, 3))).writeto(path)
        with pytest.raises(InputError, match="neither a HEALPix map"):
            read_sky(path)

    def test_a_results_file(self, tmp_path):
        (tmp_path / "out.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
        with pytest.raises(InputError, match="eddysky export"):
            read_sky(tmp_path / "out.h5")

    def test_not_text(self, tmp_path):
        (tmp_path / "sky.dat").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="not a text file"):
            read_sky(tmp_path / "sky.dat")
