"""Can the flow be expanded around the observer? Where eddies are larger than λ, yes; in turbulence, no (ZL24 §3).

An expansion of u to order n makes multipoles up to ℓ = n + 1. For a flow whose smallest eddies are ten mean free
paths wide each of them is right as soon as it is there. With eddies down to half a mean free path the
expansion diverges: the higher its order, the farther it is from the sky that the same flow makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.plots.sky_map import draw_map
from eddysky.simulator.plots.style import COLOURS, figure, power_of_ten, save
from eddysky.simulator.plots.titles import set_title
from eddysky.simulator.results.filenames import beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SCENARIO"]

Array = NDArray[Any]

FLOWS: dict[str, dict[str, Any]] = {
    "large-scale": {"flow.outer_scale": "10000 pc", "flow.inner_scale": "100 pc"},
    "turbulence": {"flow.outer_scale": "1000 pc", "flow.inner_scale": "6 pc", "ensemble.seed": 2},
}
ORDERS = (1, 2, 4)
FULL = "full"
# Diameters of the points, in the order of the variants.
RINGS = (11.0, 8.5, 6.0, 2.8)


def draw(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Spectra, and maps of the same realisation."""
    drawn = [plot_spectra(outcomes, beside(stem, ".power.png"))]
    if all(len(outcome.result.maps) for outcome in outcomes.values()):
        drawn.append(plot_maps(outcomes, beside(stem, ".maps.png")))
    return drawn


def plot_spectra(outcomes: Mapping[str, Outcome], path: Path) -> Path:
    """C_ℓ of the expansions and of the full flow, points over curves; below, how far the expansions are off."""
    shown = by_flow(outcomes)
    complete = all(FULL in variants for variants in shown.values())
    rows = 2 if complete else 1
    with figure(3.9 * len(shown) + 0.6, 4.2 + 2.0 * (rows - 1)) as fig:
        panels = fig.subplots(
            rows, len(shown), sharex="col", height_ratios=[2, 1][:rows], squeeze=False
        )
        for column, (flow, variants) in enumerate(shown.items()):
            top = panels[0, column]
            for place, (label, outcome) in enumerate(variants.items()):
                each = outcome.comparison
                ring = ring_of(label, place)
                top.plot(each.ell, each.predicted, color=ring["color"], linewidth=1.1, alpha=0.8)
                draw_points(top, each.ell, each.measured, each.error, ring)
                top.plot([], [], label=in_words(label), **ring)
                if complete and label != FULL:
                    draw_departure(panels[1, column], outcome, variants[FULL], ring)
            top.plot([], [], color="0.3", linewidth=1.1, label="prediction")
            for axes in panels[:, column]:
                axes.set_yscale("log")
            top.set_title(heading(flow, variants), fontsize=9)
            top.legend(fontsize=8)
            panels[-1, column].set_xlabel(r"multipole $\ell$")
            panels[-1, column].xaxis.get_major_locator().set_params(integer=True)
        panels[0, 0].set_ylabel(r"$C_\ell$ of $\delta f/f$")
        if complete:
            panels[1, 0].set_ylabel(r"$|C_\ell/C_\ell^\mathrm{full} - 1|$")
        return save(fig, path)


def draw_departure(axes: Axes, outcome: Outcome, full: Outcome, ring: Mapping[str, Any]) -> None:
    """|C_ℓ/C_ℓ(full) − 1|, measured on the same flows and so without their cosmic variance, over the prediction."""
    ell = np.intersect1d(outcome.comparison.ell, full.comparison.ell)
    predicted = [
        each.comparison.predicted[np.isin(each.comparison.ell, ell)] for each in (outcome, full)
    ]
    axes.plot(
        ell, np.abs(predicted[0] / predicted[1] - 1), color=ring["color"], linewidth=1.1, alpha=0.8
    )
    power, reference = outcome.result.power[:, ell], full.result.power[:, ell]
    mean = reference.mean(axis=0)
    ratio = power.mean(axis=0) / mean
    error = (power - ratio * reference).std(axis=0, ddof=1) / mean / np.sqrt(len(power))
    draw_points(axes, ell, np.abs(ratio - 1), error, ring)


