"""`eddysky info`: what a results file holds."""

from __future__ import annotations

from pathlib import Path

import click

from eddysky.cli.arguments import results_argument
from eddysky.cli.console import say

__all__ = ["info"]


@click.command()
@results_argument
def info(results: Path) -> None:
    """Print attributes, datasets and configuration of a results file."""
    from eddysky.simulator.results.store import open_results

    with open_results(results) as (file, config):
        lines = [f"{results}: eddysky results, format {file.attrs['format_version']}"]
        for name in ("created", "eddysky_version", "seed", "configuration_sha256"):
            lines.append(f"  {name}: {file.attrs.get(name, 'not recorded')}")
        for name, data in file.items():
            # Groups that somebody may have added have no type.
            if hasattr(data, "dtype"):
                size = " x ".join(map(str, data.shape))
                described = data.attrs.get("description", "not described")
                lines.append(f"  /{name}: {size} {data.dtype}: {described}")
        lines += ["", config.to_toml().rstrip()]
    say("\n".join(lines))
