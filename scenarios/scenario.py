"""What a scenario is: a name, what it shows, one configuration or several, and a figure."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.config import Config
from eddysky.simulator.results.result import Result

if TYPE_CHECKING:
    from eddysky.validation import Comparison, MeasuredPower

__all__ = ["DrawData", "Outcome", "Scenario", "run_as_script"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A simulated variant of a scenario, beside its prediction."""

    result: Result
    comparison: Comparison


DrawData = Callable[[Mapping[str, Outcome], Path, "MeasuredPower"], list[Path]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A ready-made run.

    Parameters
    ----------
    name
        As on the command line.
    summary
        One line: what it shows.
    figure
        Draws the figures of the outcomes, keyed by variant, to files whose names begin like the path given and have
        its format, and writes their numbers beside them; returns the files.
    settings
        Keys that differ from the defaults, such as {"flow.modes": 1024}.
    variants
        What differs from `settings`, by the name of the variant; the first is the base. A scenario of one
        configuration has the single variant "".
    alms
        Skies of which the figure needs the a_ℓm.
    figure_with_data
        As `figure`, with a measured spectrum (`eddysky.validation.MeasuredPower`) as a third argument; None for
        scenarios that are not compared with measurements.
    """

    name: str
    summary: str
    figure: Callable[[Mapping[str, Outcome], Path], list[Path]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"": {}})
    alms: int = 0
    figure_with_data: DrawData | None = None

    def config(self, variant: str = "", overrides: Mapping[str, Any] | None = None) -> Config:
        """Configuration of a variant (the base by default), with the user's overrides on top."""
        chosen = self.variants[variant or next(iter(self.variants))]
        return Config().replace({**self.settings, **chosen, **(overrides or {})})


def run_as_script(scenario: Scenario) -> None:
    """Run a scenario from its own file; arguments are those of `eddysky run`."""
    # As `python -m eddysky` does: the command line opens the scenarios, and they do not import it.
    sys.argv[1:1] = ["run", scenario.name]
    runpy.run_module("eddysky", run_name="__main__")
