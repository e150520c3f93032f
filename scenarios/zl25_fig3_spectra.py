"""Isotropic against parallel diffusion in the same turbulence: the spectra of Zhang & Liu (2025), Fig. 3.

With parallel transport only the flow along the magnetic field counts, and the sky depends on the pitch angle alone. At
large ℓ both spectra fall as ℓ^(−γ−1), parallel diffusion a factor of 6 lower for β = 2/3 and γ = 5/3: hence the same
observations ask for 20 km/s or 50 km/s on 10 pc. The projection on the field line brings the end of the band
to lower ℓ, so the band reaches further here than by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.filenames import beside
from eddysky.simulator.plots import plot_powers

__all__ = ["SCENARIO"]


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of both kinds of transport."""
    comparisons = {f"{name} diffusion": outcome.comparison for name, outcome in outcomes.items()}
    title = r"Isotropic and parallel diffusion at the same $\sigma$ (ZL25 Fig. 3)"
    return [plot_powers(comparisons, beside(stem, ".power.png"), title)]


SCENARIO = Scenario(
    name="zl25-fig3-spectra",
    summary="isotropic and parallel diffusion in the same turbulence: a factor 6 in C_l (ZL25 Fig. 3)",
    figure=figure,
    settings={
        "flow.inner_scale": "0.15 pc",
        "sky.nside": 32,
        "ensemble.realizations": 200,
    },
    variants={
        "isotropic": {"transport.mode": "isotropic"},
        "parallel": {"transport.mode": "parallel"},
    },
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
