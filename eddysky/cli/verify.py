"""`eddysky verify`: a results file without damage, whose realisations can be recomputed."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["verify"]


@click.command()
@click.argument("results", metavar="OUT.h5|OBS.h5|OUT.h5.parts", type=click.Path(path_type=Path))
@click.option(
    "--recompute", "count", metavar="K", type=click.IntRange(min=1),
    help="Recompute K realisations, chosen at random, and compare them to the bit.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), help="Of the random choice; another one each time by default."
)  # fmt: skip
def verify(results: Path, count: int | None, seed: int | None) -> None:
    """Check a results file, an observation, or the parts of an unfinished run: SHA-256, checksums and structure.

    Exit code 0 if all is well, 1 if a recomputed realisation differs, 2 if a file is damaged.
    """
    from eddysky.simulator.observation.observation_file import is_observation
    from eddysky.simulator.results import verification

    if results.is_dir():
        if count is not None:
            raise InputError(f"{results}: --recompute: needs a results file, not a folder")
        verify_parts(results)
        return
    if is_observation(results):
        verify_observation(results, count)
        return
    found = verification.verify(results)
    seal = "SHA-256 of the file, " if found.sealed else ""
    say(f"{results}: sound: {seal}checksums, structure and configuration; {found}")
    if not found.sealed:
        say("  written by an older eddysky: without a SHA-256 of the file")
    if count is not None:
        recompute(results, count, secrets.randbelow(1 << 32) if seed is None else seed)
        if found.outside:
            say(f"  columns not recomputed: {', '.join(found.outside)}")


def verify_observation(path: Path, count: int | None) -> None:
    """Report a sound observation."""
    from eddysky.simulator.observation.observation_file import read_observation

    if count is not None:
        raise InputError(f"{path}: --recompute: needs a results file, not an observation")
    say(f"{path}: sound: SHA-256 of the file, checksums and structure; {read_observation(path)}")


def verify_parts(folder: Path) -> None:
    """Report each part; damaged ones end the command with exit code 2."""
    from eddysky.simulator.results import verification

    parts = list(verification.verify_parts(folder))
    if not parts:
        raise InputError(f"{folder}: a folder without parts of an unfinished run")
    for path, found in parts:
        say(found if isinstance(found, InputError) else f"{path}: sound: {found}")
    if damaged := sum(isinstance(found, InputError) for _, found in parts):
        raise InputError(
            f"{folder}: {damaged} of {len(parts)} parts are damaged; the same run again makes them anew"
        )


def recompute(results: Path, count: int, seed: int) -> None:
    """Report the first realisation that differs, with exit code 1, or that all are the same."""
    from eddysky.simulator.config.descriptions import counted
    from eddysky.simulator.run.recomputation import chosen_realizations
    from eddysky.simulator.run.recomputation import recompute as recompute_rows

    numbers = chosen_realizations(results, count, seed)
    for number, words in recompute_rows(results, numbers):
        if words is not None:
            say(f"  realisation {number} differs (--seed {seed}): {words}")
            sys.exit(1)
    chosen = f" of --seed {seed}" if len(numbers) == count else ""
    say(f"  {counted(len(numbers))}{chosen} recomputed: the same bits")
