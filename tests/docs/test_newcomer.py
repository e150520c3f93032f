"""benchmarks/newcomer.py types all of docs/start.md, installing first, and says what fails or takes too long."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest
from code_blocks import blocks

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("newcomer", ROOT / "benchmarks" / "newcomer.py")
newcomer = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(newcomer)

PAGE = """
## Get it
```console
$ git clone https://example.org/sample && cd sample
$ . ./activate
```
## Use it
```toml
# mine.toml
answer = 42
```
```python
import os

assert open("mine.toml").read().endswith("answer = 42\\n")
assert os.environ["SAMPLE"] == "active" and os.listdir(os.environ["HOME"]) == ["sample"]
```
```console
$ cat missing.txt | sort || LAST
```
"""


@pytest.fixture
def source(tmp_path):
    """A repository with one file."""
    (tmp_path / "activate").write_text("export SAMPLE=active\n")
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", "-C", str(tmp_path)]
    for words in (["init", "-q"], ["add", "activate"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], check=True)
    return tmp_path


def test_all_of_the_page_is_typed_in_order_and_installing_comes_first():
    page = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    steps = newcomer.steps(page)
    typed = "\n".join(line for _, lines in steps for line in lines)
    assert typed.startswith("git clone ")
    before = typed[: typed.index("eddysky ", typed.index("activate"))]
    assert "make run" in before
    # Each prompt, file and program of the page, found without the parser of blocks.
    wanted = [
        text if prompt else f"# {file}"
        for prompt, text, file in re.findall(r"^(?:(\$) (.*)|# (\w+\.\w+))$", page, re.MULTILINE)
    ]
    assert len(wanted) >= 12
    place = 0
    for text in wanted:
        place = typed.index(text, place) + len(text)
    sections = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert [name for name, _ in steps] == [
        s for s in sections if s in {b.section for b in blocks(page)}
    ]


def test_a_page_is_walked_and_timed(source, capfd):
    assert newcomer.walk(PAGE.replace("LAST", "true"), source) == 0
    table = capfd.readouterr().out
    assert [line.split("  ")[0] for line in table.splitlines()[-4:]] == [
        "step",
        "Get it",
        "Use it",
        "total",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("LAST", "false"), "failed in: Use it"),
        ((" || LAST", ""), "failed in: Use it"),
        (("&& cd sample", "missing && cd sample"), "failed in: Get it"),
        (("answer = 42\n```\n```python", "answer = 41\n```\n```python"), "failed in: Use it"),
    ],
)
def test_a_failing_command_is_named(source, capfd, change, message):
    assert newcomer.walk(PAGE.replace(*change).replace("LAST", "true"), source) == 1
    assert message in capfd.readouterr().out


def test_more_than_the_limit_fails(source, capfd):
    assert newcomer.walk(PAGE.replace("LAST", "true"), source, limit=0.0) == 1
    assert "more than 0 s" in capfd.readouterr().out
