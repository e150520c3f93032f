"""How many scatterings deep the sky remembers: 1, 2, 5 and 20, for fixed and exponential free paths.

Zhang & Liu (2024) stop at the first scattering. But compression heats, so the isotropic part of f at the
scattering centre varies in space itself. For fixed paths deeper scatterings change the lowest multipoles; for
exponential paths the potential part of the flow disappears from the sky altogether as their number grows. The
flow here is in equipartition (β = 2/3), so a third of its power is potential.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
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
            title = f"Depth of relaxation, {law} free paths"
            drawn.append(plot_powers(comparisons, stem.with_suffix(f".{law}.png"), title))
    return drawn


SCENARIO = Scenario(
    name="relaxation-depth",
    summary="1, 2, 5 and 20 scatterings, fixed and exponential paths: compressive flow fades from the sky",
    figure=figure,
    settings={
        "flow.modes": 512,
        "sky.nside": 8,
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
