"""What a command works on: a scenario, one of its variants, or a TOML file, with the user's changes."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.config import Config
from eddysky.simulator.config.words import band_in_words
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.scenarios import DrawData, Outcome, Scenario

__all__ = ["Target", "open_target", "parse_settings"]


@dataclass(frozen=True, slots=True)
class Target:
    """One configuration or several, and how their outcomes are drawn.

    Parameters
    ----------
    name
        For results files.
    label
        As the user asked for it.
    configs
        By variant; the first is the base.
    draw
        Draws the figures of all outcomes.
    alms
        Skies of which the figures need the a_ℓm.
    draw_with_data
        The same beside a measured spectrum; None where there is no such figure.
    """

    name: str
    label: str
    configs: Mapping[str, Config]
    draw: Callable[[Mapping[str, Outcome], Path], list[Path]]
    alms: int = 0
    draw_with_data: DrawData | None = None

    @property
    def base(self) -> Config:
        """The first configuration."""
        return next(iter(self.configs.values()))

    def file(self, output: Path, variant: str) -> Path:
        """Results file of a variant: the base goes to `output` itself."""
        if variant == next(iter(self.configs)):
            return output
        ending = output.suffix if output.suffix in (".h5", ".hdf5") else ""
        return output.with_name(f"{output.name.removesuffix(ending)}-{variant}{ending}")

    def title(self, variant: str) -> str:
        """Name of a variant as the command line knows it."""
        return f"{self.label}/{variant}" if len(self.configs) > 1 else self.label

    def heading(self) -> str:
        """TOML comments about what the configuration itself does not say."""
        lines = []
        if any(part.band_is_open for part in self.base.flow.components):
            lines.append(f"# {band_in_words(self.base)}")
        if len(self.configs) > 1:
            names = ", ".join(self.title(variant) for variant in self.configs)
            lines.append(f"# first of the variants {names}")
        return "".join(f"{line}\n" for line in lines)


def open_target(text: str, settings: Sequence[str]) -> Target:
    """Find a scenario, a variant (SCENARIO/VARIANT) or a TOML file; nothing is the default scenario.

    Raises
    ------
    InputError
        If there is none of that name, or its configuration is not valid.
    """
    from eddysky.scenarios.registry import SCENARIOS

    overrides = parse_settings(settings)
    default = next(iter(SCENARIOS.values()))
    name, _, variant = (text or default.name).partition("/")
    path = Path(text)
    if name in SCENARIOS and path.suffix != ".toml":
        return scenario_target(SCENARIOS[name], variant, overrides)
    if path.suffix in (".h5", ".hdf5"):
        raise InputError(f"{text}: a results file; what is asked for is a scenario or a TOML file")
    if path.suffix == ".toml" or path.exists():
        return Target(path.stem, path.stem, {"": Config.from_toml(path, overrides)}, default.figure)
    near = difflib.get_close_matches(text, SCENARIOS, n=1)
    guess = f"; did you mean {near[0]}?" if near else ""
    raise InputError(
        f"{text}: neither a scenario nor a TOML file{guess}\nscenarios: {', '.join(SCENARIOS)}"
    )


def scenario_target(scenario: Scenario, variant: str, overrides: Mapping[str, Any]) -> Target:
    """A scenario with all its variants, or with one of them."""
    if not variant:
        configs = {name: scenario.config(name, overrides) for name in scenario.variants}
        if len({config.identity for config in configs.values()}) < len(configs):
            varied = {key for settings in scenario.variants.values() for key in settings}
            raise InputError(
                f"--set {', '.join(sorted(varied & overrides.keys()))}: makes variants of {scenario.name} the same; "
                f"run one of them alone, such as {scenario.name}/{next(iter(configs))}"
            )
        return Target(
            scenario.name,
            scenario.name,
            configs,
            scenario.figure,
            scenario.alms,
            scenario.figure_with_data,
        )
    if variant not in scenario.variants:
        known = ", ".join(name for name in scenario.variants if name) or "none"
        raise InputError(f"{scenario.name}/{variant}: no such variant; there are: {known}")
    config = scenario.config(variant, overrides)
    name, label = f"{scenario.name}-{variant}", f"{scenario.name}/{variant}"
    return Target(name, label, {variant: config}, scenario.figure, scenario.alms)


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE pairs as overrides; a value is TOML, or else taken as text."""
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
