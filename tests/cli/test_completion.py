"""Completion in the shell, through the scripts of the shells and through what they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eddysky.cli.main import COMMANDS
from eddysky.scenarios import SCENARIOS
from eddysky.simulator.config.meanings import MEANINGS

BIN = Path(sys.executable).parent
# What an answer must not wait for.
SLOW = ("numpy", "numba", "pydantic", "astropy", "h5py", "scipy", "matplotlib")


def ask(line, shell="bash", command=(BIN / "eddysky",)):
    variables = {"_EDDYSKY_COMPLETE": f"{shell}_complete", "COMP_WORDS": line}
    words = line.split(" ")
    variables["COMP_CWORD"] = words[-1] if shell == "fish" else str(len(words) - 1)
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


def plain(line):
    answer = (item.partition(",") for item in ask(line).splitlines())
    return [value for kind, _, value in answer if kind == "plain"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("eddysky ", list(COMMANDS)),
        ("eddysky r", ["report", "run"]),
        ("eddysky run iso", ["isotropic-diffusion"]),
        ("eddysky show zl2", [name for name in SCENARIOS if name.startswith("zl2")]),
        ("eddysky run compton-getting/", ["compton-getting/observer", "compton-getting/fluid"]),
        (
            "eddysky run --set flow.in",
            ["flow.index=", "flow.inner_scale=", "flow.injection_scale="],
        ),
        ("eddysky scan --grid ", [f"{key}=" for key in MEANINGS]),
        ("eddysky run --set flow.index=1.5 shear", ["shear-flow"]),
        ("eddysky run --wor", ["--workers"]),
        ("eddysky run --format ", ["png", "pdf", "svg"]),
        ("eddysky run --format=s", ["svg"]),
        ("eddysky fit --model=a1", ["a14"]),
        ("eddysky run nothing", []),
    ],
)
def test_what_can_follow(line, expected):
    assert plain(line) == expected


def test_a_scenario_that_is_named_alone_shows_its_variants():
    assert plain("eddysky run compton")[0] == "compton-getting"
    assert len(plain("eddysky run compton")) == 3


def test_files_are_completed_by_the_shell():
    assert ask("eddysky info sk").startswith("file,")
    assert ask("eddysky run mi").startswith("file,")


def test_help_of_each_word():
    assert f"flow.index=\n{MEANINGS['flow.index']}" in ask("eddysky run --set flow.ind", "zsh")
    assert SCENARIOS["shear-flow"].summary.split(":")[0] in ask("eddysky run shear", "zsh")
    assert "isotropic-diffusion" in ask("eddysky run iso", "fish")


def test_an_answer_imports_nothing_slow():
    code = (
        "import sys\nfrom eddysky.cli.main import run_command\ntry:\n    run_command([])\n"
        f"finally:\n    found = {{*sys.modules}} & {{*{SLOW!r}}}\n    assert not found, found"
    )
    for line in ("eddysky ", "eddysky run iso", "eddysky run --set fl", "eddysky observe --fi"):
        assert ask(line, command=(sys.executable, "-c", code))


@pytest.mark.parametrize("asked", ["bash", "tcsh_source", "bash_nonsense", ""])
def test_other_shells_are_refused(asked, finish):
    outcome = finish("list", env=os.environ | {"_EDDYSKY_COMPLETE": asked})
    assert (outcome.code, outcome.out) == (2, "")
    assert "must be one of bash_source, zsh_source, fish_source" in outcome.err
    assert outcome.err.count("\n") == 1


IN_BASH = """
eval "$(_EDDYSKY_COMPLETE=bash_source eddysky)"
compopt() { :; }  # only allowed while readline completes
asked() { COMP_LINE="$1" COMP_POINT=${#1}; _eddysky_completion eddysky; echo "${COMPREPLY[@]}"; }
asked "eddysky run iso"
asked "eddysky run --set flow.index=1.5 --set flow.inn"
asked "eddysky nonsense "
complete -p eddysky
"""


def test_in_bash(tmp_path):
    (tmp_path / "isolated box.toml").touch()
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", IN_BASH],
        env=os.environ | {"PATH": path}, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "isotropic-diffusion isolated box.toml", "flow.inner_scale=", " ".join(COMMANDS),
        "complete -o nosort -F _eddysky_completion eddysky",
    ]  # fmt: skip


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_valid(shell, finish):
    script = finish(env=os.environ | {"_EDDYSKY_COMPLETE": f"{shell}_source"}).out
    assert "eddysky" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=60)
