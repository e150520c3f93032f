"""Help, version and the command without arguments."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from eddysky.cli.main import COMMANDS


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
    ("arguments", "words"),
    [
        (["frobnicate"], "'frobnicate'; see `eddysky --help`"),
        (["validate", "--csv", "x.h5"], "--csv"),
        (["run", "--workers", "0"], "0 is not in the range x>=1; see `eddysky run --help`"),
    ],
)
def test_wrong_usage_names_the_help(eddysky, arguments, words):
    outcome = eddysky(*arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
