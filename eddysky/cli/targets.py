"""The target of a command: a scenario, one of its variants, a TOML file or a Python file, with the changes of --set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eddysky.cli.console import say
from eddysky.cli.settings import read_settings
from eddysky.scenarios import SCENARIOS, Outcome, Scenario, get, names
from eddysky.scenarios.files import errors_of, from_file
from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import band_in_words
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.filenames import is_results_name, without_ending

__all__ = ["Source", "Target", "open_config", "open_source", "open_target"]


@dataclass(frozen=True, slots=True)
class Target:
    """One or several configurations, and the scenario that draws their outcomes.

    Parameters
    ----------
    scenario
        Draws the figures.
    label
        Name of the target on the command line, without folder and ending.
    configs
        Configurations by the name of their variant; the first is the base.
    file
        The Python file that defines the scenario, if any.
    """

    scenario: Scenario
    label: str
    configs: Mapping[str, Config]
    file: Path | None = None

    @property
    def name(self) -> str:
        """Stem of the default results file."""
        return self.label.replace("/", "-")

    @property
    def base(self) -> Config:
        """The first configuration."""
        return next(iter(self.configs.values()))

    def output(self, base: Path, variant: str) -> Path:
        """Results file of a variant: the first goes to `base` itself."""
        if variant == next(iter(self.configs)):
            return base
        name = without_ending(base)
        return base.with_name(f"{name}-{variant}{base.name.removeprefix(name)}")

    def title(self, variant: str) -> str:
        """Name of a variant on the command line."""
        return f"{self.label}/{variant}" if len(self.configs) > 1 else self.label

    def first(self) -> str:
        """Which of several variants a command uses, in words."""
        name, count = self.title(next(iter(self.configs))), len(self.configs)
        return f"uses {name}, the first of {count} variants; `eddysky show {self.label}` lists them"

    def heading(self) -> str:
        """TOML comments on the band and the variants, which are not part of the configuration."""
        lines = []
        if any(part.band_is_open for part in self.base.flow.components):
            lines.append(f"# {band_in_words(self.base)}")
        if len(self.configs) > 1:
            titles = ", ".join(self.title(variant) for variant in self.configs)
            lines.append(f"# first of the variants {titles}")
        return "".join(f"{line}\n" for line in lines)

    def draw(self, outcomes: Mapping[str, Outcome], stem: Path, **data: Any) -> list[Path]:
        """Draw the figures; returns their files."""
        drawn = self.scenario.figure(outcomes, stem, **data)
        if not (isinstance(drawn, list) and all(isinstance(path, Path) for path in drawn)):
            raise InputError(
                f"{self.label}: figure: must return the list of files that it wrote, not {drawn!r:.60}"
            )
        return drawn


@dataclass(frozen=True, slots=True)
class Source:
    """What a target names, before keys are changed.

    Parameters
    ----------
    scenario, label, file
        As in `Target`.
    variants
        Names of its variants.
    config
        Makes the configuration of a variant from the keys that are changed.
    """

    scenario: Scenario
    label: str
    variants: tuple[str, ...]
    config: Callable[[str, Mapping[str, Any]], Config]
    file: Path | None = None


def open_target(text: str, settings: Sequence[str]) -> Target:
    """Find a scenario, TOML file or Python file, or a variant of a scenario; "" is the default scenario.

    Raises
    ------
    InputError
        If it does not exist, or its configuration is not valid.
    """
    overrides = read_settings(settings)
    source = open_source(text)
    scenario = source.scenario
    with errors_of(source.file, loading=True):
        configs = {name: source.config(name, overrides) for name in source.variants}
        if len({config.config_hash for config in configs.values()}) < len(configs):
            varied = {key for changed in scenario.variants.values() for key in changed}
            given = ", ".join(sorted(varied & overrides.keys()))
            raise InputError(
                f"variants of {scenario.name} are the same{f' with --set {given}' if given else ''}; "
                f"run one of them alone, such as {scenario.name}/{source.variants[0]}"
            )
    return Target(scenario, source.label, configs, source.file)


def open_source(text: str) -> Source:
    """Find a scenario, TOML file or Python file, or a variant of a scenario; its configurations come later.

    Raises
    ------
    InputError
        If it does not exist.
    """
    default = next(iter(SCENARIOS.values()))
    path = Path(text)
    if python := re.fullmatch(r"(.*\.py)(?:/([^/]*))?", text):
        file = Path(python[1])
        return _source(from_file(file), python[2] or "", file)
    if is_results_name(path):
        raise InputError(
            f"{text}: a results file; must be a scenario, a TOML file or a Python file"
        )
    name, _, variant = (text or default.name).partition("/")
    if path.suffix == ".toml" or (path.exists() and name not in names()):
        return Source(default, path.stem, ("",), lambda _, changed: Config.from_toml(path, changed))
    return _source(get(name), variant)


def open_config(text: str) -> Config:
    """Configuration of a scenario, a TOML file, a Python file or a results file.

    Raises
    ------
    InputError
        If there is none, or it is not valid.
    """
    from eddysky.simulator.results.store import open_results

    if not text:
        raise InputError(
            "--config '': must be a scenario, a TOML file, a Python file or a results file"
        )
    if is_results_name(Path(text)):
        with open_results(text) as (_, config):
            return config
    chosen = open_target(text, ())
    if len(chosen.configs) > 1:
        say(f"eddysky: --config {text}: {chosen.first()}", err=True)
    return chosen.base


def _source(scenario: Scenario, variant: str, file: Path | None = None) -> Source:
    """A scenario with all its variants, or with one of them."""
    label = f"{scenario.name}/{variant}" if variant else scenario.name
    variants = (variant,) if variant else tuple(scenario.variants)
    return Source(scenario, label, variants, scenario.config, file)
