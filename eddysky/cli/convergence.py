"""One line on standard error where a sky depends on the end of the band of wavenumbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eddysky.cli.console import say

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["say_unconverged"]


def say_unconverged(configs: Iterable[Config]) -> None:
    """Print what `unconverged_band` says of the configurations, each line once."""
    from eddysky.simulator.config.convergence import unconverged_band

    for line in dict.fromkeys(unconverged_band(config) for config in configs):
        if line is not None:
            say(f"eddysky: {line}", err=True)
