"""The newcomer's path, timed: every command and program of docs/start.md, from a fresh clone, in an empty home.

`python benchmarks/newcomer.py` prints the seconds of each section. The exit status is 1 if a command fails, or if all
of them take more than ten minutes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "docs"))
from code_blocks import blocks, commands  # noqa: E402  (shared with the tests of the documentation)

MOST = 600.0


def main() -> int:
    """Clone, follow the page, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--from", dest="origin", default=str(ROOT), help="repository to clone; by default this one"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clone, home = Path(folder, "eddysky"), Path(folder, "home")
        home.mkdir()
        # Nothing of this user's settings, caches or environments.
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        shell = Shell(Path(folder), environment)
        seconds = {"Clone": shell.run(f"git clone --quiet {given.origin} {clone}; cd {clone}")}
        for block in blocks((clone / "docs" / "start.md").read_text(encoding="utf-8")):
            if block.file:
                (clone / block.file).write_text(block.text, encoding="utf-8")
            for command in commands(block):
                print(f"$ {command}", flush=True)
                seconds[block.section] = seconds.get(block.section, 0.0) + shell.run(command)
        shell.close()
    for section, spent in seconds.items():
        print(f"{section:<24} {spent:7.1f} s")
    total = sum(seconds.values())
    print(f"{'all':<24} {total:7.1f} s")
    return int(total > MOST)


class Shell:
    """One terminal: a folder and an activated environment stay from command to command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.bash = subprocess.Popen(
            ["bash", "-o", "pipefail"], cwd=folder, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, command: str) -> float:
        """Seconds that a command takes; what it prints is shown.

        Raises
        ------
        SystemExit
            If it fails.
        """
        assert self.bash.stdin is not None
        assert self.bash.stdout is not None
        start = time.monotonic()
        self.bash.stdin.write(f'{command} </dev/null\necho "<ended> $?"\n')
        self.bash.stdin.flush()
        for line in self.bash.stdout:
            if line.startswith("<ended>"):
                break
            print("  " + line, end="", flush=True)
        else:
            line = "<ended> the shell"
        if line.split()[1] != "0":
            raise SystemExit(f"failed: {command}")
        return time.monotonic() - start

    def close(self) -> None:
        """End the shell."""
        assert self.bash.stdin is not None
        self.bash.stdin.close()
        self.bash.wait()


if __name__ == "__main__":
    sys.exit(main())
