"""The configuration of a run: its sections, units, spectra, checks and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import (
        Config,
        CosmicRays,
        Ensemble,
        Flow,
        Sky,
        Transport,
    )

__all__ = ["Config", "CosmicRays", "Ensemble", "Flow", "Sky", "Transport"]


def __getattr__(name: str) -> Any:
    """Import the sections when they are asked for: the shell completes their keys without NumPy."""
    if name not in __all__:
        raise AttributeError(f"module 'eddysky.simulator.config' has no attribute {name!r}")
    from eddysky.simulator.config import configuration

    return getattr(configuration, name)
