"""Sphinx builds the pages without a warning, and neither building nor reading them needs a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest

from eddysky.cli.main import COMMANDS
from eddysky.scenarios import SCENARIOS
from eddysky.simulator import Config
from eddysky.simulator.config.meanings import MEANINGS

ROOT = Path(__file__).parents[2]
# Sphinx, in a Python that can open no connection.
OFFLINE = """
import socket, sys

def refuse(*_):
    raise AssertionError("the build asks for a network")

socket.socket.connect = socket.getaddrinfo = refuse
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""
# What a browser fetches by itself when it shows a page.
FETCHED = (
    r"""<(?:script|img|iframe|source|link)\b[^>]*\b(?:src|href)=["'](?:https?:)?//[^"']*"""
    r"""|(?:url\(|@import )["']?(?:https?:)?//[^"')]*"""
)


def test_every_page_is_in_the_menu():
    menu = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages <= set(menu), pages - set(menu)


def test_every_public_name_is_in_the_reference():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^   (\w+)$", text, re.MULTILINE)
    assert len(listed) == len(set(listed))
    modules = (
        "",
        ".simulator",
        ".simulator.plots",
        ".validation",
        ".validation.plots",
        ".scenarios",
    )
    public = {name for module in modules for name in import_module(f"eddysky{module}").__all__}
    assert set(listed) == public - {"__version__", "scenarios", "SCENARIOS"}


def plain(cell):
    """Text of a cell of a Markdown table, without links in parentheses."""
    text = re.sub(r" \(\[[^\]]*\]\([^)]*\)\)", "", cell)
    return re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", text).replace("`", "").replace("\\|", "|")


def test_the_table_of_settings_is_complete_and_right():
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    row = r"^\| `(?:\[\[)?(\w+)\.(\w+)(?:\]\])?` \| (.*?) \| (.*) \|$"
    rows = re.findall(row, text, re.MULTILINE)
    table = {(section, key): default for section, key, default, _ in rows}
    fields = {
        (section, key): field.default
        for section, sections in Config.model_fields.items()
        for key, field in sections.annotation.model_fields.items()
    }
    assert table.keys() == fields.keys()
    # The comments of `eddysky show`, and here links besides.
    meanings = {f"{section}.{key}": plain(meaning) for section, key, _, meaning in rows}
    assert meanings == MEANINGS
    # The defaults of these are objects, or depend on other keys.
    for name in (
        ("transport", "collisions"), ("transport", "magnetic_field"),
        ("transport", "magnetic_field_strength"), ("sky", "lmax"),
    ):  # fmt: skip
        del table[name]
    for name, cell in table.items():
        printed, default = cell.split(";")[0].strip('`"'), fields[name]
        if printed in ("absent", "none"):
            assert default in (None, ()), name
        elif printed == "zero":
            assert set(re.findall(r"'(\d\S*) ", str(default))) == {"0"}, name
        elif isinstance(default, str):
            assert printed == default, name
        else:
            assert float(Fraction(printed)) == default, name


@pytest.mark.slow
def test_pages_build_offline_without_warnings(tmp_path):
    for module in ("sphinx", "furo", "myst_nb", "numpydoc", "sphinx_gallery", "latex2mathml"):
        pytest.importorskip(module)
    written = shutil.ignore_patterns("_build", "api", "gallery")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=written)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, "-q", "-W", "--keep-going", "docs", "html"],
        cwd=tmp_path, env=os.environ | {"MPLBACKEND": "Agg"}, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    html = tmp_path / "html"
    for file in [*html.rglob("*.html"), *html.rglob("*.css")]:
        found = re.findall(FETCHED, file.read_text(encoding="utf-8"))
        assert not found, f"{file.relative_to(html)}: {found}"
    commands = (html / "command-line.html").read_text(encoding="utf-8")
    assert all(f"eddysky {name} " in commands for name in COMMANDS)
    theory = (html / "theory.html").read_text(encoding="utf-8")
    assert theory.count("<math") == theory.count('<div class="equation">') > 5
    assert "mean_free_path" in (html / "configuration.html").read_text(encoding="utf-8")
    assert (html / "api" / "eddysky.simulate.html").exists()
    for notebook in (ROOT / "docs" / "tutorials").glob("*.ipynb"):
        page = (html / "tutorials" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        assert page.count("<img ") >= 5, notebook
        (download,) = re.findall(rf'href="\.\./(_downloads/\w+/{notebook.name})"', page)
        assert (html / download).read_bytes() == notebook.read_bytes()
    for name in SCENARIOS:
        figures = list((html / "_images").glob(f"sphx_glr_{name.replace('-', '_')}_0*.png"))
        assert figures, name
