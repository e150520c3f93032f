"""Ready-made runs, one file each; `registry.SCENARIOS` holds them by name, the default first."""

from __future__ import annotations

from eddysky.scenarios.scenario import DrawData, Outcome, Scenario

__all__ = ["DrawData", "Outcome", "Scenario"]
