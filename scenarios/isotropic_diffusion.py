"""Isotropic diffusion in Kolmogorov turbulence: the model of Zhang & Liu (2024), Fig. 1.

A fluid with σ(10 pc) = 20 km/s and a mean free path of 10 pc, the particles' at 10 TeV. The sky is an image of
the turbulence one mean free path away, and C_ℓ falls as ℓ^(−γ−1) = ℓ^(−8/3) until the band ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.closed_case import figure as draw_maps
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside
from eddysky.validation.plots import plot_power

__all__ = ["SCENARIO"]


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Sky map of the first realisation, and C_ℓ of the ensemble."""
    outcome, drawn = outcomes[""], draw_maps(outcomes, stem)
    if outcome.result.config.turbulent:
        drawn.append(plot_power(outcome.result, outcome.comparison, beside(stem, ".power.png")))
    return drawn


SCENARIO = Scenario(
    name="isotropic-diffusion",
    summary="the sky of Kolmogorov turbulence, C_l falling as l^(-gamma-1) (ZL24 Fig. 1); the default",
    figure=figure,
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
