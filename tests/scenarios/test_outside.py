"""Scenarios from outside: Python files of the user's, and entry points of other packages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from eddysky import scenarios
from eddysky.cli.main import main
from eddysky.simulator import InputError, read

# A whole scenario, with a figure and a module of its own beside it.
MINE = """
from pathlib import Path

from eddysky.scenarios import Scenario
from eddysky.simulator.results.filenames import beside
from my_numbers import INDEX

def figure(outcomes, stem):
    path = beside(stem, ".txt")
    path.write_text(" ".join(outcomes))
    return [path]

SCENARIO = Scenario(
    name="whatever",
    summary="two spectra",
    settings={"sky.nside": 4, "flow.modes": 64, "ensemble.realizations": 12},
    variants={"steep": {"flow.index": INDEX}, "flat": {"flow.index": 1.4}},
    figure=figure,
)
"""
BEGIN = "from eddysky.scenarios import Scenario\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "my_numbers.py").write_text("INDEX = 1.9\n")
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


@pytest.fixture
def eddysky(here, capsys):
    """Run a command in this process: code, output, errors."""

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return end.value.code or 0, *capsys.readouterr()

    return call


def test_a_file_runs_and_gives_its_name(eddysky, here):
    code, out, err = eddysky("run", "mine.py", "--quiet")
    assert (code, err) == (0, "")
    assert "figure: mine.txt" in out
    assert (here / "mine.txt").read_text() == "steep flat"
    assert read("mine.h5").config.flow.index == 1.9
    assert read("mine-flat.h5").config.flow.index == 1.4


def test_other_commands_take_files(eddysky, here):
    assert "index = 1.9" in eddysky("show", "mine.py")[1]
    assert "index = 1.4" in eddysky("show", str(here / "mine.py/flat"))[1]
    assert eddysky("predict", "mine.py/flat")[0] == 0
    code, _, err = eddysky("show", "mine.py/nothing")
    assert code == 2
    assert "mine/nothing: no such variant; variants are steep, flat" in err


def test_the_default_figure_is_map_and_spectrum(eddysky, here):
    settings = '{"sky.nside": 4, "flow.modes": 64, "ensemble.realizations": 12}'
    (here / "short.py").write_text(f"{BEGIN}SCENARIO = Scenario('short', 'one', {settings})\n")
    assert eddysky("run", "short.py", "--quiet")[0] == 0
    assert sorted(path.name for path in here.glob("short.*.png")) == [
        "short.map.png",
        "short.power.png",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ny = nothing\n", "bad.py: line 2: NameError: name 'nothing' is not defined"),
        ("x = 1\ndef broken(:\n", "bad.py: line 2: SyntaxError: "),
        ("import no_such_module\n", "bad.py: line 1: ModuleNotFoundError: "),
        ("open('/nowhere')\n", "bad.py: line 1: FileNotFoundError: "),
        ("raise SystemExit(0)\n", "bad.py: line 1: SystemExit: 0"),
        ("x = 1\n", "bad.py: SCENARIO is missing; the file must define"),
        ("SCENARIO = {'sky.nside': 4}\n", "bad.py: SCENARIO is {'sky.nside': 4}; the file must"),
        (BEGIN + "SCENARIO = Scenario('a')\n", "bad.py: line 2: TypeError: "),
        (BEGIN + "SCENARIO = Scenario('a/b', '')\n", "bad.py: line 2: Scenario: name = 'a/b': "),
        (BEGIN + "SCENARIO = Scenario('a', 3)\n", "bad.py: line 2: Scenario a: summary"),
        (BEGIN + "SCENARIO = Scenario('a', '', {1: 2})\n", "bad.py: line 2: Scenario a: settings"),
        (BEGIN + "SCENARIO = Scenario('a', '', {}, {})\n", "bad.py: line 2: Scenario a: variants"),
        (BEGIN + "SCENARIO = Scenario('a', '', alms=-1)\n", "bad.py: line 2: Scenario a: alms"),
        (BEGIN + "SCENARIO = Scenario('a', '', figure=1)\n", "bad.py: line 2: Scenario a: figure"),
        (BEGIN + "SCENARIO = Scenario('a', '', {'sky.nside': 3})\n", "sky.nside = 3"),
        (BEGIN + "SCENARIO = Scenario('a', '', {'sky.no': 3})\n", "sky.no"),
        (
            BEGIN + "SCENARIO = Scenario('a', '', variants={'b': {}, 'c': {}})\n",
            "bad.py: variants of bad are the same; run one of them alone, such as bad/b",
        ),
    ],
)
@pytest.mark.parametrize("command", ["show", "run"])
def test_files_that_are_not_valid(eddysky, here, command, text, words):
    (here / "bad.py").write_text(text)
    code, _, err = eddysky(command, "bad.py")
    assert code == 2, err
    assert err.startswith("eddysky: error: bad.py: ")
    assert len(err.splitlines()) <= 2
    assert words in err


def test_files_that_are_none(eddysky, here):
    (here / "folder.py").mkdir()
    (here / "binary.py").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.py", "folder.py", "binary.py"):
        code, _, err = eddysky("show", name)
        assert code == 2
        assert err.startswith(f"eddysky: error: {name}: ")
        assert len(err.splitlines()) == 1


FIGURE = (
    "def figure(outcomes, stem):\n    return {}\nSCENARIO = Scenario('a', '', {}, figure=figure)\n"
)
SMALL = {"sky.nside": 4, "flow.modes": 64, "ensemble.realizations": 12}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1 / 0", "bad.py: line 3: ZeroDivisionError: division by zero"),
        ("None", "bad: figure: must return the list of files that it wrote, not None"),
    ],
)
def test_a_figure_that_fails(eddysky, here, value, words):
    """What was simulated is kept."""
    (here / "bad.py").write_text(BEGIN + FIGURE.format(value, SMALL))
    code, _, err = eddysky("run", "bad.py", "--quiet")
    assert code == 2
    assert err == f"eddysky: error: {words}\n"
    assert len(read("bad.h5").index) == 12


FLOW = """
import numpy as np
from eddysky import Column
from eddysky.scenarios import Scenario

