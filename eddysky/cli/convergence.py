"""One line on standard error where a sky depends on the end of the band of wavenumbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eddysky.cli.console import say

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["say_unconverged"]

MOST_LINES = 4


def say_unconverged(configs: Iterable[Config]) -> None:
    """Print what `unconverged_band` says of the configurations, each line once, and of many the first."""
    from eddysky.simulator.config.convergence import unconverged_band

    lines = [*filter(None, dict.fromkeys(unconverged_band(config) for config in configs))]
    for line in lines[:MOST_LINES]:
        say(f"eddysky: {line}", err=True)
    if (more := len(lines) - MOST_LINES) > 0:
        say(f"eddysky: and so for {more} further bands", err=True)
