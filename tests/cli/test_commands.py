"""What each command prints and with which code it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.simulator import Config, read
from eddysky.validation import compare, predict

COMMANDS = ("list", "show", "run", "predict", "validate", "plot", "info", "doctor", "scales")
DEFAULT = next(iter(SCENARIOS))


def test_list_has_one_line_for_each_scenario(eddysky):
    outcome = eddysky("list")
    assert outcome.code == 0
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    for line, scenario in zip(lines, SCENARIOS.values(), strict=True):
        assert line.endswith(scenario.summary)


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(eddysky, command, flag):
    outcome = eddysky(*[command] * bool(command), flag)
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.startswith("Usage: ")
    if not command:
        assert all(re.search(rf"^  {name} ", outcome.out, re.MULTILINE) for name in COMMANDS)


def test_version(eddysky):
    outcome = eddysky("--version")
    assert outcome.code == 0
    assert version("eddysky") in outcome.out


def test_no_command_shows_the_help(eddysky):
    outcome = eddysky()
    assert "error" not in outcome.err
    assert "Usage: " in outcome.out + outcome.err


@pytest.mark.parametrize(
    "target",
    [*SCENARIOS, *(f"{s.name}/{v}" for s in SCENARIOS.values() for v in s.variants if v)],
)
def test_show_gives_the_configuration_back(eddysky, target):
    outcome = eddysky("show", target)
    assert outcome.code == 0
    assert outcome.err == ""
    name, _, variant = target.partition("/")
    shown = Config.from_text(outcome.out)
    assert shown.to_dict() == SCENARIOS[name].config(variant).to_dict()
    # What is not given is a comment: it follows other keys when these are edited.
    given = tomllib.loads(outcome.out)
    for section, values in shown.to_dict().items():
        for key, value in values.items():
            assert given[section].get(key, value) == value
            assert key in given[section] or f"# {key} = " in outcome.out
    assert shown.config_hash == SCENARIOS[name].config(variant).config_hash
    several = len(SCENARIOS[name].variants) > 1 and not variant
    assert ("# first of the variants" in outcome.out) is several


def test_the_default_target_is_the_default_configuration(eddysky):
    assert eddysky("show").out == eddysky("show", DEFAULT).out
    assert Config.from_text(eddysky("show").out).to_dict() == Config().to_dict()
    assert eddysky("predict").out == eddysky("predict", DEFAULT).out


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("flow.index=1.5", 1.5),
        ("flow.index=2", 2.0),
        ("flow.index = 1.5", 1.5),
        ("flow.outer_scale=500 pc", 500.0),
        ("flow.outer_scale='500 pc'", 500.0),
        ('flow.outer_scale="0.5 kpc"', 500.0),
        ("flow.outer_scale=500pc", 500.0),
        ("flow.amplitudes=cosine", "cosine"),
        ("sky.frame='observer'", "observer"),
        ("ensemble.seed=0", 0),
        ("sky.particles=1_000", 1000),
        ("flow.mean_velocity=['1 km/s', '2 km/s', '-3000 m/s']", (1.0, 2.0, -3.0)),
        ("cosmic_rays.energy=3 PeV", 3000.0),
    ],
)
def test_settings_of_each_type(eddysky, setting, value):
    more = ["--set", "sky.sampling=random"] if "particles" in setting else []
    outcome = eddysky("show", *more, "--set", setting)
    assert outcome.code == 0, outcome.err
    section, key = setting.partition("=")[0].strip().split(".")
    assert getattr(getattr(Config.from_text(outcome.out), section), key) == value


def test_the_last_setting_counts(eddysky):
    outcome = eddysky("show", "--set", "flow.index=1.5", "--set", "flow.index=1.7")
    assert Config.from_text(outcome.out).flow.index == 1.7


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


def test_validate_table(eddysky, finished):
    file, run = finished
    outcome = eddysky("validate", file)
    assert outcome.code == 0
    assert outcome.err == ""
    header, *rows = outcome.out.splitlines()
    assert header.split() == ["l", "measured", "error", "predicted", "ratio", "pull"]
    comparison = compare(read(file))
    for row, ell in zip(rows, comparison.ell, strict=False):
        numbers = [float(cell) for cell in row.split()]
        assert numbers[0] == ell
        # As many digits as are printed.
        assert numbers[4] == pytest.approx(comparison.ratio[ell - 1], abs=0.51e-4)
        assert numbers[5] == pytest.approx(comparison.pull[ell - 1], abs=0.51e-2)
    verdict = "\n".join(rows[len(comparison.ell) :])
    assert verdict.startswith("consistent with the theory")
    for word in ("chi2 = ", "p = ", "amplitude ", "slope ", "predicted "):
        assert word in verdict
        assert word in run.out


def test_validate_json(eddysky, finished):
    outcome = eddysky("validate", finished[0], "--json")
    assert outcome.code == 0
    values = json.loads(outcome.out)
    expected = compare(read(finished[0]))
    assert values["consistent"] is True
    assert values["chi2"] == expected.chi2
    assert values["p_value"] == expected.p_value
    for name in ("ratio", "pull"):
        assert values[name] == getattr(expected, name).tolist()
    assert values["standard_error"] == expected.error.tolist()
    assert set(values["slope"]) >= {"measured", "error", "predicted", "pull"}
    assert values["slope"]["measured"] == expected.slope.measured


def test_info(eddysky, finished):
    outcome = eddysky("info", finished[0])
    assert outcome.code == 0
    assert outcome.err == ""
    for text in ("format 1", "seed: 1", "/power: 40 x 17 float64", "/maps: 8 x 3072 float32"):
        assert text in outcome.out
    described, configuration = outcome.out.split("\n\n", 1)
    assert len(described.splitlines()) == 12
    assert Config.from_text(configuration) == read(finished[0]).config


def test_doctor(eddysky):
    outcome = eddysky("doctor")
    assert outcome.code == 0
    assert outcome.err == ""
    for text in (
        "eddysky ",
        "numba ",
        "compiled and correct",
        "compile cache: ",
        "threads: ",
        "GPU: ",
    ):
        assert text in outcome.out


def leave_after(start, options, lines):
    """A command whose output is more than the pipe holds, and a reader that goes away."""
    settings = {"sky.nside": 256, "sky.lmax": 767, "flow.inner_scale": "500 pc"}
    process = start("predict", *options(settings), pipesize=4096)
    for _ in range(lines):
        assert process.stdout.readline() == "ell,c_ell\n"
    process.stdout.close()
    return process.stderr.read(), process.wait(60)


@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_leaves_hears_no_complaint(start, options, lines):
    """As with `| head -1`: no traceback, no message."""
    error, _ = leave_after(start, options, lines)
    assert error == ""


def test_a_reader_that_leaves_is_no_error(start, options):
    assert leave_after(start, options, 1)[1] == 0


def test_a_full_standard_output_is_an_error():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [Path(sys.executable).with_name("eddysky"), "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1
