"""Bars on a terminal and nowhere else, no colours, and one program name."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("eddysky")
FEW = [
    "--set", "sky.nside=4", "--set", "flow.modes=16", "--set", "ensemble.realizations=12",
]  # fmt: skip


def on_a_terminal(arguments, folder, command=(SCRIPT,)):
    """What a command writes to a terminal that is its standard error, or both streams; and its exit code."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))  # a bar is as wide as its terminal
    process = subprocess.Popen(
        [*map(str, command), *arguments], stdout=follower, stderr=follower, cwd=folder,
        env=os.environ | {"TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(follower)
    text = b""
    while True:
        try:
            got = os.read(leader, 65536)
        except OSError:  # Linux, when the command has ended
            break
        if not got:
            break
        text += got
    os.close(leader)
    return process.wait(timeout=60), text.decode()


BARS = {
    "run": ["run", "-o", "OUT", *FEW],
    "observe": ["observe", "sky.h5", "--field", "full", "--events", "1e6", "-o", "OUT"],
    "scan": ["scan", "--grid", "flow.index=1.5,2", *FEW, "-o", "OUT"],
}


@pytest.mark.parametrize("command", BARS)
def test_bars_are_for_terminals(command, finish, here):
    if command == "observe":
        assert finish("run", "-o", "sky.h5", *FEW).code == 0
    arguments = [[f"{name}.h5" if a == "OUT" else a for a in BARS[command]] for name in "abc"]
    code, text = on_a_terminal(arguments[0], here)
    assert code == 0, text
    assert "realisation/s" in text
    assert "\x1b" not in text
    code, text = on_a_terminal([*arguments[1], "--quiet"], here)
    assert (code, "realisation/s" in text) == (0, False)
    piped = finish(*arguments[2])
    assert (piped.code, piped.err) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"], ["run", "--help"], ["list"], ["show", "shear-flow"], ["nonsense"], ["doctor"],
        ["--debug", "run", "shear-flow", "--quiet", "-o", "missing/x.h5", "--set", "sky.nside=4"],
        ["predict", "shear-flow", "--set", "sky.nside=4"], ["run", "shear-flow", "--set", "sky.nside=4"],
    ],
    ids=lambda words: words[0] + words[-1],
)  # fmt: skip
def test_no_colours(arguments, here):
    """A terminal gets the same characters as a file: there is nothing for NO_COLOR to switch off."""
    _, text = on_a_terminal(arguments, here)
    assert text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["run", "--nonsense"], ["run", "nonsense"]]
)
def test_the_module_is_the_same_program(arguments, finish):
    script, module = (
        finish(*arguments),
        finish(*arguments, command=(sys.executable, "-m", "eddysky")),
    )
    assert module == script
    assert "__main__" not in module.out + module.err
    assert "eddysky" in module.out + module.err


def test_help_fits_80_columns(finish):
    """No option name is cut or broken."""
    from eddysky.cli.main import COMMANDS, cli

    context = cli.make_context("eddysky", ["list"])
    for name in COMMANDS:
        command = cli.get_command(context, name)
        text = command.get_help(
            type(context)(command, parent=context, info_name=name, terminal_width=80)
        )
        assert max(map(len, text.splitlines())) <= 80, name
        for option in command.params:
            for word in (*option.opts, *option.secondary_opts):
                assert not word.startswith("--") or re.search(rf"{word}(?![\w-])", text), (
                    name,
                    word,
                )
