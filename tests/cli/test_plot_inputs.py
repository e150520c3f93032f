"""Inputs and options of `eddysky plot`: what is drawn, and which options are refused with it."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky import Config, predict, simulate
from eddysky.simulator.io.power_table import PREDICTION, ecsv_text
from eddysky.simulator.observation.observation_file import write_observation
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.plots import observation
from eddysky.validation.comparison import observation as compared

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results without and with maps, an observation, a table and a map of others."""
    folder = tmp_path_factory.mktemp("inputs")
    config = Config(sky={"nside": 8}, flow={"modes": 32}, ensemble={"realizations": 3})
    simulate(config, folder / "a.h5", maps=2)
    simulate(config.replace({"flow.index": 2.0}), folder / "b.h5", maps=0)
    rows = [f"{ell},{1e-7 * ell**-2.5},{1e-8}" for ell in range(1, 12)]
    (folder / "c.csv").write_text("\n".join(["ell,c_ell,error", *rows]))
    prediction = predict(config)
    columns = {"ell": prediction.ell, "c_ell": prediction.c_ell}
    (folder / "p.ecsv").write_text(ecsv_text(columns, config, {"content": PREDICTION}))
    (folder / "line.csv").write_text("ell,c_ell\n0,1\n1,1e-7\n2,1e-8\n")
    sky = 1e-3 * np.random.default_rng(1).normal(size=768)
    healpy.write_map(
        folder / "m.fits", [np.where(np.arange(768) < 99, healpy.UNSEEN, sky), 2 * sky],
        column_names=["A", "SIGNAL"], coord="G", dtype=np.float64,
    )  # fmt: skip
    survey = Survey("hawc", (1e9,), 8)
    write_observation(folder / "obs.h5", observe(folder / "a.h5", survey, maps=2))
    return folder


@pytest.fixture
def plot(eddysky, folder):
    """Run the command on files of the folder."""

    def call(*arguments):
        files = {path.name for path in folder.iterdir()}
        return eddysky("plot", *(folder / a if a in files else a for a in arguments))

    return call


@pytest.fixture
def asked(monkeypatch):
    """What the drawing functions are called with, instead of drawing."""
    calls = []

    def keep(name):
        def call(*given, **options):
            calls.append((name, given, options))
            return given[1]

        return call

    monkeypatch.setattr("eddysky.simulator.plots.plot_map", keep("map"))
    monkeypatch.setattr("eddysky.simulator.plots.plot_sky", keep("sky"))
    monkeypatch.setattr(observation, "plot_observation", keep("observation"))
    monkeypatch.setattr("eddysky.validation.plots.plot_spectra", keep("spectra"))
    return calls


def test_the_figures_are_written(plot, here, folder):
    for arguments in (
        ("a.h5", "b.h5", "c.csv", "line.csv", "-o", "many.png"),
        ("a.h5", "--map", "--coordinates", "galactic", "--smooth", "20deg", "-o", "map.png"),
        ("m.fits", "--column", "signal", "--subtract-multipoles", 3, "-o", "sky.pdf"),
    ):
        outcome = plot(*arguments)
        assert (outcome.code, outcome.err) == (0, ""), arguments
        assert outcome.out == f"{arguments[-1]}\n"
    magic = {"png": PNG, "pdf": b"%PDF"}
    for path in here.iterdir():
        assert path.read_bytes().startswith(magic[path.suffix[1:]])
    assert len(list(here.iterdir())) == 3


def test_default_names_lie_beside_the_input(plot, here, folder, asked):
    for name, figure in (
        ("m.fits", "m.map.png"), ("obs.h5", "obs.sky.png"), ("c.csv", "c.power.png"), ("line.csv", "line.power.png"),
    ):  # fmt: skip
        assert plot(name).out.startswith(f"{folder / figure}\n")
    assert plot("m.fits", "--format", "svg", "--format", "pdf").out.split() == [
        str(folder / "m.map.svg"), str(folder / "m.map.pdf"),
    ]  # fmt: skip


def test_coupled_spectra_of_an_observation(plot, folder, asked, monkeypatch):
    """They are drawn where there are enough skies, and no option asks for the maps alone."""
    assert "no power figure: too few realisations" in plot("obs.h5").out
    monkeypatch.setattr(compared, "compare_observation", lambda observation: "comparison")
    monkeypatch.setattr(
        "eddysky.validation.plots.plot_observed_power", lambda *given: (*given[1:],)
    )
    drawn = plot("obs.h5", "--title", "ours").out.splitlines()[1]
    assert drawn == str((folder / "obs.power.png", "comparison", "ours"))
    assert plot("obs.h5", "--row", 1).out == f"{folder / 'obs.sky.png'}\n"


def test_options_reach_the_observation(plot, asked):
    options = (
        "--row",
        1,
        "--coordinates",
        "galactic",
        "--smooth",
        "5deg",
        "--subtract-multipoles",
        1,
    )
    assert plot("obs.h5", *options, "-o", "x.png").code == 0
    ((name, _, found),) = asked
    assert name == "observation"
    assert found == {
        "row": 1,
        "coordinates": "galactic",
        "smooth": 5,
        "subtract_multipoles": 1,
        "title": None,
    }


