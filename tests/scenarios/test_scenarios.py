"""Every scenario, small: through the command line, its figures, its verdict; and as a script of its own."""

from __future__ import annotations

import csv
import importlib
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from eddysky.cli.main import main
from eddysky.scenarios import SCENARIOS
from eddysky.simulator import Config, read
from eddysky.validation import predict

SCRIPT = Path(sys.executable).with_name("eddysky")
PNG = b"\x89PNG\r\n\x1a\n"

# `validate` rejects a true theory with a probability below 1% for each ensemble; the seeds are fixed.
SMALL = {
    "isotropic-diffusion": {"sky.nside": 8, "flow.modes": 256, "ensemble.realizations": 20},
    "free-path-law": {
        "sky.nside": 8,
        "sky.lmax": 6,
        "flow.modes": 128,
        "ensemble.realizations": 20,
    },
    "energy-response": {
        "sky.nside": 4,
        "sky.lmax": 6,
        "flow.modes": 256,
        "ensemble.realizations": 20,
    },
    "relaxation-depth": {
        "sky.nside": 4,
        "sky.lmax": 4,
        "flow.modes": 64,
        "ensemble.realizations": 100,
    },
    "collision-operator": {
        "sky.nside": 8,
        "flow.modes": 256,
        "ensemble.realizations": 20,
    },
    "drift-kinetic": {
        "sky.nside": 4,
        "sky.lmax": 4,
        "flow.modes": 256,
        "ensemble.realizations": 100,
    },
    "zl24-fig1": {"sky.nside": 8, "sky.lmax": 12, "flow.modes": 256, "ensemble.realizations": 20},
    "zl24-energy": {
        "sky.nside": 8,
        "sky.lmax": 6,
        "flow.modes": 64,
        "ensemble.realizations": 12,
    },
    "zl25-fig1": {
        "sky.nside": 4,
        "sky.lmax": 6,
        "flow.inner_scale": "3 pc",
        "flow.modes": 128,
        "ensemble.realizations": 100,
    },
    "zl25-fig3-sky": {
        "sky.nside": 4,
        "sky.lmax": 6,
        "flow.inner_scale": "3 pc",
        "flow.modes": 128,
        "ensemble.realizations": 100,
    },
    "zl25-fig3-spectra": {
        "sky.nside": 4,
        "sky.lmax": 6,
        "flow.inner_scale": "3 pc",
        "flow.modes": 128,
        "ensemble.realizations": 100,
    },
    "hall-dipole": {"sky.nside": 4, "sky.particles": 1000},
    "magnetised": {
        "sky.nside": 4,
        "sky.lmax": 4,
        "flow.inner_scale": "6.3 pc",
        "flow.modes": 128,
        "ensemble.realizations": 100,
    },
    "mhd-turbulence": {
        "sky.nside": 4,
        "sky.lmax": 3,
        "flow.modes": 64,
        "ensemble.realizations": 100,
    },
    "taylor-expansion": {
        "sky.nside": 4,
        "sky.lmax": 6,
        "flow.modes": 256,
        "ensemble.realizations": 40,
    },
}
# Tables beside the one that every scenario writes, OUT.power.csv.
TABLES = {
    "drift-kinetic": ["ratio"],
    "energy-response": ["fits"],
    "zl24-fig1": ["alternative-models"],
    "zl24-energy": ["energy", "index"],
    "zl25-fig1": ["correlation"],
    "zl25-fig3-sky": ["pitch-angle"],
    "hall-dipole": ["dipole"],
    "magnetised": ["freedom"],
    "mhd-turbulence": ["freedom"],
}
CLOSED = {"sky.nside": 4}
FEW = {
    name: {"sky.nside": 2, "sky.lmax": 2, "flow.modes": 16, "ensemble.realizations": 2}
    for name in SCENARIOS
}
FIGURES = {
    "isotropic-diffusion": ["map", "power"],
    "free-path-law": ["power"],
    "relaxation-depth": ["exponential", "fixed", "parallel"],
    "collision-operator": ["power"],
    "drift-kinetic": ["power"],
    "energy-response": ["power"],
    "zl24-fig1": ["power"],
    "zl24-energy": ["energy"],
    "zl25-fig1": ["correlation"],
    "zl25-fig3-sky": ["pitch-angle"],
    "zl25-fig3-spectra": ["matched", "power"],
    "diffuse-dipole": ["map"],
    "hall-dipole": ["dipole"],
    "magnetised": ["strengths"],
    "mhd-turbulence": ["waves"],
    "compton-getting": ["fluid.map", "observer.map"],
    "shear-flow": ["map"],
    "taylor-expansion": ["maps", "power"],
}


