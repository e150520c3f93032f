"""`eddysky info`: the contents of a results file or an observation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from eddysky.cli.arguments import results_argument
from eddysky.cli.console import say

__all__ = ["info"]

LONGEST_LIST = 8


@click.command()
@results_argument
def info(results: Path) -> None:
    """Print attributes, datasets and configuration of a results file, or the survey of an observation."""
    import tomli_w

    from eddysky.simulator.observation.observation_file import is_observation
    from eddysky.simulator.results.provenance import Provenance
    from eddysky.simulator.results.shot_noise import ShotNoise
    from eddysky.simulator.results.store import open_results, reading

    if is_observation(results):
        of_observation(results)
        return
    with open_results(results) as (file, config), reading(results):
        lines = [f"{results}: eddysky results, format {file.attrs['format_version']}"]
        for name in ("created", "eddysky_version", "seed", "configuration_sha256"):
            lines.append(f"  {name}: {file.attrs.get(name, 'not recorded')}")

        made = Provenance.from_attributes(file.attrs)
        if made.hosts:
            spent = ", ".join(
                f"{name.replace('_', ' ')} {t:.3g} s" for name, t in made.seconds.items()
            )
            lines.append(f"  made by {'; '.join(made.made_by)} on {'; '.join(made.hosts)}: {spent}")

        def describe(name: str, data: Any) -> None:
            # Groups have no type.
            if hasattr(data, "dtype"):
                size = " x ".join(map(str, data.shape))
                described = data.attrs.get("description", "not described")
                lines.append(f"  /{name}: {size} {data.dtype}: {described}")

        file.visititems(describe)
        if "noise" in file and len(file["power"]):
            lines.append(f"  {ShotNoise.from_rows(config, file['power'][()], file['noise'][()])}")
        lines += ["", tomli_w.dumps(_with_short_lists(config.to_dict())).rstrip()]
    say("\n".join(lines))


def of_observation(path: Path) -> None:
    """Print what was observed, and how."""
    import tomli_w

    from eddysky.simulator.observation.observation_file import DATASETS, read_observation

    found = read_observation(path)
    survey = {name: value for name, value in asdict(found.survey).items() if value is not None}
    lines = [f"{path}: eddysky observation: {found}"]
    lines.append(f"  field of view: {found.sky_fraction:.3f} of the sky")
    for dataset in DATASETS:
        values = getattr(found, dataset.name)
        size = " x ".join(map(str, values.shape))
        lines.append(f"  /{dataset.name}: {size} {values.dtype}: {dataset.description}")
    values = {"survey": survey, **_with_short_lists(found.config.to_dict())}
    say("\n".join([*lines, "", tomli_w.dumps(values).rstrip()]))


def _with_short_lists(values: Any) -> Any:
    """Nested dictionaries in which the number of values stands for tables of them."""
    if isinstance(values, dict):
        return {key: _with_short_lists(value) for key, value in values.items()}
    if isinstance(values, list) and len(values) > LONGEST_LIST:
        return f"{len(values)} values"
    return [_with_short_lists(value) for value in values] if isinstance(values, list) else values