class Wave:
    k_max = 0.5
    def velocity(self, points):
        return np.stack([0 * points[:, 1], 0 * points[:, 1], {velocity}], axis=1)

def speed(config, flow, realization):
    return {speed}

SCENARIO = Scenario(
    "wave",
    "a plane wave",
    settings={{"sky.nside": 4, "ensemble.realizations": 1}},
    flow=Wave(),
    columns=[Column("speed", "at the observer", units="km/s", measure=speed)],
)
"""
WAVE = {
    "velocity": "3 * np.cos(0.5 * points[:, 0])",
    "speed": "flow.velocity(np.zeros((1, 3)))[0, 2]",
}


def test_a_velocity_field_and_a_column(eddysky, here):
    (here / "wave.py").write_text(FLOW.format(**WAVE))
    code, _, err = eddysky("run", "wave.py", "--quiet")
    assert (code, err) == (0, "")
    result = read("wave.h5")
    assert result.columns["speed"].tolist() == [3.0]
    assert result.config.flow.field.name == "Wave"
    assert result.power[0, 1] > 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"velocity": "nothing"}, "wave.py: line 9: NameError: "),
        ({"velocity": "np.nan * points[:, 0]"}, "finite"),
        ({"speed": "1 / 0"}, "wave.py: line 12: ZeroDivisionError: "),
    ],
)
def test_fields_and_columns_that_fail(eddysky, here, wrong, words):
    (here / "wave.py").write_text(FLOW.format(**(WAVE | wrong)))
    code, _, err = eddysky("run", "wave.py", "--quiet")
    assert code == 2
    assert len(err.splitlines()) <= 2
    assert words in err


@pytest.fixture
def installed(here, monkeypatch):
    """Two packages with scenarios, one of which cannot be imported."""
    (here / "good_package.py").write_text(
        BEGIN + f"SCENARIO = Scenario('outside', 'from elsewhere', {SMALL})\nOTHER = 3\n"
    )
    (here / "bad_package.py").write_text("import no_such_module\n")
    points = "[eddysky.scenarios]\noutside = good_package:SCENARIO\nbroken = bad_package:SCENARIO\n"
    points += "number = good_package:OTHER\nrenamed = good_package:SCENARIO\n"
    metadata = here / "outside-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(here)


def test_installed_scenarios(installed, eddysky):
    code, out, err = eddysky("list")
    assert code == 0
    assert out.splitlines()[-1].split(maxsplit=1) == ["outside", "from elsewhere"]
    # Those that cannot be used are named, a line each, and stop nothing.
    assert [line.split(" ", 3)[2] for line in err.splitlines()] == ["broken", "number", "renamed"]
    assert "ModuleNotFoundError: No module named 'no_such_module'" in err
    code, out, err = eddysky("run", "outside", "--quiet")
    assert (code, err) == (0, "")
    assert read("outside.h5").config.sky.nside == 4
    assert eddysky("show", "isotropic-diffusion")[0] == 0
    code, _, err = eddysky("show", "broken")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "no_such_module" in err
    assert "did you mean outside?" in eddysky("show", "outsid")[2]


def test_in_python(installed):
    assert scenarios.get("zl24-fig1") is scenarios.SCENARIOS["zl24-fig1"]
    assert scenarios.names() == [*scenarios.SCENARIOS, "outside", "broken", "number", "renamed"]
    assert scenarios.get("outside").config().sky.nside == 4
    assert scenarios.from_file("mine.py").config("flat").flow.index == 1.4
    for name in ("broken", "number", "nothing"):
        with pytest.raises(InputError, match=name):
            scenarios.get(name)
    with pytest.raises(InputError, match="no such variant; variants are observer, fluid"):
        scenarios.get("compton-getting").config("nothing")


def test_a_scenario_in_its_file_is_a_script(here):
    end = 'from eddysky.scenarios.scenario import run_as_script\nif __name__ == "__main__":\n    run_as_script()\n'
    (here / "mine.py").write_text(MINE + end)
    done = subprocess.run(
        [sys.executable, "mine.py", "--quiet"], capture_output=True, text=True, cwd=here, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (here / "mine.h5").exists()
