"""`eddysky correlation` and `eddysky mean-square`: what they print is what the library measures."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, read, simulate
from eddysky.validation import correlate
from eddysky.validation.comparison.mean_square import compare_mean_square

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
        profile = compare_mean_square(read(name), 8, 3, 10)
        options = ["--bins", 8, "--lmin", 3, "--lmax", 10, "--csv"]
        header, table = rows(eddysky("mean-square", name, *options).out)
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
    outcome = eddysky("mean-square", "iso.h5", "-o", "profile.png")
    assert "(30 realisations)" in outcome.out
    assert (skies / "profile.png").read_bytes().startswith(b"\x89PNG")


def test_mean_square_about_fields_of_random_direction(eddysky, skies):
    """Each sky is seen about its own field, so the prediction is that of any one direction."""
    _, table = rows(eddysky("mean-square", "random.h5", "--csv").out)
    _, fixed = rows(eddysky("mean-square", "par.h5", "--csv").out)
    assert np.array_equal(table[:, 4], fixed[:, 4])
    # False for a true theory in a few hundred; the seed is fixed.
    assert compare_mean_square(read("random.h5")).chi2.p_value > 1e-3


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
        (["mean-square", "bare.h5"], "bare.h5: holds no a_lm"),
        (["mean-square", "par.h5", "--lmax", "99"], "par.h5: lmin = 2, lmax = 99: need"),
        (["mean-square", "par.h5", "--lmin", "9", "--lmax", "5"], "par.h5: lmin = 9, lmax = 5"),
        (["mean-square", "par.h5", "--bins", "0"], "--bins"),
        (["mean-square", "few.h5"], "few.h5: too few realisations"),
    ],
)
def test_what_cannot_be_done_is_said(eddysky, skies, command, words):
    outcome = eddysky(*command)
    assert outcome.code == 2
    assert words in outcome.err
    assert len(outcome.err.strip().splitlines()) <= 2
