"""`eddysky pitch-angle` of a map of a part of the sky: what was not seen is blank, and what was is averaged."""

from __future__ import annotations

import csv
import io

import healpy
import numpy as np
import pytest
from astropy.io import fits

from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.io.observed import read_sky
from eddysky.simulator.sky.coverage import SeenPixels, covered_profile
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile

NSIDE, LMAX, BINS = 32, 12, 10
FIELD = (229.2, 11.4)
B = unit_vector(FIELD)
N = np.stack(healpy.pix2vec(NSIDE, np.arange(12 * NSIDE**2)), axis=1)
# Seen within about 127° of b, where μ = −n·b is below 0.6: eight of ten bins and none of the rest.
CAP = -(N @ B) < 0.6


def rows(outcome):
    assert outcome.code == 0
    names, *lines = csv.reader(io.StringIO(outcome.out))
    return dict(zip(names, np.array(lines, dtype=float).T, strict=True))


@pytest.fixture
def random_alm():
    """Gaussian a_ℓm of a real sky, all multipoles alike."""

    def draw(lmax, seed):
        ell, m = healpy.Alm.getlm(lmax)
        random = np.random.default_rng(seed).normal(size=(2, len(ell)))
        return random[0] + 1j * np.where(m == 0, 0, random[1])

    return draw


@pytest.fixture
def sky(random_alm):
    return healpy.alm2map(1e-4 * random_alm(LMAX, 1), NSIDE)


def run(eddysky, here, values, *options, **form):
    healpy.write_map(here / "map.fits", values, coord="C", dtype=np.float64, overwrite=True, **form)
    return eddysky("pitch-angle", "map.fits", "--lmax", LMAX, "--bins", BINS, *options)


def test_every_way_to_mark_pixels(eddysky, here, sky):
    expected = None
    for values, form in (
        (np.where(CAP, sky, healpy.UNSEEN), {}),
        (np.where(CAP, sky, np.nan), {}),
        (np.where(CAP, sky, np.inf), {}),
        (healpy.ma(np.where(CAP, sky, healpy.UNSEEN)), {}),
        (np.where(CAP, sky, healpy.UNSEEN), {"partial": True}),
        (np.where(CAP, sky, -5.0), {"extra_header": [("BAD_DATA", -5.0)]}),
    ):
        outcome = run(eddysky, here, values, **form)
        assert "2 of 10 bins left out" in outcome.err
        found = rows(outcome)
        expected = found if expected is None else expected
        for name, column in found.items():
            np.testing.assert_allclose(column, expected[name], rtol=1e-9)
    assert list(expected) == ["mu_low", "mu_high", "mean_square", "coverage"]
    np.testing.assert_array_equal(np.isnan(expected["mean_square"]), [False] * 8 + [True] * 2)


def test_blank_of_whole_numbers(here, sky):
    stored = np.where(CAP, np.round(sky / 1e-7), -99_999_999).astype(np.int32)
    table = fits.BinTableHDU.from_columns([fits.Column("SIGNAL", "J", array=stored)])
    table.header.update({"TNULL1": -99_999_999, "TSCAL1": 1e-7})
    table.header.update({"PIXTYPE": "HEALPIX", "ORDERING": "RING", "NSIDE": NSIDE, "COORDSYS": "C"})
    table.writeto(here / "whole.fits")
    found = read_sky(here / "whole.fits", LMAX)
    assert found.seen is not None
    np.testing.assert_array_equal(found.seen.pixels, CAP)


def test_coverage_is_that_of_the_pixels(eddysky, here, sky):
    # All but 40° about a place that is no pole of anything.
    seen = N @ unit_vector((80.0, -20.0)) < np.cos(np.radians(40))
    found = rows(run(eddysky, here, np.where(seen, sky, np.nan)))
    place = np.minimum(((1 - N @ B) / 2 * BINS).astype(int), BINS - 1)
    counted = np.bincount(place, seen, BINS) / np.bincount(place, minlength=BINS)
    # A bin has 1200 pixels, some 5% of them on its edges; those are seen as often as the others nearly.
    assert np.max(np.abs(found["coverage"] - counted)) < 0.02
    assert np.mean(found["coverage"]) == pytest.approx(np.mean(seen), abs=1e-3)


