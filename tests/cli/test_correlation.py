"""`eddysky correlation` and `eddysky pitch-angle` of results: what they print is what the library measures."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, read, simulate
from eddysky.validation import correlate
from eddysky.validation.comparison.pitch_angle import compare_profile

SMALL = {"sky.nside": 8, "sky.lmax": 12, "flow.modes": 256, "flow.inner_scale": "4 pc"}
PARALLEL = {"transport.mode": "parallel"}
RANDOM = PARALLEL | {"transport.magnetic_field": "random"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ensembles: isotropic with and without a_lm, parallel, and a parallel one that is too small."""
    folder = tmp_path_factory.mktemp("skies")
    for name, settings, alms in (
        ("iso.h5", {"ensemble.realizations": 30}, 30),
        ("bare.h5", {"ensemble.realizations": 10}, 0),
        ("par.h5", PARALLEL | {"ensemble.realizations": 300}, 0),
        ("few.h5", PARALLEL | {"ensemble.realizations": 5}, 0),
        ("low.h5", PARALLEL | {"ensemble.realizations": 100, "sky.lmax": 2}, 0),
        ("random.h5", RANDOM | {"ensemble.realizations": 300}, 0),
    ):
        simulate(Config().replace(SMALL | settings), folder / name, maps=0, alms=alms)
    return folder


@pytest.fixture
def skies(folder, here, monkeypatch):
    """Work in the folder of the ensembles."""
    monkeypatch.chdir(folder)
    return folder


def rows(text):
    header, *lines = text.splitlines()
    return header, np.array([[float(cell) for cell in line.split(",")] for line in lines])


def test_tables_are_those_of_the_library(eddysky, skies):
    for name in ("iso.h5", "par.h5"):
        found = correlate(read(name))
        header, table = rows(eddysky("correlation", name, "--csv").out)
        assert header == "ell,ell2,measured,error,predicted"
        i, j = np.triu_indices(len(found.ell))
        assert np.array_equal(table[:, :2], np.stack([found.ell[i], found.ell[j]], axis=1))
        for column, values in zip(
            table.T[2:], (found.measured, found.error, found.predicted), strict=True
        ):
            assert np.allclose(column, values[i, j], rtol=1e-11)
        profile = compare_profile(read(name), 8, 3, 10)
        options = ["--bins", 8, "--lmin", 3, "--lmax", 10, "--csv"]
        header, table = rows(eddysky("pitch-angle", name, *options).out)
        assert header == "mu_low,mu_high,measured,error,predicted"
        assert np.allclose(table[:, 0], profile.edges[:-1], atol=1e-12)
        assert np.allclose(table[:, 2], profile.measured, rtol=1e-11)
        assert np.allclose(table[:, 4], profile.predicted, rtol=1e-11)
        # Each verdict would fail for one true theory in a few hundred; the seed is fixed.
        assert profile.chi2.p_value > 1e-3


def test_words_and_figures(eddysky, skies):
    outcome = eddysky("correlation", "par.h5", "-o", "matrix.png", "--lmax", 8)
    assert "about the magnetic field: 300 realisations, l = 1-8" in outcome.out
    assert outcome.out.count("p = ") == 5
    assert (skies / "matrix.png").read_bytes().startswith(b"\x89PNG")
    assert "averaged over m: 30 realisations" in eddysky("correlation", "iso.h5").out
    outcome = eddysky("pitch-angle", "iso.h5", "-o", "profile.png")
    assert "(30 realisations)" in outcome.out
    assert (skies / "profile.png").read_bytes().startswith(b"\x89PNG")


def test_pitch_angle_about_fields_of_random_direction(eddysky, skies):
    """Each sky is seen about its own field, so the prediction is that of any one direction."""
    _, table = rows(eddysky("pitch-angle", "random.h5", "--csv").out)
    _, fixed = rows(eddysky("pitch-angle", "par.h5", "--csv").out)
    assert np.array_equal(table[:, 4], fixed[:, 4])
    # False-alarm probability 1e-3; the seed is fixed.
    assert compare_profile(read("random.h5")).chi2.p_value > 1e-3


def test_results_are_known_by_what_they_hold(eddysky, skies):
    """Whatever the name; a sky prints CSV by default, results a table."""
    (skies / "copy.dat").write_bytes((skies / "par.h5").read_bytes())
    assert eddysky("pitch-angle", "copy.dat").out == eddysky("pitch-angle", "par.h5").out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["correlation", "none.h5"], "none.h5: no such file"),
        (["correlation", "iso.h5", "--frame", "field"], 'iso.h5: frame "field": needs'),
        (["correlation", "par.h5", "--frame", "equatorial"], '"random"'),
        (["correlation", "par.h5", "--lmax", "2"], "--lmax"),
        (["correlation", "par.h5", "--lmax", "99"], "par.h5: lmax = 99: at most 12"),
        (["correlation", "low.h5"], "low.h5: lmax = 2: leaves 2 from l = 1 on"),
        (["correlation", "bare.h5"], "bare.h5: holds no a_lm"),
        (["pitch-angle", "bare.h5"], "bare.h5: holds no a_lm"),
        (["pitch-angle", "par.h5", "--lmax", "99"], "par.h5: lmin = 2, lmax = 99: need"),
        (["pitch-angle", "par.h5", "--lmin", "9", "--lmax", "5"], "par.h5: lmin = 9, lmax = 5"),
        (["pitch-angle", "par.h5", "--bins", "0"], "--bins"),
        (["pitch-angle", "few.h5"], "few.h5: too few realisations"),
        (["pitch-angle", "none.h5"], "none.h5: no such file"),
        (
            ["pitch-angle", "par.h5", "--magnetic-field", "1", "2"],
            "--magnetic-field: for a sky only",
        ),
        (
            ["pitch-angle", "par.h5", "--input-coordinates", "galactic"],
            "--input-coordinates: for a sky only",
        ),
        (["pitch-angle", "par.h5", "--compare", "zl25-fig1"], "--compare: for a sky only"),
        (["pitch-angle", "par.h5", "--absolute"], "--normalised/--absolute: for a sky only"),
        (["pitch-angle", "par.h5", "--min-coverage", "0.5"], "--min-coverage: for a sky only"),
    ],
)
def test_what_cannot_be_done_is_said(eddysky, skies, command, words):
    outcome = eddysky(*command)
    assert outcome.code == 2
    assert words in outcome.err
    assert len(outcome.err.strip().splitlines()) <= 2


def test_a_missing_file_is_named_once(eddysky):
    outcome = eddysky("correlation", "none.h5")
    assert (outcome.code, outcome.err) == (2, "eddysky: error: none.h5: no such file\n")
