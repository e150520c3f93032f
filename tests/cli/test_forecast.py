"""`eddysky forecast`."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from eddysky import Config, Survey
from eddysky import forecast as forecast_in_python

SMALL = ("--set", "sky.nside=16", "--set", "sky.lmax=20")
FULL = ("--events", "1e11", "--field", "full")
COLUMNS = [
    "ell",
    "c_ell",
    "signal",
    "noise",
    "error",
    "relative_error",
    "events_detected",
    "events_measured",
]


@pytest.fixture(scope="module")
def found():
    config = Config().replace({"sky.nside": 16, "sky.lmax": 20})
    return forecast_in_python(config, Survey("full", (1e11,), 16))


def test_table_and_words(eddysky, found):
    outcome = eddysky("forecast", *SMALL, *FULL)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split() == COLUMNS
    assert [line.split()[0] for line in lines[1:20]] == [str(ell) for ell in range(2, 21)]
    assert "\n".join(lines[20:]) == str(found)
    for words in (
        "full, 1e+11 events, 100.0% of the sky, without m = 0",
        "noise level 4 pi f_sky/N = 1.257e-10",
        "stands out up to l = 20, the highest multipole",
        "at l = 2-9: cosmic variance",
        "velocity_dispersion = 20 +- ",
        "if transport is isotropic",
    ):
        assert words in outcome.out


def test_csv(eddysky, found):
    outcome = eddysky("forecast", *SMALL, *FULL, "--csv")
    header, *lines = outcome.out.splitlines()
    assert header.split(",") == COLUMNS
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    for name, column in zip(COLUMNS, table.T, strict=True):
        np.testing.assert_allclose(column, getattr(found, name), rtol=1e-11)


def test_json(eddysky, found):
    values = json.loads(eddysky("forecast", *SMALL, *FULL, "--json").out)
    assert values["noise_level"] == found.noise_level
    assert values["signal_stands_out_to"] == found.highest == 20
    index = found.parameters[1]
    assert values["parameters"]["index"] == {
        "value": index.value, "unit": "", "error": index.error, "whole_sky_error": index.whole_sky_error,
    }  # fmt: skip
    assert set(values["other_transports"]) == {"parallel", "drift-kinetic"}
    # JSON has no infinity.
    assert values["events_measured"][0] is None
    assert math.isinf(found.events_measured[0])
    np.testing.assert_array_equal(values["covariance"], found.covariance)


def test_options_reach_the_survey(eddysky):
    options = ("--keep-zonal", "--point-spread", "3deg", "--lmin", "3", "--nside", "32")
    values = json.loads(eddysky("forecast", *SMALL, *FULL, *options, "--json").out)
    config = Config().replace({"sky.nside": 16, "sky.lmax": 20})
    survey = Survey("full", (1e11,), 32, point_spread=3.0, keep_zonal=True)
    expected = forecast_in_python(config, survey, lmin=3)
    assert values["ell"][0] == 3
    np.testing.assert_array_equal(values["signal"], expected.signal)
    np.testing.assert_array_equal(values["error"], expected.error)


def test_figure(eddysky, tmp_path):
    path = tmp_path / "forecast.png"
    outcome = eddysky("forecast", *SMALL, *FULL, "-o", path)
    assert (outcome.code, outcome.err) == (0, f"eddysky: figure: {path}\n")
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--events", "0", "--field", "full"), "--events = 0: must be from 1 to "),
        (("--events", "1", "--field", "full"), "events = 1: at least "),
        (("--events", "nan", "--field", "full"), "--events = nan"),
        (("--events", "1e30", "--field", "full"), "--events = 1e+30"),
        (("--events", "1e11", "--field", "south"), "field south: no such field"),
        (("--events", "1e11", "--field", "dec:10,10.1"), "no centre of a pixel"),
        ((*FULL, "--set", "flow.velocity_dispersion=0 km/s"), "a forecast needs turbulence"),
        ((*FULL, "--set", "sky.lmax=1"), "lmin = 2: must be from 1 to sky.lmax = 1"),
        ((*FULL, "--csv", "--json"), "--csv, --json: give one of them"),
        ((*FULL, "-o", "forecast.txt"), "forecast.txt: must end in"),
        (("--events", "1e11"), "Missing option '--field'"),
    ],
)
def test_bad_input_is_one_line(eddysky, arguments, words):
    outcome = eddysky("forecast", "--set", "sky.nside=16", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_masks(eddysky, tmp_path):
    import healpy

    longitude, latitude = healpy.pix2ang(16, np.arange(12 * 16**2), lonlat=True)
    for name, seen in (("south", latitude < -20), ("patch", (latitude < -20) & (longitude < 90))):
        healpy.write_map(tmp_path / f"{name}.fits", seen.astype(np.float64), coord="C")
    south = ("--events", "1e11", "--field", tmp_path / "south.fits")
    found = json.loads(eddysky("forecast", *SMALL, *south, "--json").out)
    band = ("--events", "1e11", "--field", "dec:-90,-20")
    same = json.loads(eddysky("forecast", *SMALL, *band, "--json").out)
    np.testing.assert_allclose(found["error"], same["error"], rtol=1e-9)
    assert found["skies_drawn"] == 0
    patch = ("--events", "1e11", "--field", tmp_path / "patch.fits")
    outcome = eddysky("forecast", *SMALL, *patch)
    assert outcome.code == 0
    assert "depends on right ascension: errors are those of 1000 drawn skies" in outcome.out
    assert "whole skies" not in outcome.out
    values = json.loads(eddysky("forecast", *SMALL, *patch, "--json").out)
    assert values["skies_drawn"] == 1000
    assert values["parameters"]["index"]["whole_sky_error"] is None
