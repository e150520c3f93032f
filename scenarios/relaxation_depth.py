"""How many scatterings deep the sky remembers: 1, 2, 5 and 20, for both free-path laws and for parallel transport.

Zhang & Liu (2024) stop at the first scattering. But compression heats, so the isotropic part of f at the
scattering centre varies in space itself. The flow here is potential (β = 0), where this matters most: for fixed
paths deeper scatterings take two thirds of C_2 and shift power towards ℓ ≈ 6; for exponential paths the flow
disappears from the sky, from large ℓ downwards, as the density adjusts until its gradient balances the drag.

With parallel transport (ZL25) every flow acts as a potential one, whatever β: with exponential paths all of the sky at
ℓ ≥ 2 disappears, here for β = 2/3.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

DEPTHS = (1, 2, 5, 20)
PANELS = {
    "fixed": "potential flow, fixed free paths",
    "exponential": "potential flow, exponential free paths",
    "parallel": "parallel transport, exponential free paths",
}
PARALLEL = {
    "transport.mode": "parallel",
    "transport.free_path": "exponential",
    "flow.transverse_fraction": 2 / 3,
    # Each C_ℓ is one a_ℓ0 squared: fewer skies give no standard errors.
    "ensemble.realizations": 100,
}


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """One figure for each free-path law and one for parallel transport, the depths side by side."""
    from eddysky.validation.plots import plot_powers

    drawn = []
    for law, words in PANELS.items():
        comparisons = {
            name.removeprefix(f"{law}-") + " scattering" + ("" if name.endswith("-1") else "s"): (
                outcome.comparison
            )
            for name, outcome in outcomes.items()
            if name.startswith(law)
        }
        if comparisons:
            shown = {name: each for name, each in outcomes.items() if name.startswith(law)}
            title = caption(SCENARIO, shown, f"Depth of relaxation: {words}")
            drawn.append(plot_powers(comparisons, beside(stem, f".{law}.png"), title))
    return drawn


SCENARIO = Scenario(
    name="relaxation-depth",
    summary="1 to 20 scatterings: with exponential paths potential flows, and parallel transport, fade",
    figure=figure,
    settings={
        "flow.transverse_fraction": 0.0,
        "flow.modes": 256,
        "sky.nside": 8,
        "sky.lmax": 10,
        "sky.sampling": "random",
        "sky.particles": 100_000,
        "ensemble.realizations": 60,
    },
    variants={
        f"{law}-{depth}": {"transport.free_path": law, "transport.scatterings": depth}
        for law in ("fixed", "exponential")
        for depth in DEPTHS
    }
    | {f"parallel-{depth}": {**PARALLEL, "transport.scatterings": depth} for depth in DEPTHS},
)

if __name__ == "__main__":
    run_as_script()