def test_options_reach_the_map(plot, asked):
    options = ("--coordinates", "ecliptic", "--projection", "aitoff", "--cmap", "viridis", "--range", "-1e-3,2e-3",
               "--smooth", "0.1rad", "--subtract-multipoles", 2, "--title", "Mine", "-o", "x.png")  # fmt: skip
    expected = {"coordinates": "ecliptic", "projection": "aitoff", "cmap": "viridis", "limits": (-1e-3, 2e-3),
                "smooth": pytest.approx(np.degrees(0.1)), "subtract_multipoles": 2, "title": "Mine"}  # fmt: skip
    assert plot("a.h5", "--row", 1, *options).code == 0
    assert plot("m.fits", "--column", "2", *options).code == 0
    (_, (_, _, row), found), (_, (values, _), sky) = asked
    assert (row, found) == (1, expected)
    assert np.isfinite(values).all()
    more = {"map_coordinates": "galactic", "quantity": "relative intensity", "unit": "", "field": None}  # fmt: skip
    assert sky == expected | more


def test_with_o_results_are_a_spectrum_or_with_an_option_of_maps_a_map(plot, asked):
    for arguments in ((), ("--map",), ("--cmap", "viridis")):
        assert plot("a.h5", *arguments, "-o", "x.png").code == 0
    # Three realisations are too few for a verdict, not for a figure.
    assert [name for name, _, _ in asked] == ["spectra", "map", "map"]
    outcome = plot("b.h5", "--map")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
    assert "holds no maps" in outcome.err


def test_spectra_have_the_names_of_their_files(plot, asked, folder):
    inputs = ("a.h5", "c.csv", "line.csv", "p.ecsv")
    assert plot(*inputs, "-o", "x.png", "--title", "T").code == 0
    ((_, (shown, path), options),) = asked
    assert list(shown) == ["a", "c", "line", "p"]
    np.testing.assert_array_equal(shown["p"].c_ell, predict(shown["a"].config).c_ell[1:])
    assert (str(path), options) == ("x.png", {"title": "T"})
    assert shown["c"].error is not None
    # ℓ = 0, which predictions have, is no point of a logarithmic axis.
    np.testing.assert_array_equal(shown["line"].ell, [1, 2])
    outcome = plot("a.h5", "a.h5", "-o", "x.png")
    assert (outcome.code, "the same file is given twice" in outcome.err) == (2, True)


def test_remarks_on_maps_of_others(plot, asked):
    outcome = plot("m.fits", "-o", "x.png")
    assert "A, the first of its columns A, SIGNAL, is what is read" in outcome.err
    ((_, _, options),) = asked
    assert options["quantity"] == "a"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.h5", "b.h5"), "-o FIGURE.png: needed for several inputs"),
        (("a.h5", "b.h5", "--cmap", "jet", "-o", "x.png"), "--cmap: not with several inputs"),
        (("a.h5", "m.fits", "-o", "x.png"), "m.fits: one figure shows one map"),
        (("obs.h5", "a.h5", "-o", "x.png"), "obs.h5: one figure shows one observation"),
        (("a.h5", "--column", "1"), "--column: not of"),
        (("a.h5", "--intensity"), "--counts/--intensity: not of"),
        (("m.fits", "--counts", "--intensity"), "--counts and --intensity: only one of them"),
        (("a.h5", "--format", "pdf", "-o", "x.png"), "--format: not with -o, whose ending decides"),
        (("m.fits", "--row", 1), "--row: not of"),
        (("m.fits", "--map"), "--map: not of"),
        (("m.fits", "--column", 3), "column 3: must be A, SIGNAL or a number from 1 to 2"),
        (("m.fits", "--counts"), "numbers of events in galactic coordinates"),
        (("m.fits", "--input-coordinates", "equatorial"), "the file says that it is galactic"),
        (("obs.h5", "--range", "0,1"), "--range: not of"),
        (("obs.h5", "--row", 7), "row = 7: 2 maps were kept"),
        (("c.csv", "--coordinates", "galactic"), "--coordinates: not of"),
        (("a.h5", "--map", "--cmap", "nope"), "colour map nope: matplotlib has none of that name"),
        (("a.h5", "--map", "--range", "1,0"), "--range 1,0: must be LOW,HIGH with LOW < HIGH"),
        (("a.h5", "--map", "--range", "0,nan"), "--range 0,nan: must be LOW,HIGH"),
        (("a.h5", "--map", "--range", "5"), "--range 5: must be LOW,HIGH"),
        (("a.h5", "--map", "--smooth", "5pc"), "--smooth 5pc: must be an angle"),
        (("a.h5", "--map", "--smooth", "200deg"), "200 deg: must be from 0 to 180"),
        (("a.h5", "--map", "--row", 2), "row = 2: 2 maps were kept"),
        (("a.h5", "--map", "--subtract-multipoles", 11), "--subtract-multipoles"),
        (("a.h5", "-o", "x.jpg"), "--output x.jpg: must end in .png, .pdf, .svg"),
        (("none.csv",), "none.csv: cannot be read"),
        (("none.fits",), "none.fits: cannot be read"),
        (("none.h5",), "none.h5"),
        ((), "INPUT..."),
    ],
)
def test_refused_in_a_line(plot, here, arguments, words):
    outcome = plot(*arguments)
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert words in outcome.err
    assert outcome.out == ""
    assert list(here.iterdir()) == []