def test_all_seen_is_the_mean_over_the_whole_bin(random_alm):
    alm = random_alm(LMAX, 2)
    everything = SeenPixels(np.ones(12, dtype=bool), "C")
    for bins in (1, 3, 40):
        grid = PitchAngleBins.from_lmax(LMAX, bins)
        found, coverage = covered_profile(alm, grid, 2, everything, B)
        expected = pitch_angle_profile(alm, grid, 2)
        # Rounding of sums of some thousand terms.
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        np.testing.assert_allclose(coverage, 1, rtol=1e-12)


def test_the_mean_is_over_seen_directions(random_alm):
    """Pixel by pixel at high resolution, of a sky whose dipole about x is in half of every bin."""
    alm, fine = random_alm(LMAX, 3), 128
    n = np.stack(healpy.pix2vec(fine, np.arange(12 * fine**2)), axis=1)
    good = n[:, 0] > 0.1
    grid = PitchAngleBins.from_lmax(LMAX, 4)
    found, _ = covered_profile(to_field_frame(alm, LMAX, B), grid, 2, SeenPixels(good, "C"), B)
    values = healpy.alm2map(np.where(healpy.Alm.getlm(LMAX)[0] < 2, 0, alm), fine)
    place = np.minimum(((1 - n @ B) / 2 * 4).astype(int), 3)
    expected = np.bincount(place[good], values[good] ** 2) / np.bincount(place[good])
    # Edges of the bins and of what was seen cut pixels of half a degree.
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_maps_that_saw_all_have_no_such_column(eddysky, here, sky):
    outcome = run(eddysky, here, sky)
    assert list(rows(outcome)) == ["mu_low", "mu_high", "mean_square"]
    assert "left out" not in outcome.err


def test_the_threshold(eddysky, here, sky):
    # Cut in the middle of the third bin from the right: its coverage is one half but for pixels on the edge.
    values = np.where(-(N @ B) < 0.45, sky, np.nan)
    kept = {}
    for least in (0, 0.1, 0.9, 1):
        outcome = run(eddysky, here, values, "--min-coverage", least)
        kept[least] = int(np.sum(np.isfinite(rows(outcome)["mean_square"])))
    assert kept[0] >= kept[0.1] == 8
    assert kept[0.9] == 7
    assert kept[1] <= 7
    none = run(eddysky, here, np.where(N[:, 0] > 0.9, sky, np.nan), "--min-coverage", 1)
    assert none.code == 2
    assert "lower --min-coverage" in none.err
    assert len(none.err.splitlines()) == 1
    for wrong in ("-0.1", "1.5", "nan"):
        outcome = run(eddysky, here, values, "--min-coverage", wrong)
        assert outcome.code == 2
        assert f"--min-coverage {wrong}: must be from 0 to 1" in outcome.err


def test_left_out_bins_do_not_scale_predictions(eddysky, here, sky):
    compare = ("--compare", "isotropic-diffusion", "-o", "figure.png")
    found = rows(run(eddysky, here, np.where(CAP, sky, np.nan), *compare))
    good = np.isfinite(found["mean_square"])
    shares = found["coverage"][good] / np.sum(found["coverage"][good])
    # Coverage is printed to four decimals.
    expected = np.sum(shares * found["mean_square"][good])
    predicted = found["isotropic-diffusion"]
    assert np.all(np.isnan(predicted) == ~good)
    np.testing.assert_allclose(np.sum(shares * predicted[good]), expected, rtol=1e-3)
    assert (here / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_column_of_numbers_of_events(eddysky, here, sky):
    """The same profile as of their relative intensity, made here ring by ring."""
    z = np.round(N[:, 2], 9)
    counts = np.where(CAP, np.rint(1e9 * (1.2 + z) * (1 + sky)), 0)
    intensity = np.full(len(sky), np.nan)
    for latitude in np.unique(z[CAP]):
        ring = CAP & (z == latitude)
        intensity[ring] = counts[ring] / counts[ring].mean() - 1
    expected = rows(run(eddysky, here, intensity))
    columns = {"column_names": ["NOISE", "EVENTS"]}
    found = run(eddysky, here, [sky, counts], "--column", "events", **columns)
    assert "EVENTS holds numbers of events: divided by their mean on each ring" in found.err
    np.testing.assert_allclose(rows(found)["mean_square"], expected["mean_square"], rtol=1e-6)
    refused = run(eddysky, here, [sky, counts], "--column", "3", **columns)
    assert (refused.code, refused.out) == (2, "")
    assert "column 3: must be NOISE, EVENTS or a number from 1 to 2" in refused.err
