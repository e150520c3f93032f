"""Files that are small on the disk and fill the memory are refused before anything is allocated."""

from __future__ import annotations

import bz2
import gzip
import lzma

import healpy
import numpy as np
import pytest
from astropy.io import fits

from eddysky.simulator import InputError
from eddysky.simulator.io import fits_size
from eddysky.simulator.io.observed import read_sky


@pytest.mark.parametrize("compressed", [gzip, bz2, lzma])
def test_a_bomb(tmp_path, compressed, monkeypatch):
    monkeypatch.setattr(fits_size, "SMALL", 2_000_000)
    path = tmp_path / "sky.fits.gz"
    with compressed.open(path, "wb") as file:
        file.write(b"SIMPLE  =                    T".ljust(2880))
        for _ in range(3):
            file.write(bytes(1_000_000))
    with pytest.raises(InputError, match="unpack to more than 2"):
        read_sky(path)


@pytest.mark.parametrize("compressed", [gzip, bz2, lzma])
def test_compressed_files_are_read_and_damaged_ones_refused(tmp_path, compressed, monkeypatch):
    sky = np.random.default_rng(1).normal(size=12 * 8**2) * 1e-3
    healpy.write_map(tmp_path / "sky.fits", sky, dtype=np.float64, coord="C")
    path = tmp_path / "sky.fits.gz"
    data = compressed.compress((tmp_path / "sky.fits").read_bytes())
    path.write_bytes(data)
    assert np.array_equal(read_sky(path).alm, read_sky(tmp_path / "sky.fits").alm)
    path.write_bytes(data[:-100])
    with pytest.raises(InputError, match="damaged compressed file"):
        read_sky(path)
    monkeypatch.setattr(fits_size, "SMALL", 1000)
    path.write_bytes(data)
    assert read_sky(path).lmax == 12


@pytest.mark.parametrize("nside", [1024, 65536, 2**29])
def test_a_few_pixels_of_very_many(tmp_path, nside):
    columns = [
        fits.Column("PIXEL", "K", array=np.arange(5)),
        fits.Column("SIGNAL", "D", array=np.full(5, 1e-3)),
    ]
    header = {
        "PIXTYPE": "HEALPIX", "ORDERING": "RING", "NSIDE": nside, "COORDSYS": "C",
        "INDXSCHM": "EXPLICIT", "OBJECT": "PARTIAL",
    }  # fmt: skip
    fits.BinTableHDU.from_columns(columns, header=fits.Header(header)).writeto(
        tmp_path / "sky.fits"
    )
    with pytest.raises(InputError, match=f"NSIDE = {nside}: too large for a map that lists 5 pix"):
        read_sky(tmp_path / "sky.fits")
