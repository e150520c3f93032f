"""Every command and example of README.md, CONTRIBUTING.md and docs/ is run as it is printed.

The blocks of a document run in order in one temporary directory, so that later ones find the files of earlier
ones. In `console` blocks what follows a `$ ` is a command and the rest is its output, which is not compared; a
block without any prompt is all commands. `sh` and `bash` blocks are all commands. A `python` block is a program of
its own, or a doctest where it begins with `>>>`. A block of any language that begins with `# NAME`, such as
`# mine.toml`, is also saved under that name. A block below the comment `<!-- slow -->` runs with `-m slow`, and one
below `<!-- cluster -->` in tests/faults/.
Programs, and `eddysky` where a shell has nothing to do, run as `preloaded` says; bash runs all else.

Installing is not run but checked: `make` targets, extras in `pip install '.[...]'` and `docs` paths must exist.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import preloaded
import pytest
from code_blocks import blocks, commands

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
INSTALLING = re.compile(
    r"^(git clone|cd |(\S*/)?pip3? install|(\S*/)?python[\d.]* -m (venv|pip)|(source|\.) \S*activate|make\b)"
)


def check_installing(command):
    """The names in a command that is not run must exist."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for part in re.split(r"&&|;", command):
        words = shlex.split(part, comments=True)
        if words[:1] == ["make"]:
            named = {word for word in words[1:] if "=" not in word and not word.startswith("-")}
            assert named <= targets, f"{command}: no such target in the Makefile"
        if "install" in words:
            asked = {name for word in words for name in re.findall(r"\[([\w,-]+)\]", word)}
            assert {n for names in asked for n in names.split(",")} <= set(extras), command


def without_shell(command):
    """Words of an `eddysky` command in which a shell has nothing to do; None for any other."""
    words = shlex.split(command, comments=True)
    plain = words[0] == "eddysky" and not re.search(r"[^\w\s=.,:/+-]", " ".join(words))
    return words if plain else None


def execute(arguments, folder, what):
    """Run a script, given by its path, or else a command; it must end well."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MPLBACKEND": "Agg",
    }
    if isinstance(arguments[0], Path):
        done = preloaded.run(arguments[0], arguments[1:], folder, environment, timeout=900)
    else:
        done = subprocess.run(
            arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=900
        )
    assert done.returncode == 0, f"{what}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr, f"{what}\n{done.stderr}"


def run_blocks(name, found, folder, *, slow):
    """Run the blocks of a document in order; those marked slow only if asked for."""
    if not (folder / ".venv").exists():
        # Documents may name the environment that `make` makes.
        (folder / ".venv").symlink_to(sys.prefix)
    for block in found:
        where = f"{name}:{block.line}"
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python" and (slow or not block.slow):
            (folder / ".block").write_text(block.text, encoding="utf-8")
            script = [folder / ".block"]
            if block.text.lstrip().startswith(">>>"):
                script = [Path(doctest.__file__), ".block"]
            execute(script, folder, f"{where}\n{block.text}")
        for command in commands(block):
            if INSTALLING.match(command):
                check_installing(command)
            elif slow or not block.slow:
                words = ["bash", "-euo", "pipefail", "-c", command]
                if plain := without_shell(command):
                    words = [Path(sys.executable).with_name("eddysky"), *plain[1:]]
                execute(words, folder, f"{where}: {command}")


def has_blocks(document, *, slow):
    found = blocks(document.read_text(encoding="utf-8"))
    return any(block.slow for block in found) if slow else bool(found)


def documents(*, slow):
    return [
        pytest.param(document, id=str(document.relative_to(ROOT)))
        for document in DOCUMENTS
        if has_blocks(document, slow=slow)
    ]


@pytest.mark.parametrize("document", documents(slow=False))
def test_document(document, tmp_path):
    found = blocks(document.read_text(encoding="utf-8"))
    run_blocks(document.name, found, tmp_path, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("document", documents(slow=True))
def test_document_with_its_slow_blocks(document, tmp_path):
    found = blocks(document.read_text(encoding="utf-8"))
    run_blocks(document.name, found, tmp_path, slow=True)


def headings(document):
    """Anchors of the headings of a document, as GitHub makes them."""
    lines = re.sub(r"(?ms)^ *```.*?^ *```$", "", document.read_text(encoding="utf-8")).splitlines()
    titles = (line.lstrip("#").strip().lower() for line in lines if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    """Relative links and images point to files and headings that exist."""
    text = document.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text):
        if not re.match(r"[a-z]+:", target):
            file = document.parent / target if target else document
            assert file.exists(), f"{document.name}: {target}"
            assert not anchor or anchor in headings(file), f"{document.name}: {target}#{anchor}"


def test_every_fence_is_understood():
    """A block in a language spelt otherwise would go untested without a word."""
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        assert len(re.findall(r"^ *```", text, re.MULTILINE)) % 2 == 0, document.name
        languages = set(re.findall(r"^ *```([^\s`]+)", text, re.MULTILINE))
        assert not languages & {"shell", "zsh", "py", "python3", "pycon", "shell-session"}, document


SAMPLE = """
# Sample
```console
$ eddysky list
isotropic-diffusion ...
$ echo one > \\
  made.txt
```
<!-- cluster -->
```sh
sbatch job.sh
```
<!-- slow -->
```sh
echo slow > slow.txt  # far too slow
```
1. A list:
   ```python
   from pathlib import Path

   assert Path("made.txt").read_text() == "one\\n"
   ```

```python
# mine.py
answer = 42
```
```sh
python mine.py
```
```python
>>> 1 + 1
2
```
```text
not run
```
```toml
# mine.toml
[sky]
```
```bash
git clone https://example.org/eddysky && cd eddysky && make run
pip install '.[test]'
```
"""


def test_blocks_of_a_sample(tmp_path):
    found = blocks(SAMPLE)
    assert [block.language for block in found] == [
        "console", "sh", "python", "python", "sh", "python", "toml", "bash",
    ]  # fmt: skip
    assert [block.slow for block in found] == [False, True, *6 * [False]]
    assert SAMPLE.splitlines()[found[2].line - 1].strip() == "```python"
    run_blocks("sample", found, tmp_path, slow=False)
    assert (tmp_path / "made.txt").exists()
    assert (tmp_path / "mine.toml").read_text() == "# mine.toml\n[sky]\n"
    assert not (tmp_path / "slow.txt").exists()
    run_blocks("sample", found, tmp_path, slow=True)
    assert (tmp_path / "slow.txt").exists()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("console", "$ eddysky run nothing-of-the-kind\n"),
        ("console", "eddysky lists\n"),
        ("sh", "eddysky show xyz | head -1\n"),
        ("bash", "make coffee\n"),
        ("sh", "git clone https://example.org/x && make tea\n"),
        ("sh", "pip install '.[nonsense]'\n"),
        ("python", "import eddysky.nonsense\n"),
        ("python", ">>> 1 + 1\n3\n"),
    ],
)
def test_what_does_not_work_is_found(tmp_path, language, text):
    found = blocks(f"```{language}\n{text}```\n")
    with pytest.raises(AssertionError):
        run_blocks("sample", found, tmp_path, slow=False)
