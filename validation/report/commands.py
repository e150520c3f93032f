"""Commands that make results and observations again, and what they leave open."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import counted, ranges
from eddysky.simulator.observation.survey import Survey

if TYPE_CHECKING:
    from eddysky.simulator.observation.observation import Observation

__all__ = ["first_kept", "observe_command", "run_command", "selection", "word"]


def run_command(
    config: Config, name: str, output: str, kept: Mapping[str, int], columns: Sequence[str]
) -> list[str]:
    """Lines that simulate skies again: a command, or Python where objects of Python are needed.

    Parameters
    ----------
    config
        Of the skies.
    name, output
        Of the configuration, without ending, and of the results.
    kept
        Options "maps" and "alms" where they are not the default; 0 of no a_ℓm.
    columns
        Names of the outside columns.
    """
    field = config.flow.field
    options = {key: value for key, value in kept.items() if value or key == "maps"}
    if field is None and not columns:
        words = ["eddysky run", word(f"{name}.toml"), "-o", word(output)]
        return [" ".join([*words, *(f"--{key} {value}" for key, value in options.items())])]
    objects = []
    if field is not None:
        objects.append(("flow", f"the velocity field {field.name!r}"))
    if columns:
        objects.append(("columns", f"the list of the columns {', '.join(map(repr, columns))}"))
    given = [f"{key}={key}" for key, _ in objects]
    given += [f"{key}={value}" for key, value in options.items()]
    return [
        f"# In Python, where {' and '.join(f'{key} is {what}' for key, what in objects)}:",
        "from pathlib import Path; from eddysky import Config, simulate",
        f"config = Config.from_toml(Path({f'{name}.toml'!r}))",
        f"simulate(config, {output!r}, {', '.join(given)})",
    ]


def first_kept(index: NDArray[np.int64]) -> int:
    """How many realisations, from the first, must be kept to have all of these."""
    return int(index[-1]) + 1 if len(index) else 0


def selection(config: Config, index: NDArray[np.int64]) -> str:
    """Remark on a file that does not hold all realisations, such as a slice."""
    total = config.ensemble.realizations
    if len(index) == total:
        return ""
    return f"The file holds of {counted(total)}, numbered from 0, only {ranges(index.tolist())}; the command makes all."


def observe_command(name: str, observation: Observation) -> str:
    """The command that observes the skies again."""
    survey = observation.survey
    words = ["eddysky observe", word(f"{name}-skies.h5"), "--field", shlex.quote(survey.field)]
    words += ["--events", "+".join(f"{number:.17g}" for number in survey.events)]
    words += ["-o", word(f"{name}.h5"), "--nside", str(survey.nside)]
    for field in fields(Survey):
        value, option = getattr(survey, field.name), "--" + field.name.replace("_", "-")
        if field.name in ("field", "events", "nside") or value == field.default:
            continue
        if field.name in ("point_spread", "apodise"):
            words += [option, f"{value!r}deg"]
        elif field.name == "keep_zonal":
            words.append(option)
        elif field.name == "compton_getting":
            words += [option, *map(repr, value)]
        else:
            words += ["--survey-seed" if field.name == "seed" else option, str(value)]
    count, maps = len(observation.index), len(observation.counts)
    if count == 1:
        words += ["--row", str(int(observation.index[0]))]
    if maps != min(8, count):
        words += ["--maps", str(maps)]
    return " ".join(words)


def word(name: str) -> str:
    """A file name on the command line."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)
