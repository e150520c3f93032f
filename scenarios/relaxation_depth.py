"""How many scatterings deep the sky remembers: 1, 2, 5 and 20, for fixed and exponential free paths.

Zhang & Liu (2024) stop at the first scattering. But compression heats, so the isotropic part of f at the
scattering centre varies in space itself. The flow here is potential (β = 0), where this matters most: for fixed
paths deeper scatterings take two thirds of C_2 and shift power towards ℓ ≈ 6; for exponential paths the flow
disappears from the sky, from large ℓ downwards, as the density adjusts until its gradient balances the drag.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.filenames import beside
from eddysky.simulator.plots import plot_powers

__all__ = ["SCENARIO"]

DEPTHS = (1, 2, 5, 20)


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """One figure for each free-path law, the depths side by side."""
    drawn = []
    for law in ("fixed", "exponential"):
        comparisons = {
            name.removeprefix(f"{law}-") + " scattering" + ("" if name.endswith("-1") else "s"): (
                outcome.comparison
            )
            for name, outcome in outcomes.items()
            if name.startswith(law)
        }
        if comparisons:
            title = f"Depth of relaxation in a potential flow, {law} free paths"
            drawn.append(plot_powers(comparisons, beside(stem, f".{law}.png"), title))
    return drawn


SCENARIO = Scenario(
    name="relaxation-depth",
    summary="1, 2, 5 and 20 scatterings of a potential flow: with exponential paths it fades from the sky",
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
    },
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
