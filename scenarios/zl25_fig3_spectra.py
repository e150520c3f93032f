"""Isotropic against parallel diffusion in the same turbulence: the spectra of Zhang & Liu (2025), Fig. 3.

With parallel transport only the flow along the magnetic field counts, and the sky depends on the pitch angle alone. At
large ℓ both spectra fall as ℓ^(−γ−1), parallel diffusion a factor of 6 lower for β = 2/3 and γ = 5/3: hence the same
observations ask for 20 km/s or 50 km/s on 10 pc. The first figure has both at the same σ. In the second they are
scaled to 20 km/s and 50 km/s, where they nearly coincide: the flows are the same, and C_ℓ ∝ σ².
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

if TYPE_CHECKING:
    from eddysky.validation import Comparison

__all__ = ["SCENARIO"]

# Of each transport, what observations ask for [km/s].
MATCHED = {"isotropic": 20.0, "parallel": 50.0}


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of both kinds of transport: as simulated, and scaled to the dispersions at which they nearly agree."""
    from eddysky.validation.plots import plot_powers
    from eddysky.validation.theory.regular import regular_power

    simulated, matched = {}, {}
    for name, outcome in outcomes.items():
        config, comparison = outcome.result.config, outcome.comparison
        label = f"{name} diffusion"
        if config.flow.component:
            simulated[label] = comparison
            continue
        sigma = config.flow.velocity_dispersion
        simulated[f"{label}, {sigma:g} km/s"] = comparison
        # What regular flows add does not follow σ.
        if sigma > 0 and not regular_power(config)[2:].any():
            factor = (MATCHED[name] / sigma) ** 2
            matched[f"{label}, {MATCHED[name]:g} km/s"] = scaled(comparison, factor)
    title = r"Isotropic and parallel diffusion at the same $\sigma$"
    title = caption(SCENARIO, outcomes, title, "ZL25 Fig. 3")
    drawn = [plot_powers(simulated, beside(stem, ".power.png"), title)]
    if len(matched) == len(outcomes):
        title = (
            r"Isotropic and parallel diffusion, $C_\ell\propto\sigma^2$ scaled to other $\sigma$"
        )
        title = caption(SCENARIO, outcomes, title)
        drawn.append(plot_powers(matched, beside(stem, ".matched.png"), title))
    return drawn


def scaled(comparison: Comparison, factor: float) -> Comparison:
    """The comparison with all C_ℓ multiplied by a factor."""
    return replace(
        comparison,
        measured=factor * comparison.measured,
        error=factor * comparison.error,
        predicted=factor * comparison.predicted,
    )


SCENARIO = Scenario(
    name="zl25-fig3-spectra",
    summary="isotropic and parallel diffusion in the same turbulence: a factor 6 in C_l (ZL25 Fig. 3)",
    figure=figure,
    files=(".power.png", ".matched.png"),
    settings={
        "flow.velocity_dispersion": "23 km/s",
        # The same flows for both, as far as parallel diffusion needs: by default isotropic diffusion ends earlier.
        "flow.inner_scale": "0.09 pc",
        "sky.nside": 32,
        "sky.lmax": 50,
        "ensemble.realizations": 200,
    },
    variants={
        "isotropic": {"transport.mode": "isotropic"},
        "parallel": {"transport.mode": "parallel"},
    },
)

if __name__ == "__main__":
    run_as_script()
