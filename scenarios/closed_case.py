"""Figure of the scenarios without turbulence: the map, and the only multipole that is not zero."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.plots import plot_map
from eddysky.simulator.results.filenames import beside

__all__ = ["figure"]


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Sky map of each variant."""
    drawn = []
    for name, outcome in outcomes.items():
        if len(outcome.result.maps):
            suffix = f".{name}.map.png" if name else ".map.png"
            drawn.append(plot_map(outcome.result, beside(stem, suffix)))
    return drawn
