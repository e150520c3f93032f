"""Can the flow be expanded around the observer? Where eddies are larger than λ, yes; in turbulence, no (ZL24 §3).

An expansion of u to order n makes multipoles up to ℓ = n + 1. For a flow whose smallest eddies are ten mean free
paths wide each of them is right as soon as it is there. With eddies down to half a mean free path the
expansion diverges: the higher its order, the farther it is from the sky that the same flow makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

FLOWS: dict[str, dict[str, Any]] = {
    "large-scale": {"flow.outer_scale": "10000 pc", "flow.inner_scale": "100 pc"},
    "turbulence": {"flow.outer_scale": "1000 pc", "flow.inner_scale": "6 pc", "ensemble.seed": 2},
}
# None: the full flow.
ORDERS = (1, 2, 4, None)


def variant(flow: str, order: int | None) -> str:
    """Name of the variant with a flow expanded to some order."""
    return f"{flow}-full" if order is None else f"{flow}-order-{order}"


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Spectra, and maps of the same realisation."""
    from eddysky.scenarios.expansion_figure import plot_maps, plot_spectra

    by_flow = {
        flow.replace("-", " "): {
            order: outcomes[name] for order in ORDERS if (name := variant(flow, order)) in outcomes
        }
        for flow in FLOWS
    }
    shown = {flow: orders for flow, orders in by_flow.items() if orders}
    drawn = [plot_spectra(shown, beside(stem, ".power.png"))]
    if all(len(outcome.result.maps) for outcome in outcomes.values()):
        drawn.append(plot_maps(shown, beside(stem, ".maps.png")))
    return drawn


SCENARIO = Scenario(
    name="taylor-expansion",
    summary="the flow expanded around the observer: right for large eddies, diverging in turbulence",
    figure=figure,
    files=(".power.png", ".maps.png"),
    settings={
        "flow.modes": 2048,
        "sky.nside": 32,
        "sky.lmax": 10,
        "ensemble.realizations": 200,
    },
    variants={
        variant(flow, order): scales | ({} if order is None else {"flow.taylor_order": order})
        for flow, scales in FLOWS.items()
        for order in ORDERS
    },
)

if __name__ == "__main__":
    run_as_script()