def draw_points(
    axes: Axes, ell: Array, values: Array, error: Array, ring: Mapping[str, Any]
) -> None:
    """Points with their error bars."""
    axes.errorbar(ell, values, yerr=error, fmt="none", linewidth=0.9, color=ring["color"])
    axes.plot(ell, values, **ring)


def plot_maps(outcomes: Mapping[str, Outcome], path: Path) -> Path:
    """The first sky of each expansion beside that of the full flow, which is the same flow; one row a flow."""
    shown = by_flow(outcomes)
    columns = max(map(len, shown.values()))
    with figure(2.45 * columns, 1.95 * len(shown)) as fig:
        for row, (flow, variants) in enumerate(shown.items()):
            for column, (label, outcome) in enumerate(variants.items()):
                axes: Any = fig.add_subplot(
                    len(shown), columns, row * columns + column + 1, projection="mollweide"
                )
                values = outcome.result.maps[0].astype(float)
                limit = float(np.percentile(np.abs(values), 99.5)) or 1.0
                draw_map(axes, values, limit, columns=720)
                axes.set_xticks([])
                axes.set_yticks([])
                axes.set_title(in_words(label), fontsize=9)
                axes.set_xlabel(rf"$\pm${scientific(limit)}{off(values, variants)}", fontsize=8)
                if column == 0:
                    axes.set_ylabel(flow.replace("-", " "), fontsize=9)
        set_title(
            fig,
            r"$\delta f/f$ of one realisation: expansions around the observer and the full flow, "
            "each on its own colour scale",
        )
        return save(fig, path)


def by_flow(outcomes: Mapping[str, Outcome]) -> dict[str, dict[str, Outcome]]:
    """Outcomes of each flow that is there, by what is kept of it."""
    sorted_out = {
        flow: {
            name.removeprefix(f"{flow}-"): outcome
            for name, outcome in outcomes.items()
            if name.startswith(flow)
        }
        for flow in FLOWS
    }
    return {flow: variants for flow, variants in sorted_out.items() if variants}


def in_words(label: str) -> str:
    """Legend of a variant."""
    return "full flow" if label == FULL else label.replace("-", " ")


def ring_of(label: str, place: int) -> dict[str, Any]:
    """Look of the points: rings around one another, as expansions that converge would hide each other."""
    colour = "0.15" if label == FULL else COLOURS[place]
    return {
        "marker": "o",
        "linestyle": "none",
        "color": colour,
        "markersize": RINGS[place % len(RINGS)],
        "markerfacecolor": colour if label == FULL else "none",
    }


def heading(flow: str, variants: Mapping[str, Outcome]) -> str:
    """What a flow is, by its smallest eddies."""
    config = next(iter(variants.values())).result.config
    reach = config.flow_spectrum.k_max * config.mean_free_path
    return rf"{flow.replace('-', ' ')}: eddies down to $k\lambda$ = {reach:.2g}"


def off(values: Array, variants: Mapping[str, Outcome]) -> str:
    """How far a map is from the full one: rms of the difference over the rms of the full map."""
    if FULL not in variants:
        return ""
    full = variants[FULL].result.maps[0].astype(float)
    distance = float(np.linalg.norm(values - full) / np.linalg.norm(full))
    return f", off by {percent(distance)}" if distance > 0 else ""


def percent(fraction: float) -> str:
    """Two digits, without an exponent."""
    return f"{float(f'{100 * fraction:.2g}'):g}%"


def scientific(value: float) -> str:
    """Two digits and a power of ten."""
    exponent, scale = power_of_ten(value)
    return f"{value / scale:.1f}" + (rf"$\times 10^{{{exponent}}}$" if exponent else "")


SCENARIO = Scenario(
    name="taylor-expansion",
    summary="the flow expanded around the observer: right for large eddies, diverging in turbulence",
    figure=draw,
    settings={
        "flow.modes": 2048,
        "sky.nside": 32,
        "sky.lmax": 10,
        "ensemble.realizations": 200,
    },
    variants={
        f"{flow}-{FULL if order is None else f'order-{order}'}": scales
        | ({} if order is None else {"flow.taylor_order": order})
        for flow, scales in FLOWS.items()
        for order in (*ORDERS, None)
    },
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
