"""Steps of particles that are followed along their orbits.

A step resolves the gyration and the shortest wave: h = `STEP` min(|r_L|, 1/k_max). Its error is of second order in h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import Config

__all__ = ["longest_step", "orbit_steps"]

# Radians of gyration, and of the shortest wave, in one step.
STEP = 0.25


def longest_step(config: Config, k_max: float) -> float:
    """Longest step of an orbit [pc] in a flow of wavenumbers up to k_max [1/pc]."""
    return STEP / max(1 / abs(config.larmor_radius), k_max)


def orbit_steps(config: Config, k_max: float) -> float:
    """Mean number of steps of an orbit between two scatterings, at most half a step too large."""
    return config.mean_free_path / longest_step(config, k_max) + 1
