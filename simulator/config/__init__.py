"""The configuration of a run: its sections, units, spectra, checks and messages."""

from __future__ import annotations

from eddysky.simulator.config.configuration import (
    Config,
    CosmicRays,
    Ensemble,
    Flow,
    Sky,
    Transport,
)

__all__ = ["Config", "CosmicRays", "Ensemble", "Flow", "Sky", "Transport"]
