"""Input that nobody means: endless files, huge numbers, deep nesting, control characters. One or two lines, code 2."""

from __future__ import annotations

import os

import numpy as np
import pytest
from astropy.io import fits

DIGITS = "9" * 5000


def refused(outcome, *words):
    assert outcome.code == 2, outcome.err
    assert outcome.out == ""
    assert 1 <= len(outcome.err.splitlines()) <= 2
    assert all(c.isprintable() for c in outcome.err if c != "\n")
    for word in words:
        assert word in outcome.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"[flow]\nmodes = {DIGITS}", ["digits"]),
        ("[flow]\nx = " + "[" * 20_000, ["recursion"]),
        ("x = " + "{a=" * 20_000, ["recursion"]),
        ("a." * 20_000 + "b = 1", ["dots"]),
        (
            '[flow]\nspectrum = "table"\n[flow.table]\nwavenumber = [0.1, 1.0]\n'
            f"spectrum = [1.0, 1{'0' * 400}]",
            ["finite"],
        ),
    ],
    ids=["digits", "brackets", "tables", "dots", "1e400"],
)
def test_configurations(eddysky, here, text, words):
    (here / "run.toml").write_text(text)
    refused(eddysky("show", "run.toml"), *words)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (f"flow.modes={DIGITS}", ["flow.modes"]),
        ("flow.index=1.5\nflow.modes=7", ["one KEY=VALUE"]),
        ('flow.spectrum="a\\u001b[31m\\u0000"', ["flow.spectrum", "\\x1b[31m"]),
        ("flow.velocity_dispersion=300 K", ["K is not the unit of a speed"]),
        ("flow.table=~nouser/x", ["flow.table", "home folder"]),
    ],
    ids=["digits", "newline", "escapes", "unit", "home"],
)
def test_settings(eddysky, setting, words):
    table = ["--set", "flow.spectrum=table"] if "table" in setting else []
    refused(eddysky("show", "isotropic-diffusion", *table, "--set", setting), *words)


FILES = [
    *(
        (name,)
        for name in ("show", "predict", "run", "scales", "fit", "pitch-angle", "info", "validate")
    ),
    *((name,) for name in ("correlation", "plot", "merge", "verify")),
    ("scan", "--grid", "flow.index=1.5,1.6", "-o", "points"),
    ("export", "--csv", "out.csv"),
    ("run", "zl24-fig1", "--data"),
    ("fit", "measured.csv", "--config"),
]


@pytest.mark.parametrize("command", FILES, ids=" ".join)
@pytest.mark.parametrize("name", ["/dev/zero", "pipe.toml", "link.h5", ".", "/proc/self/mem"])
def test_what_is_no_file(eddysky, here, command, name):
    """A pipe without a writer would be waited for, a device read until memory ends."""
    os.mkfifo(here / "pipe.toml")
    (here / "link.h5").symlink_to("/dev/urandom")
    (here / "measured.csv").write_text("ell,c_ell,error\n2,1e-8,1e-9\n3,1e-8,1e-9\n")
    more = ["-o", "joined.h5"] if command == ("merge",) else []
    refused(eddysky(*command, name, *more))


def test_endless_maps(eddysky, here):
    """A file that takes no room on the disk and 40 GB in memory."""
    with (here / "map.fits").open("wb") as file:
        file.write(b"SIMPLE  =                    T")
        file.truncate(40_000_000_000)
    refused(eddysky("pitch-angle", "map.fits"), "map.fits", "at most 8000000000")


def test_endless_count_in_a_comment(eddysky, here):
    lines = ["ell,c_ell,error", f"# eddysky: realizations = {DIGITS}", "2,1e-8,1e-9", "3,1e-8,1e-9"]
    (here / "sky.csv").write_text("\n".join(lines))
    refused(eddysky("fit", "sky.csv"), "sky.csv", "realizations")


def test_a_fault_of_ours_is_not_blamed_on_the_map(eddysky, here, monkeypatch):
    fits.BinTableHDU.from_columns(
        [fits.Column("SIGNAL", "D", array=np.arange(192.0) - 95.5)],
        header=fits.Header({"PIXTYPE": "HEALPIX", "ORDERING": "RING", "NSIDE": 4}),
    ).writeto(here / "map.fits")

    def fail(*_):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("eddysky.simulator.io.sky_fits.analyse_map", fail)
    assert eddysky("pitch-angle", "map.fits").code == 3


def test_values_whose_squares_overflow(eddysky, here):
    column = fits.Column("SIGNAL", "D", array=np.where(np.arange(192) == 7, 1e200, 0.0))
    header = fits.Header({"PIXTYPE": "HEALPIX", "ORDERING": "RING", "NSIDE": 4})
    fits.BinTableHDU.from_columns([column], header=header).writeto(here / "map.fits")
    refused(eddysky("pitch-angle", "map.fits"), "map.fits", "1e+200", "1e+60")
