"""The target of a command: a scenario, one of its variants, a TOML file or a Python file, with the changes of --set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eddysky.cli.console import say
from eddysky.scenarios import SCENARIOS, Outcome, Scenario, get, names
from eddysky.scenarios.files import errors_of, from_file
from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import band_in_words
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.filenames import is_results_name, without_ending

__all__ = ["Target", "open_config", "open_target"]


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


def open_target(text: str, settings: Sequence[str]) -> Target:
    """Find a scenario, TOML file or Python file, or a variant of a scenario; "" is the default scenario.

    Raises
    ------
    InputError
        If it does not exist, or its configuration is not valid.
    """
    overrides = _overrides(settings)
    default = next(iter(SCENARIOS.values()))
    path = Path(text)
    if python := re.fullmatch(r"(.*\.py)(?:/([^/]*))?", text):
        file = Path(python[1])
        scenario = from_file(file)
        with errors_of(file, loading=True):
            return _scenario_target(scenario, python[2] or "", overrides, file)
    if is_results_name(path):
        raise InputError(
            f"{text}: a results file; must be a scenario, a TOML file or a Python file"
        )
    name, _, variant = (text or default.name).partition("/")
    if path.suffix == ".toml" or (path.exists() and name not in names()):
        return Target(default, path.stem, {"": Config.from_toml(path, overrides)})
    return _scenario_target(get(name), variant, overrides)


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


def _scenario_target(
    scenario: Scenario, variant: str, overrides: Mapping[str, Any], file: Path | None = None
) -> Target:
    """A scenario with all its variants, or with one of them."""
    chosen = [variant] if variant else list(scenario.variants)
    configs = {name: scenario.config(name, overrides) for name in chosen}
    if len({config.config_hash for config in configs.values()}) < len(configs):
        varied = {key for settings in scenario.variants.values() for key in settings}
        given = ", ".join(sorted(varied & overrides.keys()))
        raise InputError(
            f"variants of {scenario.name} are the same{f' with --set {given}' if given else ''}; "
            f"run one of them alone, such as {scenario.name}/{chosen[0]}"
        )
    label = f"{scenario.name}/{variant}" if variant else scenario.name
    return Target(scenario, label, configs, file)


def _overrides(settings: Sequence[str]) -> dict[str, Any]:
    """Overrides from KEY=VALUE pairs; a value is TOML, or text if it is not valid TOML."""
    overrides: dict[str, Any] = {}
    for setting in settings:
        if "\n" in setting or "\r" in setting:
            raise InputError(f"--set {setting}: one KEY=VALUE in one line; repeat --set for more")
        key, equals, value = setting.partition("=")
        section, _, name = key.strip().partition(".")
        if not equals or not section or not name:
            raise InputError(f"--set {setting}: expected SECTION.KEY=VALUE, such as flow.index=1.5")
        try:
            overrides[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except (ValueError, RecursionError):
            overrides[key.strip()] = value.strip()
    return overrides
