"""Files in local coordinates, read by twenty lines that know only their documented layout."""

from __future__ import annotations

import json

import numpy as np
import pytest
from astropy.io import fits

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.local import check_local, write_local
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.results.writing import new_folder

NSIDE = 16
CONFIG = Config().replace({"sky.nside": 16, "sky.lmax": 6})


def equatorial_sums(folder, nside):
    """Counts, and what an isotropic sky gives, summed in equatorial pixels: the reader."""
    import healpy

    sky = np.transpose(healpy.pix2vec(nside, np.arange(12 * nside**2)))
    sums = np.zeros((2, len(sky)))
    for detector in json.loads((folder / "config.json").read_text())["detectors"].values():
        lat, lon = np.radians([detector["latitude"], detector["longitude"]])
        maps = []
        for t in range(360):
            with fits.open(f"{detector['prefix']}{t:03d}{detector['suffix']}") as units:
                assert units[0].header["TIMEBIN"] == t
                assert units[0].header["NBINS"] == 360
                maps.append(units[1].data.field(0).ravel())
        isotropic = np.mean(maps, axis=0)
        for t, counts in enumerate(maps):
            b = 2 * np.pi * t / 360 + lon
            x = [np.cos(b) * np.sin(lat), np.sin(b) * np.sin(lat), -np.cos(lat)]
            y = [-np.sin(b), np.cos(b), 0]
            z = [np.cos(b) * np.cos(lat), np.sin(b) * np.cos(lat), np.sin(lat)]
            pixel = healpy.vec2pix(nside, *(sky @ axis for axis in (x, y, z)))
            sums += counts[pixel], isotropic[pixel]
    return sums


@pytest.fixture(scope="module")
def written(tmp_path_factory, random_alm):
    """Local maps of a loud sky, and its a_lm."""
    folder = tmp_path_factory.mktemp("local") / "maps"
    alm = 0.01 * random_alm(6, 3)
    alm[0] = 0
    survey = Survey("icecube+hawc", (3e9, 1e9), NSIDE)
    with new_folder(folder) as unfinished:
        write_local(unfinished, folder, alm, CONFIG, survey, 0, nside=NSIDE, threads=2)
    return folder, alm


@pytest.fixture(scope="module")
def summed(written):
    """What the reader makes of them."""
    return equatorial_sums(written[0], NSIDE)


def test_the_sky_is_found_back(written, summed, synthesis):
    """The isotropic part of each detector is that of its declinations, so m = 0 is lost and removed from both skies.

    Pixels are matched by their centres, which displaces the sky by up to half a pixel: the recovered map has the
    sky's amplitude to 3%, and no more rest than those displacements.
    """
    import healpy

    folder, alm = written
    assert len(list(folder.iterdir())) == 721
    counts, isotropic = summed
    sky = synthesis(alm, np.transpose(healpy.pix2vec(NSIDE, np.arange(len(counts)))), 6)
    seen = isotropic > 0
    theta = np.round(healpy.pix2ang(NSIDE, np.arange(len(counts)))[0], 6)
    found, true = [], []
    for ring in np.unique(theta[seen]):
        here = seen & (theta == ring)
        found.append(counts[here] / isotropic[here] / np.mean(counts[here] / isotropic[here]) - 1)
        true.append((1 + sky[here]) / np.mean(1 + sky[here]) - 1)
    found, true = np.concatenate(found), np.concatenate(true)
    assert np.dot(found, true) / np.dot(true, true) == pytest.approx(1, abs=0.03)
    assert np.std(found - true) < 0.1 * np.std(true)


@pytest.mark.parametrize(("name", "events"), [("IceCube", 3e9), ("HAWC", 1e9)])
def test_each_bin_holds_the_sky_above_the_detector(written, synthesis, name, events):
    """χ² of four bins against acceptance × (1 + sky) in directions turned by hand, within five standard errors.

    False-alarm probability 1e-6.
    """
    import healpy

    folder, alm = written
    detector = json.loads((folder / "config.json").read_text())["detectors"][name]
    lat, lon = np.radians([detector["latitude"], detector["longitude"]])
    local = np.transpose(healpy.pix2vec(NSIDE, np.arange(12 * NSIDE**2)))
    local = local[local[:, 2] >= np.cos(np.radians(detector["thetamax"]))]
    square, count = 0.0, 0
    for t in (0, 7, 100, 359):
        b = 2 * np.pi * t / 360 + lon
        x = [np.cos(b) * np.sin(lat), np.sin(b) * np.sin(lat), -np.cos(lat)]
        z = [np.cos(b) * np.cos(lat), np.sin(b) * np.cos(lat), np.sin(lat)]
        sky = synthesis(alm, local @ [x, [-np.sin(b), np.cos(b), 0], z], 6)
        expected = events / 360 * local[:, 2] / np.sum(local[:, 2]) * (1 + sky)
        with fits.open(f"{detector['prefix']}{t:03d}{detector['suffix']}") as units:
            counts = units[1].data.field(0).ravel()
        assert not counts[len(local) :].any()
        square += np.sum((counts[: len(local)] - expected) ** 2 / expected)
        count += len(local)
    assert abs(square - count) < 5 * np.sqrt(2 * count)


def test_headers_and_names(written):
    folder, _ = written
    known = json.loads((folder / "config.json").read_text())["detectors"]
    assert known["IceCube"]["latitude"] == -90
    assert known["HAWC"]["thetamax"] == 57
    with fits.open(folder / "HAWC_LOCAL_NSIDE16_degbin-007.fits.gz") as units:
        header, table = units[0].header, units[1]
        keys = ["CUTS", "COORDS", "NEVENTS", "STARTMJD", "STOPMJD", "TOTDUR", "TIMESYS"]
        assert all(key in header for key in keys)
        assert table.header["ORDERING"] == "RING"
        assert table.header["NSIDE"] == NSIDE
        assert header["NEVENTS"] == table.data.field(0).sum()
        # Expected 1e9/360, five standard errors and the anisotropy.
        assert header["NEVENTS"] == pytest.approx(1e9 / 360, rel=0.02)


def test_only_detectors_have_local_coordinates():
    with pytest.raises(InputError, match="field full: only detectors"):
        check_local(Survey("icecube+full", (1e9,), 16), CONFIG)
    large = Config().replace({"sky.nside": 128, "sky.lmax": 200})
    with pytest.raises(InputError, match="lmax = 200"):
        check_local(Survey("icecube", (1e9,), 128), large)


def test_counts_have_the_exposure_of_the_survey(summed):
    """Bins of declination hold its events, to the size of pixels of nside 16: 2% of the brightest bin."""
    import healpy

    counts, _ = summed
    exposure = exposure_map(Survey("icecube+hawc", (3e9, 1e9), NSIDE))
    z = healpy.pix2vec(NSIDE, np.arange(len(counts)))[2]
    edges = np.linspace(-1, 1, 11)
    found, expected = (np.histogram(z, edges, weights=w)[0] for w in (counts, exposure))
    assert np.max(np.abs(found - expected)) < 0.02 * np.max(expected)