def options(name):
    settings = SMALL.get(name, CLOSED)
    return [text for key, value in settings.items() for text in ("--set", f"{key}={value}")]


def run_here(*arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code or 0


def test_names():
    """A scenario `some-name` lives in some_name.py, and all files are in the list."""
    folder = Path(__file__).parents[2] / "scenarios"
    files = {path.stem for path in folder.glob("*.py") if not path.stem.endswith("_figure")} - {
        "__init__",
        "scenario",
        "captions",
        "files",
        "registry",
    }
    assert {name.replace("-", "_") for name in SCENARIOS} == files
    for name, scenario in SCENARIOS.items():
        assert scenario.name == name
        assert len(scenario.summary) < 100
        assert "/" not in name
        assert not name.endswith(".toml")


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_variants_are_valid_and_predicted(name):
    scenario = SCENARIOS[name]
    for variant in scenario.variants:
        config = scenario.config(variant)
        assert Config.from_text(config.to_toml()).config_hash == config.config_hash
        assert all(predict(config.replace({"sky.nside": 4, "sky.lmax": 4})).c_ell >= 0)
    hashes = {scenario.config(variant).config_hash for variant in scenario.variants}
    assert len(hashes) == len(scenario.variants)


@pytest.mark.parametrize("name", SCENARIOS)
def test_through_the_command_line(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    assert run_here("run", name, "--quiet", *options(name)) == 0
    output = capsys.readouterr()
    # Compressible skies in strong fields depend on the end of the band, which the scenario shows.
    remarks = output.err.splitlines()
    assert bool(remarks) is (name in ("drift-kinetic", "magnetised", "mhd-turbulence"))
    ends = ("depend on the end of the band", "the band ends at k_max r_L")
    assert all(any(words in remark for words in ends) for remark in remarks)
    scenario = SCENARIOS[name]
    variants = list(scenario.variants)
    # A screen of usual size, also for 27 variants.
    lines = output.out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 120
    if len(variants) > 18:
        assert (
            f": consistent with the theory; {len(variants)} of {len(variants)} variants" in lines[0]
        )
    else:
        assert output.out.count(": consistent with the theory; ") == len(variants)
    assert f"results: {name}.h5" in output.out
    for variant in variants:
        file = f"{name}.h5" if variant == variants[0] else f"{name}-{variant}.h5"
        expected = scenario.config(variant, SMALL.get(name, CLOSED))
        assert read(file).config.config_hash == expected.config_hash
        assert run_here("validate", file) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [
        f"{name}.{figure}.png" for figure in FIGURES[name]
    ]
    assert all(path.read_bytes().startswith(PNG) for path in tmp_path.glob("*.png"))
    tables = {
        path.name: list(csv.reader(path.read_text().splitlines()))
        for path in tmp_path.glob("*.csv")
    }
    assert sorted(tables) == sorted(f"{name}.{t}.csv" for t in ["power", *TABLES.get(name, [])])
    known = {f"{name}{ending}" for ending in scenario.endings(variants)} | {f"{name}.power.csv"}
    assert {path.name for path in tmp_path.iterdir() if path.suffix in (".png", ".csv")} <= known
    for rows in tables.values():
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
    header = ["variant", "ell", "measured", "error", "predicted"]
    assert tables[f"{name}.power.csv"][0] == header
    assert not list(tmp_path.glob("*.parts"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_as_a_script(tmp_path, monkeypatch, capsys, name):
    """The file of a scenario, run as a script, takes the options of `eddysky run`."""
    few = [text for key, value in FEW[name].items() for text in ("--set", f"{key}={value}")]
    file = importlib.import_module(f"eddysky.scenarios.{name.replace('-', '_')}").__file__
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [file, "-o", "out.h5", "-v", "--quiet", "--maps", "0", *few])
    monkeypatch.setattr("eddysky.cli.main.leave", sys.exit)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(file, run_name="__main__")
    out, err = capsys.readouterr()
    assert not ended.value.code, err
    scenario = SCENARIOS[name]
    assert out.count("results: ") == len(scenario.variants)
    result = read("out.h5")
    assert result.config.config_hash == scenario.config("", FEW[name]).config_hash
    assert len(result.power) == 2


def test_a_script_is_quiet(tmp_path):
    few = [
        text for key, value in FEW["diffuse-dipole"].items() for text in ("--set", f"{key}={value}")
    ]
    done = subprocess.run(
        [sys.executable, "-m", "eddysky.scenarios.diffuse_dipole", "-o", "out.h5", "--quiet", *few],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONWARNINGS": "default"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_script_ends_with_the_code_of_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "eddysky.scenarios.shear_flow", "--set", "sky.nside=3"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "sky.nside = 3" in done.stderr
