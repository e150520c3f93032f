"""`eddysky pitch-angle`: from a map or a table to numbers, beside predictions, and what it refuses."""

from __future__ import annotations

import csv
import io

import healpy
import numpy as np
import pytest

from eddysky.simulator import Config, read
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile
from eddysky.validation.theory.pitch_angle import predict_profile

SMALL = {
    "sky.nside": 16,
    "flow.modes": 64,
    "ensemble.realizations": 2,
    "transport.mode": "parallel",
}
# Digits of the printed numbers.
PRINTED = 1e-11


@pytest.fixture
def sky(eddysky, here, options, no_figures):
    """A FITS map of one simulated sky: parallel diffusion."""
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(SMALL)).code == 0
    assert eddysky("export", "out.h5", "--fits", "sky.fits").code == 0
    return here / "sky.fits"


@pytest.fixture
def table(here):
    """A table of a_ℓm: a pure quadrupole about the pole."""
    path = here / "sky.csv"
    path.write_text("ell,m,re,im\n2,0,1,0\n2,1,0,0\n2,2,0,0\n")
    return path


def columns(outcome):
    assert outcome.code == 0
    names, *rows = csv.reader(io.StringIO(outcome.out))
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def test_a_map(eddysky, sky):
    found = columns(eddysky("pitch-angle", sky, "--lmax", 12, "--bins", 8))
    assert list(found) == ["mu_low", "mu_high", "mean_square"]
    np.testing.assert_allclose(found["mu_low"], np.linspace(-1, 1, 9)[:-1], atol=PRINTED)
    np.testing.assert_allclose(found["mu_high"], np.linspace(-1, 1, 9)[1:], atol=PRINTED)
    alm = healpy.map2alm(read(sky.with_name("out.h5")).maps[0].astype(float), lmax=12, iter=3)
    expected = pitch_angle_profile(
        to_field_frame(alm, 12, unit_vector((229.2, 11.4))), PitchAngleBins.from_lmax(12, 8)
    )
    np.testing.assert_allclose(found["mean_square"], expected, rtol=1e-9)


def test_the_sky_depends_on_the_pitch_angle_alone(eddysky, sky):
    # About its own field nothing is averaged over azimuth; about another direction that evens out the bins.
    about_field = columns(eddysky("pitch-angle", sky, "--lmax", 8))["mean_square"]
    elsewhere = columns(eddysky("pitch-angle", sky, "--lmax", 8, "--magnetic-field", 139.2, -5))
    assert np.std(about_field) > 2 * np.std(elsewhere["mean_square"])
    assert np.mean(about_field) == pytest.approx(np.mean(elsewhere["mean_square"]), rel=1e-9)


def test_a_table_by_hand(eddysky, table):
    arguments = ("--magnetic-field", 0, 90, "--bins", 2)
    outcome = eddysky("pitch-angle", table, *arguments)
    found = columns(outcome)
    np.testing.assert_allclose(found["mean_square"], 1 / (4 * np.pi), rtol=PRINTED)
    assert "coordinates taken to be equatorial" in outcome.err
    outcome = eddysky("pitch-angle", table, *arguments, "--input-coordinates", "equatorial")
    assert outcome.err == ""
    # About an axis at right angles Y_20 is −½ Y_20 − √(3/8) (Y_22 + Y_2−2).
    across = columns(eddysky("pitch-angle", table, "--magnetic-field", 30, 0, "--bins", 4))
    mu = np.polynomial.Polynomial([0, 1])
    square = 5 / (16 * np.pi) * ((3 * mu**2 - 1) ** 2 / 4 + 9 / 8 * (1 - mu**2) ** 2)
    expected = np.diff(square.integ()(np.linspace(-1, 1, 5))) / 0.5
    np.testing.assert_allclose(across["mean_square"], expected, rtol=1e-9)


def test_columns_for_the_eye(eddysky, table):
    outcome = eddysky("pitch-angle", table, "--bins", 2, "--table")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["mu_low", "mu_high", "mean_square"]
    assert [len(line.split()) for line in lines] == [3, 3, 3]
    assert len({len(line) for line in lines}) == 1


def test_predictions_as_they_are_and_scaled(eddysky, sky, here):
    (here / "mine.toml").write_text('[transport]\nmode = "parallel"\n[sky]\nnside = 16\n')
    config = Config.from_toml(here / "mine.toml")
    expected = predict_profile(config, 5, 3, 12)
    arguments = ("pitch-angle", sky, "--lmin", 3, "--lmax", 12, "--bins", 5)
    compare = ("--compare", "mine.toml", "--compare", "zl25-fig3-spectra")
    found = columns(eddysky(*arguments, *compare, "--absolute"))
    assert list(found)[3::2] == [
        "mine", "zl25-fig3-spectra/isotropic", "zl25-fig3-spectra/parallel"
    ]  # fmt: skip
    np.testing.assert_allclose(found["mine"], expected.mean, rtol=PRINTED)
    np.testing.assert_allclose(found["mine_spread"], expected.spread, rtol=PRINTED)
    scaled = columns(eddysky(*arguments, *compare))
    total = np.mean(scaled["mean_square"])
    for name in list(found)[3::2]:
        assert np.mean(scaled[name]) == pytest.approx(total, rel=10 * PRINTED)
        ratio = scaled[name] / found[name]
        np.testing.assert_allclose(ratio, ratio[0], rtol=10 * PRINTED)
        # A sky's own total is taken out of the scatter.
        relative = scaled[f"{name}_spread"] / scaled[name]
        assert np.all(relative < 1.2 * found[f"{name}_spread"] / found[name])


