"""`eddysky fit` of real measurements: several energies, bands, covariances, masks and observations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.observation.observation_file import write_observation
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey

ELL = np.arange(2, 13)
C_ELL = 2.6e-7 * (ELL + 0.5) ** -2.67
HEAD = "ell,c_ell,error\n"


def rows(*columns):
    return "".join(
        ",".join(f"{value:.8g}" for value in row) + "\n" for row in zip(*columns, strict=True)
    )


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """What would be drawn; one test of these draws."""
    calls = []
    monkeypatch.setattr("eddysky.validation.plots.plot_fits", lambda *given: calls.append(given))
    return calls


@pytest.fixture
def data(here):
    (here / "data.csv").write_text(HEAD + rows(ELL, C_ELL, 0.1 * C_ELL))
    (here / "other.csv").write_text(
        "# eddysky: energy = 40 TeV\n" + HEAD + rows(ELL, 1.36 * C_ELL, 0.1 * C_ELL)
    )
    np.save(here / "v.npy", np.diag((0.1 * C_ELL) ** 2))
    np.savetxt(here / "v.csv", np.diag((0.1 * C_ELL[2:]) ** 2), delimiter=",")
    low, high = ELL[:-1:2], ELL[1::2]
    c_ell = 0.5 * (C_ELL[:-1:2] + C_ELL[1::2])
    (here / "bands.csv").write_text(
        "ell_min,ell_max,c_ell,error_low,error_high\n"
        + rows(low, high, c_ell, 0.1 * c_ell, 0.15 * c_ell)
    )
    return "data.csv"


def fitted(outcome):
    assert (outcome.code, outcome.err) == (0, "")
    return json.loads(outcome.out)


def test_several_energies(eddysky, data, drawn):
    found = fitted(
        eddysky("fit", data, "other.csv", "--json", "--energy", "10 TeV", "--energy", "40 TeV")
    )
    assert found["data"] == [data, "other.csv"]
    assert found["sources"]["energy"] == "--energy"
    energies = [each["fixed"]["energy"]["value"] for each in found["fits"][0]["spectra"]]
    assert energies == [10, 40]
    assert drawn[0][1].name == "data.fit.png"
    # The comments of a table state it too.
    stated = fitted(eddysky("fit", data, "other.csv", "--json"))
    assert stated["fits"][0]["parameters"] == found["fits"][0]["parameters"]
    outcome = eddysky("fit", data, "other.csv")
    assert "data.csv: 11 multipoles, l = 2-12\nother.csv: 11 multipoles" in outcome.out
    assert "energy = 10, 40 TeV" in outcome.out


def test_covariances_bands_and_windows(eddysky, data, here):
    plain = fitted(eddysky("fit", data, "--json"))["fits"][0]
    full = fitted(eddysky("fit", data, "--json", "--covariance", "v.npy"))["fits"][0]
    assert full["statistic"] == pytest.approx(plain["statistic"])
    # A covariance of the multipoles that are used, or of all that are in the table.
    used = fitted(eddysky("fit", data, "--json", "--covariance", "v.csv", "--lmin", 4))["fits"][0]
    cut = fitted(eddysky("fit", data, "--json", "--covariance", "v.npy", "--lmin", 4))["fits"][0]
    assert used["parameters"]["index"]["value"] == pytest.approx(
        cut["parameters"]["index"]["value"], rel=1e-6
    )
    bands = fitted(eddysky("fit", "bands.csv", "--json"))["fits"][0]["spectra"][0]
    assert bands["bands"][:2] == [[2, 3], [4, 5]]
    window = np.zeros((11, 13))
    window[np.arange(11), ELL] = 1
    np.savetxt(here / "w.txt", window)
    same = fitted(eddysky("fit", data, "--json", "--window", "w.txt"))["fits"][0]
    assert same["statistic"] == pytest.approx(plain["statistic"], rel=1e-6)


def test_cosmic_variance_of_a_part_of_the_sky(eddysky, data):
    given = ("--likelihood", "cosmic-variance", "--fix", "index=1.6667", "--json")
    whole = fitted(eddysky("fit", data, *given))["fits"][0]["parameters"]
    part = fitted(eddysky("fit", data, *given, "--sky-fraction", 0.25))["fits"][0]["parameters"]
    name = "velocity_dispersion"
    assert part[name]["error"] == pytest.approx(2 * whole[name]["error"], rel=0.1)
    both = fitted(eddysky("fit", data, *given, "--likelihood", "errors+cosmic-variance"))
    assert both["likelihood"] == "errors+cosmic-variance"
    assert both["fits"][0]["parameters"][name]["error"] > whole[name]["error"]


def test_masks(eddysky, data, here):
    import healpy

    given = ("--fix", "index=1.6667", "--json")
    whole = fitted(eddysky("fit", data, *given))["fits"][0]["parameters"]
    for mask in ("icecube+hawc", "dec:-90,30"):
        part = fitted(eddysky("fit", data, *given, "--mask", mask))["fits"][0]["parameters"]
        # A part of the sky has a part of the power: the same C_ℓ are of a larger dispersion.
        assert part["velocity_dispersion"]["value"] > whole["velocity_dispersion"]["value"]
    everywhere = np.ones(12 * 16**2)
    healpy.write_map("mask.fits", everywhere, coord="C", dtype=np.float64)
    same = fitted(eddysky("fit", data, *given, "--mask", "mask.fits", "--keep-zonal"))
    assert same["fits"][0]["parameters"]["velocity_dispersion"]["value"] == pytest.approx(
        whole["velocity_dispersion"]["value"], rel=1e-3
    )
    assert "coupled by a partial sky" in eddysky("fit", data, "--mask", "hawc").out
    # The taper is that of observations by default, and takes a unit.
    reports = [
        eddysky("fit", data, *given, "--mask", "hawc", *taper).out
        for taper in ((), ("--apodise", "10deg"), ("--apodise", 2))
    ]
    assert reports[0] == reports[1] != reports[2]


def test_masks_have_the_taper_of_observations(eddysky, data):
    given = ("--fix", "index=1.6667", "--json", "--mask", "hawc")
    default = Survey("hawc", (1e12,), 64).apodise
    same = fitted(eddysky("fit", data, *given, "--apodise", default))
    assert fitted(eddysky("fit", data, *given))["fits"] == same["fits"]


def test_an_observation(eddysky, here):
    settings = {"sky.nside": 4, "sky.lmax": 10, "flow.modes": 64, "ensemble.realizations": 6}
    simulate(Config().replace(settings), "out.h5", maps=0, workers=1)
    write_observation(here / "obs.h5", observe("out.h5", Survey("hawc", (1e12,), 4), maps=1))
    outcome = eddysky("fit", "obs.h5", "--lmax", 8)
    assert (outcome.code, outcome.err) == (0, "")
    assert "obs.h5: 7 multipoles, l = 2-8, coupled by a partial sky" in outcome.out
    assert "likelihood cosmic-variance" in outcome.out
    assert "(obs.h5)" in outcome.out
    one = fitted(eddysky("fit", "obs.h5", "--row", 2, "--lmax", 8, "--fix", "index=1.7", "--json"))
    assert one["likelihood"] == "cosmic-variance"
    refused(eddysky("fit", "obs.h5", "--row", 6), "row = 6", "6 observations")
    refused(eddysky("fit", "obs.h5", "--mask", "hawc"), "--mask", "obs.h5", "contains its own")
    refused(eddysky("fit", "obs.h5", "--model", "parallel"), "not with the model parallel")


def test_results(eddysky, here):
    settings = {"sky.nside": 8, "flow.modes": 256, "ensemble.realizations": 12}
    simulate(Config().replace(settings), "out.h5", maps=0, workers=1)
    # As their table, which states the same parameters.
    eddysky("export", "out.h5", "--csv", "mean.csv")
    table = fitted(eddysky("fit", "mean.csv", "--json"))["fits"][0]
    mean = fitted(eddysky("fit", "out.h5", "--json"))["fits"][0]
    for name, value in table["parameters"].items():
        assert mean["parameters"][name]["value"] == pytest.approx(value["value"], rel=1e-4)
    # One sky, as its table with the likelihood of a sky.
    eddysky("export", "out.h5", "--csv", "one.csv", "--row", 3)
    table = fitted(eddysky("fit", "one.csv", "--likelihood", "cosmic-variance", "--json"))
    one = fitted(eddysky("fit", "out.h5", "--row", 3, "--json"))
    assert one["likelihood"] == "cosmic-variance"
    for name, value in table["fits"][0]["parameters"].items():
        found = one["fits"][0]["parameters"][name]["value"]
        assert found == pytest.approx(value["value"], rel=1e-4)  # seven digits in the table
    refused(eddysky("fit", "out.h5", "--row", 12), "--row 12", "12 realisations")
    simulate(Config().replace(settings | {"ensemble.realizations": 1}), "one.h5", workers=1)
    refused(eddysky("fit", "one.h5"), "one.h5", "--row 0")
    refused(eddysky("fit", "out.h5", "--mask", "hawc"), "--mask", "out.h5", "the whole sky")


def test_cosmic_variance_of_particles_only_where_there_is_little_shot_noise(eddysky, here):
    settings = {"sky.nside": 8, "flow.modes": 64, "sky.sampling": "random", "sky.particles": 10_000}
    config = Config().replace(settings | {"ensemble.realizations": 12})
    result = simulate(config, "out.h5", maps=0, workers=1)
    ratios = (result.noise.mean(axis=0) / result.power.mean(axis=0))[2:]
    quiet = int(np.argmax(ratios > 0.05)) + 1
    assert 3 < quiet < 8
    assert eddysky("fit", "out.h5").code == 0
    assert eddysky("fit", "out.h5", "--row", 3, "--lmax", quiet).code == 0
    noisy = eddysky("fit", "out.h5", "--row", 3, "--lmax", quiet + 1)
    refused(noisy, "shot noise", f"above 5% of C_l at l = {quiet + 1};")


OPTIONS = [
    (["other.csv", *["--energy", "1 TeV"] * 3], ["--energy", "3 times for 2 spectra"]),
    (["--energy", "10"], ["--energy 10", "unit"]),
    (["--energy", "10 pc"], ["--energy 10 pc", "energy"]),
    (["--energy", "0.1 GeV"], ["energy", "rest energy"]),
    (["other.csv", "--model", "a14"], ["a14", "does not depend on the energy"]),
    (["other.csv", "--noise"], ["noise", "several spectra"]),
    (["--covariance", "none.npy"], ["none.npy", "cannot be read"]),
    (["--covariance", "data.csv"], ["data.csv", "line 1", "'ell'", "covariance"]),
    (["--covariance", "v.csv"], ["v.csv", "(9, 9)", "11 x 11"]),
    (["--covariance", "v.csv", "--lmax", "9"], ["v.csv", "11 x 11 or 8 x 8"]),
    (["--covariance", "v.npy", "--likelihood", "cosmic-variance"], ["--covariance", "no errors"]),
    (["--window", "v.csv"], ["window matrix", "11 values"]),
    (["--mask", "arecibo"], ["arecibo", "icecube", "dec:MIN,MAX"]),
    (["--mask", "none.fits"], ["none.fits"]),
    (["--mask", "data.csv"], ["data.csv"]),
    (["--mask", "hawc", "--sky-fraction", "0.5"], ["sky_fraction", "give one of them"]),
    (["--apodise", "3"], ["--apodise", "--mask"]),
    (["--keep-zonal"], ["--keep-zonal", "--mask"]),
    (["--mask", "hawc", "--apodise", "-1"], ["apodise = -1"]),
    (["--sky-fraction", "1.5", "--likelihood", "cosmic-variance"], ["sky_fraction = 1.5", "at most 1"]),
    (["--sky-fraction", "0.5"], ["sky_fraction", "cosmic-variance"]),
    (["--row", "1"], ["--row", "no file of observations"]),
    (["--fix", "energy_width=4"], ["energy_width = 4", "0 to 3"]),
    (["--fix", "rigidities=given"], ["rigidities", "--config"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "words"), OPTIONS)
def test_bad_options(eddysky, data, given, words):
    refused(eddysky("fit", data, *given), *words)


TABLES = [
    ("ell_low,c_ell,error\n2,1e-8,1e-9\n", ["no column ell"]),
    ("ell_low,ell_high,c_ell,error\n4,3,1e-8,1e-9\n", ["line 2, column 2 (ell_high) = 3", "not be below ell_low"]),
    ("ell_low,ell_high,c_ell,error\n2,4,1e-8,1e-9\n4,5,1e-8,1e-9\n", ["line 3, column 1 (ell_low)", "above that"]),
    ("ell,c_ell,error,error_low\n2,1e-8,1e-9,1e-9\n", ["error and error_low"]),
    ("ell,c_ell,error_low\n2,1e-8,1e-9\n", ["no column error_high"]),
    ("ell,c_ell,error_low,error_high\n2,1e-8,1e-9,-1e-9\n", ["line 2, column 4 (error_high)", "positive"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), TABLES)
def test_bad_tables(eddysky, here, text, words):
    (here / "bad.csv").write_text(text)
    refused(eddysky("fit", "bad.csv"), "bad.csv", *words)


def refused(outcome, *words):
    """Exit code 2 and at most two lines, with all the words."""
    assert outcome.code == 2
    assert outcome.out == ""
    assert 1 <= len(outcome.err.splitlines()) <= 2
    for word in words:
        assert word in outcome.err
