"""`eddysky report`: files in, one page out; the commands on the page make the files again."""

from __future__ import annotations

import html
import re
import shlex
import shutil

import h5py
import numpy as np
import pytest

from eddysky import Config, simulate

SMALL = {"sky.nside": 8, "flow.modes": 64, "flow.inner_scale": "10 pc", "ensemble.realizations": 3}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "sky.h5"
    simulate(Config().replace(SMALL), path, maps=2, alms=1)
    return path


@pytest.fixture
def results(simulated, here):
    shutil.copy(simulated, "sky.h5")
    return "sky.h5"


def blocks(page):
    return [html.unescape(text) for text in re.findall("<pre[^>]*>([^<]*)</pre>", page)]


def test_the_commands_make_the_files_again(eddysky, here, results, no_figures):
    survey = [
        "--field",
        "icecube",
        "--events",
        "1e11",
        "--point-spread",
        "2deg",
        "--apodise",
        "15deg",
    ]
    more = [
        "--weighting",
        "exposure",
        "--compton-getting",
        20,
        30,
        -40,
        "--survey-seed",
        7,
        "--maps",
        0,
    ]
    more += ["--keep-zonal", "--acceptance", 2, "--row", 1]
    assert eddysky("observe", results, *survey, *more, "-o", "my obs.h5", "--quiet").code == 0
    done = eddysky("report", results, "my obs.h5", "-o", "r.html")
    assert (done.code, done.out, done.err) == (0, "r.html\n", "")
    found = blocks((here / "r.html").read_text("utf-8"))
    assert len(found) == 5
    (here / "again").mkdir()
    assert found[4] == "eddysky report sky.h5 'my obs.h5' -o r.html"
    for name, commands, configuration in (("sky", *found[:2]), ("my obs", *found[2:4])):
        (here / f"{name}.toml").write_text(configuration)
        (here / f"{name}.h5").rename(here / "again" / f"{name}.h5")
        for line in commands.splitlines():
            program, *words = shlex.split(line)
            assert program == "eddysky"
            done = eddysky(*words)
            if words[0] == "validate":
                assert "too few realisations" in done.err
            else:
                assert done.code == 0, done.err
        with h5py.File(here / f"{name}.h5") as new, h5py.File(here / "again" / f"{name}.h5") as old:
            assert new.keys() == old.keys()
            for key in old:
                np.testing.assert_array_equal(new[key][()], old[key][()])


def test_a_single_realisation_without_maps(eddysky, here):
    simulate(Config().replace(SMALL | {"ensemble.realizations": 1}), "sky.h5", maps=0)
    assert eddysky("report", "sky.h5").out == "sky.report.html\n"
    page = (here / "sky.report.html").read_text("utf-8")
    assert "<h3>No verdict</h3><ul><li>too few realisations" in page
    assert "Ratio of both." in page
    assert "Pulls" not in page
    assert "The file holds no map." in page
    assert "eddysky run sky.toml -o sky.h5 --maps 0" in page
    # It replaces its own page.
    assert eddysky("report", "sky.h5").code == 0


@pytest.mark.filterwarnings("error")
def test_skies_without_prediction_and_without_anisotropy(eddysky, here):
    still = SMALL | {"flow.velocity_dispersion": "0 km/s", "ensemble.realizations": 1}
    simulate(Config().replace(still), "still.h5")
    stationary = {
        "transport.mode": "drift-kinetic",
        "transport.free_path": "exponential",
        "transport.scatterings": "stationary",
    }
    simulate(Config().replace(SMALL | stationary), "stationary.h5")
    (here / "other").mkdir()
    shutil.copy("still.h5", "other")
    done = eddysky("report", "still.h5", "stationary.h5", "other/still.h5", "-o", "r.html")
    assert (done.code, done.err) == (0, "")
    page = (here / "r.html").read_text("utf-8")
    assert page.count("There is no anisotropy, and none is predicted.") == 2
    assert "no anisotropy, to rounding" in page
    # C_1 is infinite in the mean: no prediction.
    (row,) = re.findall(r"<tr><td>1</td>(<td>\d\.\d{5}e-\d\d</td>){2}(.*)</tr>", page)
    assert row[1] == "<td></td>" * 4
    # The same name twice is told by its folder.
    assert "</span> other/still.h5</h2>" in page


def test_a_hostile_name(eddysky, here, results):
    name = "<img src=x onerror=alert(1)>.h5"
    (here / results).rename(here / name)
    assert eddysky("report", name, "-o", "r.html").code == 0
    page = (here / "r.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "eddysky run '&lt;img src=x onerror=alert(1)&gt;.toml'" in page.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sky.h5", "-o", "r.pdf"), "--output r.pdf: must end in .html"),
        (("sky.h5", "--row", 5), "--row 5: sky.h5 holds 2 maps, numbered from 0"),
        (("no.h5",), "no.h5: no such file"),
        ((".",), ".: a directory, not a results file"),
        (("table.csv",), "table.csv: not an eddysky results file"),
        (
            ("sky.h5", "-o", "table.html"),
            "table.html: exists already and was not written by eddysky",
        ),
    ],
)
def test_refused(eddysky, here, results, arguments, words):
    for name in ("table.csv", "table.html"):
        (here / name).write_text("ell,c_ell\n2,1e-9\n")
    done = eddysky("report", *arguments)
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) <= 2