def test_a_figure(eddysky, sky, here):
    first = eddysky(
        "pitch-angle", sky, "--lmax", 8, "--compare", "isotropic-diffusion", "-o", "figure.png"
    )
    named = f"eddysky: {sky}: about the field that it names, RA 229.2, Dec 11.4\n"
    assert (first.code, first.err) == (0, f"eddysky: figure: figure.png\n{named}")
    assert (here / "figure.png").read_bytes().startswith(b"\x89PNG")
    (here / "a$b$.csv").write_text("ell,m,re,im\n2,0,0,0\n2,1,0,0\n2,2,0,0\n")
    nothing = eddysky("pitch-angle", "a$b$.csv", "-o", "nothing.pdf")
    assert nothing.code == 0
    assert (here / "nothing.pdf").read_bytes().startswith(b"%PDF")


def test_the_field_of_a_simulated_sky_comes_along(eddysky, here):
    """`export` writes it into the file, and `pitch-angle` turns to it unless told otherwise."""
    settings = {
        "transport.mode": "parallel",
        "transport.magnetic_field": "[45.0, -30.0]",
        "sky.nside": 8,
        "flow.modes": 64,
        "ensemble.realizations": 1,
    }
    given = [text for item in settings.items() for text in ("--set", "{}={}".format(*item))]
    assert eddysky("run", "-o", "par.h5", "--quiet", *given).code == 0
    assert eddysky("export", "par.h5", "--fits", "par.fits").code == 0
    own = eddysky("pitch-angle", "par.fits", "--bins", 4)
    assert "about the field that it names, RA 45, Dec -30" in own.err
    assert (
        own.out == eddysky("pitch-angle", "par.fits", "--bins", 4, "--magnetic-field", 45, -30).out
    )
    assert own.out != eddysky("pitch-angle", "par.fits", "--bins", 4, "--magnetic-field", 9, 9).out


def test_a_part_of_the_sky_is_said(eddysky, here):
    values = np.random.default_rng(1).normal(size=768)
    values[600:] = healpy.UNSEEN
    healpy.write_map(here / "part.fits", values, coord="C", dtype=np.float64)
    outcome = eddysky("pitch-angle", "part.fits")
    assert outcome.code == 0
    assert "part.fits: seen on 0.781 of the sky" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.csv"], ["none.csv", "No such file"]),
        (["bad.csv"], ["bad.csv: line 3, column 2 (m) = 3", "from -ell to ell"]),
        (["bad.fits"], ["bad.fits", "FITS"]),
        (["sky.csv", "--lmax", "3"], ["sky.csv: lmax = 3: at most 2"]),
        (["map.fits", "--lmax", "9"], ["map.fits: lmax = 9: at most 2 nside = 8"]),
        (["sky.csv", "--lmin", "3"], ["lmin = 3: at most lmax = 2"]),
        (["sky.csv", "--lmin", "0"], ["--lmin", "0"]),
        (["sky.csv", "--bins", "0"], ["--bins", "0"]),
        (["sky.csv", "--bins", "1001"], ["--bins", "1001"]),
        (["sky.csv", "--magnetic-field", "400", "0"], ["RA = 400", "from 0 to below 360"]),
        (["sky.csv", "--magnetic-field", "0", "-91"], ["Dec = -91", "from -90 to 90"]),
        (["sky.csv", "--magnetic-field", "nan", "0"], ["RA = nan"]),
        (["sky.csv", "--magnetic-field", "10"], ["--magnetic-field"]),
        (["sky.csv", "--input-coordinates", "polar"], ["--input-coordinates", "polar", "galactic"]),
        (
            ["map.fits", "--input-coordinates", "galactic"],
            ["galactic: the file says", "equatorial"],
        ),
        (["sky.csv", "--compare", "nothing"], ["nothing", "no such scenario"]),
        (["sky.csv", "--compare", "shear-flow"], ["shear-flow", "is not predicted"]),
        (["sky.csv", "--compare", "diffuse-dipole"], ["diffuse-dipole", "predicts nothing"]),
        (["sky.csv", "-o", "figure.txt"], ["figure.txt", ".png"]),
        (["sky.csv", "-o", "none/figure.png"], ["figure.png", "No such file"]),
        ([], ["OUT.h5|OBS.h5|SKY"]),
    ],
)
def test_bad_input(eddysky, table, here, arguments, words):
    (here / "bad.csv").write_text("ell,m,re,im\n2,0,1,0\n2,3,1,1\n")
    (here / "bad.fits").write_text("no")
    healpy.write_map(here / "map.fits", np.arange(192.0), coord="C", dtype=np.float64)
    outcome = eddysky("pitch-angle", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    complaint = outcome.err.splitlines()
    assert 1 <= len(complaint) <= 2
    assert complaint[0].startswith("eddysky: error: ")
    for word in words:
        assert word in outcome.err
