"""C_ℓ after 1, 2, 5 and 20 scatterings and in the stationary limit, for both free-path laws and parallel transport.

Zhang & Liu (2024) stop at the first scattering. But compression heats, so the isotropic part of f at the
scattering centre varies in space itself. The flow here is potential (β = 0), where this matters most: for fixed
paths deeper scatterings take four fifths of C_2, shift power towards ℓ ≈ 6 and leave larger ℓ as they are. For
exponential paths the flow disappears from the sky, from large ℓ downwards, as the density adjusts until its gradient
balances the drag; in the stationary limit the dipole alone is left, the velocity of the fluid at the observer.

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

DEPTHS = (1, 2, 5, 20, "stationary")
PANELS = {
    "fixed": "potential flow, fixed free paths",
    "exponential": "potential flow, exponential free paths",
    "parallel": "parallel transport, exponential free paths",
}
PARALLEL = {
    "transport.mode": "parallel",
    "transport.free_path": "exponential",
    "flow.transverse_fraction": 2 / 3,
}
# Less than this fraction of the highest C_ℓ is not shown.
REACH = 1e-10


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """One figure for each free-path law and one for parallel transport, the depths side by side."""
    from eddysky.validation.plots import plot_powers

    drawn = []
    for law, words in PANELS.items():
        shown = {name: each for name, each in outcomes.items() if name.startswith(law)}
        if shown:
            comparisons = {label(name, each): each.comparison for name, each in shown.items()}
            title = caption(SCENARIO, shown, f"Depth of relaxation: {words}")
            path = beside(stem, f".{law}.png")
            drawn.append(plot_powers(comparisons, path, title, reach=REACH))
    return drawn


def label(variant: str, outcome: Outcome) -> str:
    """The depth of a variant in words."""
    depth = variant.rpartition("-")[2]
    if depth == "stationary":
        left = outcome.comparison.ell.tolist() == [1]
        return "stationary limit" + (", the dipole alone" if left else "")
    return f"{depth} scattering" + ("" if depth == "1" else "s")


SCENARIO = Scenario(
    name="relaxation-depth",
    summary="1 scattering to the stationary limit: with exponential paths potential flows fade",
    figure=figure,
    files=(".fixed.png", ".exponential.png", ".parallel.png"),
    settings={
        "flow.transverse_fraction": 0.0,
        "flow.modes": 1024,
        "sky.nside": 32,
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
