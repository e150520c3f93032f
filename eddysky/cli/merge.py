"""`eddysky merge`: several results files of one configuration into one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from eddysky.cli.arguments import lock_option
from eddysky.cli.console import say

__all__ = ["merge"]

# Most ranges of missing realisations that are listed.
LISTED = 8


@click.command()
@click.argument(
    "slices", metavar="S1.h5 S2.h5 ...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o", "--output", metavar="OUT.h5", required=True, type=click.Path(path_type=Path),
    help="Results file to be written; if it exists, its realisations are kept.",
)  # fmt: skip
@lock_option
def merge(slices: Sequence[Path], output: Path, no_lock: bool) -> None:
    """Merge results files of one configuration, such as the slices of a job array.

    The order of the files does not matter. Realisations that several files have must be the same in them. `eddysky run`
    with the same configuration and -o OUT.h5 makes those that are missing.
    """
    from eddysky.simulator.config.descriptions import contents_in_words, counted, ranges
    from eddysky.simulator.results.merging import merge as merge_files

    merged = merge_files(slices, output, lock=not no_lock)
    say(f"{output}: {contents_in_words(merged.realizations, merged.maps, merged.alms)}")
    if merged.missing:
        wanted = merged.config.ensemble.realizations
        say(
            f"  missing: {len(merged.missing)} of {counted(wanted)}: {ranges(merged.missing, LISTED)}; "
            f"`eddysky run ... -o {output}` with the same configuration makes them"
        )
