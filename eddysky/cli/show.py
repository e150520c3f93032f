"""`eddysky show`: a configuration as TOML."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

import click

from eddysky.cli.arguments import set_option, target_argument
from eddysky.cli.console import say

__all__ = ["show"]

WIDTH = 100


@click.command()
@target_argument
@set_option
def show(target: str, settings: Sequence[str]) -> None:
    """Print the full configuration of a scenario as TOML, each key explained, ready to save and edit."""
    from eddysky.cli.targets import open_target

    chosen = open_target(target, settings)
    say(chosen.heading(), nl=False)
    say("\n".join(explained(chosen.base.to_editable_toml())))


def explained(toml: str) -> Iterator[str]:
    """Lines of a configuration; the first line of each key has its meaning as a comment above it."""
    from eddysky.simulator.config.meanings import MEANINGS

    section, known = "", dict(MEANINGS)
    for line in toml.splitlines():
        header = re.fullmatch(r"\[+([\w.]+)\]+", line)
        key = re.match(r"(?:# )?(\w+) = ", line)
        section = header[1] if header else section
        meaning = known.pop(section if header else f"{section}.{key[1]}" if key else "", None)
        if meaning is not None:
            yield ""
            yield from textwrap.wrap(
                meaning, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
            )
        yield line
