"""`eddysky predict`."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.table import Table

from eddysky.scenarios import SCENARIOS
from eddysky.validation import predict
from eddysky.validation.theory.particle_noise import particle_noise

DEFAULT = next(iter(SCENARIOS))


@pytest.mark.parametrize("arguments", [[], ["--csv"]])
@pytest.mark.parametrize(
    "target", [DEFAULT, "free-path-law/exponential", "relaxation-depth/fixed-5", "shear-flow"]
)
def test_predict_prints_the_prediction(eddysky, target, arguments):
    outcome = eddysky("predict", target, "--set", "flow.index=1.6", *arguments)
    assert outcome.code == 0
    assert outcome.err == ""
    header, *lines = outcome.out.splitlines()
    assert header == "ell,c_ell"
    name, _, variant = target.partition("/")
    expected = predict(SCENARIOS[name].config(variant, {"flow.index": 1.6}))
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    np.testing.assert_array_equal(table[:, 0], expected.ell)
    # Twelve digits after the point are printed.
    np.testing.assert_allclose(table[:, 1], expected.c_ell, rtol=1e-12)


def test_the_first_of_several_variants_is_named(eddysky):
    outcome = eddysky("predict", "free-path-law", "--set", "sky.nside=8")
    assert outcome.code == 0
    count = len(SCENARIOS["free-path-law"].variants)
    assert f"the first of {count} variants; `eddysky show free-path-law` lists them" in outcome.err


def test_predict_tells_the_noise_of_particles(eddysky):
    target = ("free-path-law/exponential", "--set", "sky.nside=32", "--particles", 200_000)
    outcome = eddysky("predict", *target)
    header, *lines = outcome.out.splitlines()
    assert (outcome.code, header) == (0, "ell,c_ell,noise")
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    config = SCENARIOS["free-path-law"].config("exponential", {"sky.nside": 32})
    np.testing.assert_allclose(table[:, 2], particle_noise(config, 200_000), rtol=1e-12)
    crossing = int(np.flatnonzero(table[:, 1] > table[:, 2])[-1])
    line = outcome.err.strip()
    assert line.startswith("eddysky: shot noise of 200000 particles: N_l = ")
    assert f"equal to C_l at l = {crossing}; 100 realisations show C_l up to " in line
    aligned = eddysky("predict", *target, "--table")
    assert aligned.out.splitlines()[0].split() == ["ell", "c_ell", "noise"]
    assert aligned.err == outcome.err


def test_stratified_particles_have_less(eddysky):
    set_stratified = ("--set", "sky.sampling=stratified", "--set", "sky.nside=8")
    outcome = eddysky("predict", *set_stratified, "--particles", 1000)
    assert outcome.err.endswith("; stratified particles have less\n")


@pytest.mark.parametrize("number", ["15", "1.5", "-1"])
def test_impossible_numbers_of_particles(eddysky, number):
    outcome = eddysky("predict", "--particles", number)
    assert outcome.code == 2
    assert "--particles" in outcome.err


def test_one_line_where_the_sky_depends_on_the_end_of_the_band(eddysky):
    """On standard error; the table is as ever."""
    drift = ("--set", "transport.mode=drift-kinetic", "--set", "sky.nside=8")
    outcome = eddysky("predict", DEFAULT, *drift, "--set", "flow.inner_scale=1 pc")
    assert outcome.code == 0
    assert outcome.out.startswith("ell,c_ell\n")
    (line,) = outcome.err.splitlines()
    assert line.startswith("eddysky: drift-kinetic skies of compressible flows depend on the end")
    assert "k_max λ = 62.8" in line
    assert eddysky("predict", DEFAULT, *drift, "--set", "flow.polarization=slow").err == ""


def test_ecsv_read_by_astropy(eddysky, here):
    outcome = eddysky("predict", "--ecsv", "--set", "sky.nside=8", "--particles", 1000)
    (here / "c.ecsv").write_text(outcome.out)
    table = Table.read(here / "c.ecsv")
    config = SCENARIOS[DEFAULT].config("", {"sky.nside": 8})
    assert table.colnames == ["ell", "c_ell", "noise"]
    np.testing.assert_array_equal(table["c_ell"], predict(config).c_ell)
    assert (table.meta["content"], table.meta["mean_free_path"]) == ("prediction", "10 pc")


@pytest.mark.parametrize("other", ["--csv", "--table"])
def test_one_form_at_a_time(eddysky, other):
    outcome = eddysky("predict", "--ecsv", other)
    assert outcome.code == 2
    assert "--csv/--table: not with --ecsv" in outcome.err
