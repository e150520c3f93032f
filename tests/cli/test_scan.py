"""`eddysky scan` through the command line."""

from __future__ import annotations

import pytest
from astropy.table import Table

SMALL = {"sky.nside": 4, "sky.lmax": 8, "flow.modes": 64, "ensemble.realizations": 12}
INDEX = ("--grid", "flow.index=1.5,1.75")


@pytest.fixture
def scan(eddysky, options):
    def call(*arguments):
        return eddysky("scan", *arguments, *options(SMALL), "--quiet", "-o", "out")

    return call


def test_a_scan_prints_its_points_and_makes_table_and_figures(scan, here):
    done = scan(*INDEX, "--format", "png", "--format", "svg")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "index = 1.5", "index = 1.75", "table", "figure", "figure",
    ]  # fmt: skip
    assert "consistent, amplitude" in lines[0]
    assert "2 points share seed 1" in done.err
    assert "do not combine p-values" in done.err
    found = {path.name for path in (here / "out").iterdir()}
    assert found == {"index=1.5.h5", "index=1.75.h5", "scan.ecsv", "scan.png", "scan.svg"}
    table = Table.read("out/scan.ecsv")
    assert table.meta["scenario"] == "isotropic-diffusion"
    assert scan(*INDEX).out.splitlines()[:2] == lines[:2]


def test_slices_of_an_array_job_and_then_the_table(scan, here, monkeypatch):
    for name, value in {"ID": "6", "MIN": "5", "MAX": "6", "COUNT": "2"}.items():
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", value)
    done = scan(*INDEX, "--slice")
    assert done.out == "index = 1.75: 12 realisations in out/index=1.75.h5\n"
    assert "slice 2/2 of the points; the command without --slice makes the table" in done.err
    assert [path.name for path in (here / "out").iterdir()] == ["index=1.75.h5"]
    assert "--slice 3/3: has no point: the grid has 2" in scan(*INDEX, "--slice", "3/3").err


def test_the_first_variant_or_the_one_that_is_named(eddysky, here):
    few = ["--set", "sky.nside=8", "--set", "flow.modes=32", "--set", "ensemble.realizations=2"]
    few += ["--grid", "flow.index=1.5", "--quiet", "--slice", "1/1"]
    done = eddysky("scan", "zl24-energy", *few)
    assert done.code == 0, done.err
    assert "uses zl24-energy/power-law-1TeV, the first of 27 variants" in done.err
    assert (here / "zl24-energy-scan" / "index=1.5.h5").exists()


def test_scenarios_of_python_files_and_keys_that_need_each_other(eddysky, here):
    (here / "mine.py").write_text(
        "from eddysky.scenarios import Scenario\n"
        "SCENARIO = Scenario('mine', 'mine', settings={'sky.nside': 4, 'ensemble.realizations': 2})\n"
    )
    erlang = ["--set", "transport.free_path=erlang", "--set", "flow.modes=32"]
    done = eddysky("scan", "mine.py", *erlang, "--grid", "transport.erlang_order=2,3", "--quiet")
    assert done.code == 0, done.err
    assert "no verdict: too few realisations" in done.out
    assert len(Table.read("mine-scan/scan.ecsv")) == 2
    assert (here / "mine-scan" / "scan.png").exists()
    wrong = eddysky("scan", "mine.py", "--grid", "flow.index=1.5,x")
    assert wrong.code == 2
    assert "mine.py" in wrong.err
    assert "flow.index" in wrong.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "grid: no key; give one or more, such as --grid flow.index=1.5,1.6667"),
        (["--grid", "flow.index="], "--grid flow.index=: a value of flow.index is empty"),
        ([*INDEX, *INDEX], "flow.index is given twice"),
        ([*INDEX, "--set", "flow.index=1.6"], "flow.index is given twice, by --set too"),
        (["--grid", "flow.index=1.5,1.50"], "flow.index = 1.5: the same as index = 1.5"),
        (["--grid", "flow.index=1.5,thick"], "grid point flow.index = thick: configuration: flow.index"),
        (["--grid", "flow.indx=1"], "flow.indx: unknown key; did you mean index?"),
        (["--grid", "sky.frame=fluid,solid"], "sky.frame = solid: configuration: sky.frame"),
        ([*INDEX, "--ell", "9"], "ell = 9: must be from 1 to 8"),
        ([*INDEX, "--workers", "1", "--scheduler", "x"], "--workers: threads of this machine"),
        ([*INDEX, "--seeds", "different", "--grid", "ensemble.seed=1,2"], "ensemble.seed: not with"),
        (["nothing", *INDEX], "nothing: no such scenario"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_before_anything_is_made(scan, here, arguments, words):
    done = scan(*arguments)
    assert done.code == 2
    assert words in done.err
    assert not list(here.glob("**/*.h5"))


def test_figures_of_something_else_are_not_replaced(scan, here):
    (here / "out").mkdir()
    (here / "out" / "scan.png").write_text("mine")
    done = scan(*INDEX)
    assert done.code == 2
    assert "out/scan.png: exists already and was not written by eddysky" in done.err
    assert [path.name for path in (here / "out").iterdir()] == ["scan.png"]
    assert (here / "out" / "scan.png").read_text() == "mine"
