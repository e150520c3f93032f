"""What a scenario is: a name, what it shows, one configuration or several, and a figure.

Figures import what they draw with when they are drawn, so that scenarios are listed at once.
"""

from __future__ import annotations

import inspect
import runpy
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.filenames import beside

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.flow.fields import VelocityField
    from eddysky.simulator.results.columns import Column
    from eddysky.simulator.results.result import Result
    from eddysky.validation import Comparison

__all__ = ["Outcome", "Scenario", "draw_map_and_power", "run_as_script"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A simulated variant of a scenario, beside its prediction."""

    result: Result
    comparison: Comparison


def draw_map_and_power(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Sky map of the first realisation of each variant and, with turbulence, C_ℓ of its ensemble."""
    from eddysky.simulator.plots import plot_map
    from eddysky.validation.plots import plot_power

    drawn = []
    for name, outcome in outcomes.items():
        prefix = f".{name}" if name else ""
        if len(outcome.result.maps):
            drawn.append(plot_map(outcome.result, beside(stem, f"{prefix}.map.png")))
        if outcome.result.config.turbulent:
            path = beside(stem, f"{prefix}.power.png")
            drawn.append(plot_power(outcome.result, path, outcome.comparison))
    return drawn


@dataclass(frozen=True, slots=True)
class Scenario:
    """A ready-made run.

    Parameters
    ----------
    name
        As on the command line; of a scenario in a file of its own, the name of that file counts.
    summary
        One line: what it shows.
    settings
        Keys that differ from the defaults, such as {"flow.modes": 1024}.
    variants
        What differs from `settings`, by the name of the variant; the first is the base. A scenario of one
        configuration has the single variant "".
    figure
        Draws the figures of the outcomes, keyed by variant, to files whose names begin like the path given and have
        its format, and writes their numbers beside them; returns the files. A figure with an argument `data` takes a
        measured spectrum (`eddysky.validation.MeasuredPower`, or None) as well. By default sky map and C_ℓ.
    files
        What the names of these files end with, such as (".power.png", ".ratio.csv"): files of these names that eddysky
        did not write are refused before the run.
    alms
        Skies of which the figure needs the a_ℓm.
    flow
        A velocity field that replaces the configured turbulence, or a function that returns the field of realisation
        number i.
    columns
        Further columns of the results file.

    Raises
    ------
    InputError
        If one of them is not of its kind: names it.

    Examples
    --------
    >>> steep = Scenario("steep", "a steep spectrum", settings={"flow.index": 2, "sky.nside": 16})
    >>> steep.config().flow.index
    2.0
    """

    name: str
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"": {}})
    figure: Callable[..., list[Path]] = draw_map_and_power
    files: Sequence[str] = ()
    alms: int = 0
    flow: VelocityField | Callable[[int], VelocityField] | None = None
    columns: Sequence[Column] = ()

    def __post_init__(self) -> None:
        """Refuse what no command could work with."""
        if not (isinstance(self.name, str) and self.name and "/" not in self.name):
            raise InputError(f"Scenario: name = {self.name!r}: must be a text without /")
        if not isinstance(self.summary, str):
            raise InputError(f"Scenario {self.name}: summary: must be a text")
        known = self.variants if isinstance(self.variants, Mapping) else {}
        if not known or any(not isinstance(key, str) or "/" in key for key in known):
            raise InputError(
                f"Scenario {self.name}: variants: must be a dictionary of one or more, without / in their names"
            )
        for settings in (self.settings, *known.values()):
            if not (
                isinstance(settings, Mapping) and all(isinstance(key, str) for key in settings)
            ):
                raise InputError(
                    f"Scenario {self.name}: settings = {settings!r}: must be a dictionary such as "
                    '{"flow.index": 1.5}'
                )
        try:
            inspect.signature(self.figure).bind(
                {}, Path(), **({"data": None} if self.takes_data else {})
            )
        except TypeError:
            raise InputError(
                f"Scenario {self.name}: figure: must be a function of outcomes and path, and perhaps data"
            ) from None
        if not isinstance(self.columns, list | tuple):
            raise InputError(f"Scenario {self.name}: columns: must be a list of Columns")
        if not (
            isinstance(self.files, list | tuple) and all(isinstance(e, str) for e in self.files)
        ):
            raise InputError(
                f'Scenario {self.name}: files: must be a list of texts such as ".power.png"'
            )
        if not (isinstance(self.alms, int) and self.alms >= 0):
            raise InputError(f"Scenario {self.name}: alms = {self.alms!r}: must be 0 or more")

    @property
    def takes_data(self) -> bool:
        """Whether the figure has a place for a measured spectrum."""
        return "data" in inspect.signature(self.figure).parameters

    def endings(self, variants: Iterable[str]) -> Iterator[str]:
        """What the names of the files end with that the figure of some variants may write, as far as it is known."""
        yield from self.files
        if self.figure is draw_map_and_power:
            for name in variants:
                prefix = f".{name}" if name else ""
                yield from (f"{prefix}.map.png", f"{prefix}.power.png")

    def config(self, variant: str = "", overrides: Mapping[str, Any] | None = None) -> Config:
        """Configuration of a variant (the base by default), with the user's overrides on top.

        Raises
        ------
        InputError
            If there is no such variant, or the configuration is not valid.
        """
        from eddysky.simulator.config import Config

        chosen = variant or next(iter(self.variants))
        if chosen not in self.variants:
            known = ", ".join(name for name in self.variants if name)
            allowed = f"variants are {known}" if known else f"{self.name} has no variants"
            raise InputError(f"{self.name}/{variant}: no such variant; {allowed}")
        return Config().replace({**self.settings, **self.variants[chosen], **(overrides or {})})


def run_as_script() -> None:
    """Run the scenario of the file that Python was started with; arguments are those of `eddysky run`."""
    # As `python -m eddysky` does: the command line opens the scenarios, and they do not import it.
    sys.argv[1:1] = ["run", sys.argv[0]]
    runpy.run_module("eddysky", run_name="__main__")
