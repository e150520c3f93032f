"""A newcomer's path: does what docs/start.md says, from a clean clone, and times it.

`git clone` gets what is committed in this repository, or in `--source`. The home directory is empty, and of the
environment only what a network needs is kept, so that nothing is installed or compiled beforehand. The exit code is
1 if a command fails or all take more than ten minutes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "docs"))

from code_blocks import Block, blocks, commands  # noqa: E402

LIMIT = 600.0
NETWORK = re.compile(r"(https?|no)_proxy|SSL_CERT_FILE", re.IGNORECASE)
# Not `set -e`, which lets a failing `git clone ... && cd ...` pass.
CHECK = "status=$?; [ $status = 0 ] || exit $status"
END = "END-OF-BLOCK"


def typed(block: Block) -> list[str]:
    """What a reader types in a terminal for a block, and saves."""
    lines = [line for command in commands(block) for line in (command, CHECK)]
    if block.file:
        lines += [f"cat > {block.file} <<'{END}'\n{block.text}{END}", CHECK]
    if block.language == "python":
        lines += [f"python - <<'{END}'\n{block.text}{END}", CHECK]
    return lines


def steps(markdown: str) -> list[tuple[str, list[str]]]:
    """Sections of a page, each with what is typed in it."""
    sections = groupby(blocks(markdown), key=lambda block: block.section)
    return [(name, [line for block in found for line in typed(block)]) for name, found in sections]


def environment(markdown: str, source: Path, home: Path) -> dict[str, str]:
    """Variables of a new user, for whom the page's repository is `source`."""
    # Not the environment in which this script runs.
    own = {str(Path(sys.prefix) / "bin")} if sys.prefix != sys.base_prefix else set()
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder not in own]
    cloned = re.search(r"git clone (\S+)", markdown)
    assert cloned, "the page does not clone"
    return {name: value for name, value in os.environ.items() if NETWORK.fullmatch(name)} | {
        "HOME": str(home),
        "PATH": os.pathsep.join(folders),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{source.resolve()}.insteadOf",
        "GIT_CONFIG_VALUE_0": cloned[1],
    }


def walk(markdown: str, source: Path, limit: float = LIMIT) -> int:
    """Do what a page says in one terminal, print a table of seconds, and return the exit code."""
    todo = steps(markdown)
    read, write = os.pipe()
    mark = [f"echo >&{write}"]
    script = "\n".join(["set -o pipefail", *(line for _, lines in todo for line in lines + mark)])
    seconds = []
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        begin = last = time.perf_counter()
        process = subprocess.Popen(
            ["bash", "-c", script], cwd=home, env=environment(markdown, source, home), pass_fds=[write]
        )  # fmt: skip
        os.close(write)
        with open(read) as marks:
            for _ in marks:
                now = time.perf_counter()
                seconds.append(now - last)
                last = now
        code = process.wait()
    total = time.perf_counter() - begin
    print(f"\n{'step':32}{'seconds':>9}")
    for (section, _), spent in zip(todo, seconds, strict=False):
        print(f"{section:32}{spent:9.1f}")
    print(f"{'total':32}{total:9.1f}   {os.cpu_count()} cores")
    if code:
        print(f"failed in: {todo[len(seconds)][0]} (exit code {code})")
    elif total > limit:
        print(f"more than {limit:.0f} s")
    return int(code != 0 or total > limit)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=ROOT, help="repository to clone")
    page = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    sys.exit(walk(page, parser.parse_args().source))
