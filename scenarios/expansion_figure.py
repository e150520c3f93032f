"""Figures of flows expanded around the observer, beside the full flow: spectra, and maps of one realisation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.plots.sky_axes import draw_pixels
from eddysky.simulator.plots.style import COLOURS, figure, power_of_ten, save
from eddysky.simulator.plots.titles import set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_maps", "plot_spectra"]

Array = NDArray[Any]
# Outcomes by the order of the expansion, None being the full flow; and those by the name of the flow.
Orders = Mapping[int | None, Outcome]
Flows = Mapping[str, Orders]

# Diameters of the points, in the order of the variants.
RINGS = (11.0, 8.5, 6.0, 2.8)


def plot_spectra(shown: Flows, path: Path) -> Path:
    """C_ℓ of the expansions and of the full flow, points over curves; below, how far the expansions are off."""
    complete = all(None in orders for orders in shown.values())
    rows = 2 if complete else 1
    with figure(3.9 * len(shown) + 0.6, 4.2 + 2.0 * (rows - 1)) as fig:
        panels = fig.subplots(
            rows, len(shown), sharex="col", height_ratios=[2, 1][:rows], squeeze=False
        )
        for column, (flow, orders) in enumerate(shown.items()):
            top = panels[0, column]
            for place, (order, outcome) in enumerate(orders.items()):
                each = outcome.comparison
                ring = ring_of(order, place)
                top.plot(each.ell, each.predicted, color=ring["color"], linewidth=1.1, alpha=0.8)
                draw_points(top, each.ell, each.measured, each.error, ring)
                top.plot([], [], label=in_words(order), **ring)
                if complete and order is not None:
                    draw_departure(panels[1, column], outcome, orders[None], ring)
            top.plot([], [], color="0.3", linewidth=1.1, label="prediction")
            for axes in panels[:, column]:
                axes.set_yscale("log")
            top.set_title(heading(flow, orders), fontsize=9)
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


def plot_maps(shown: Flows, path: Path) -> Path:
    """The first sky of each expansion beside that of the full flow, which is the same flow; one row a flow."""
    columns = max(map(len, shown.values()))
    with figure(2.45 * columns, 1.95 * len(shown)) as fig:
        for row, (flow, orders) in enumerate(shown.items()):
            for column, (order, outcome) in enumerate(orders.items()):
                axes: Any = fig.add_subplot(
                    len(shown), columns, row * columns + column + 1, projection="mollweide"
                )
                values = outcome.result.maps[0].astype(float)
                limit = float(np.percentile(np.abs(values), 99.5)) or 1.0
                draw_pixels(axes, values, limit, columns=720)
                axes.set_xticks([])
                axes.set_yticks([])
                axes.set_title(in_words(order), fontsize=9)
                axes.set_xlabel(rf"$\pm${scientific(limit)}{off(values, orders)}", fontsize=8)
                if column == 0:
                    axes.set_ylabel(flow, fontsize=9)
        set_title(
            fig,
            r"$\delta f/f$ of one realisation: expansions around the observer and the full flow, "
            "each on its own colour scale",
        )
        return save(fig, path)


def in_words(order: int | None) -> str:
    """Legend of an expansion."""
    return "full flow" if order is None else f"order {order}"


def ring_of(order: int | None, place: int) -> dict[str, Any]:
    """Look of the points: rings around one another, as expansions that converge would hide each other."""
    colour = "0.15" if order is None else COLOURS[place]
    return {
        "marker": "o",
        "linestyle": "none",
        "color": colour,
        "markersize": RINGS[place % len(RINGS)],
        "markerfacecolor": colour if order is None else "none",
    }


def heading(flow: str, orders: Orders) -> str:
    """What a flow is, by its smallest eddies."""
    config = next(iter(orders.values())).result.config
    reach = config.flow_spectrum.k_max * config.mean_free_path
    return rf"{flow}: eddies down to $k\lambda$ = {reach:.2g}"


def off(values: Array, orders: Orders) -> str:
    """How far a map is from the full one: rms of the difference over the rms of the full map."""
    if None not in orders:
        return ""
    full = orders[None].result.maps[0].astype(float)
    distance = float(np.linalg.norm(values - full) / np.linalg.norm(full))
    return f", off by {percent(distance)}" if distance > 0 else ""


def percent(fraction: float) -> str:
    """Two digits, without an exponent."""
    return f"{float(f'{100 * fraction:.2g}'):g}%"


def scientific(value: float) -> str:
    """Two digits and a power of ten."""
    exponent, scale = power_of_ten(value)
    return f"{value / scale:.1f}" + (rf"$\times 10^{{{exponent}}}$" if exponent else "")
