"""Maps of a scan over two keys: C_ℓ, and amplitude and slope relative to their predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eddysky.simulator.plots.style import power_of_ten
from eddysky.validation.plots.scan_columns import (
    C_ELL,
    Array,
    axis_label,
    distinct,
    numbers,
    plain,
    value_text,
    verdicts,
)
from eddysky.validation.scans.table import NOT_CONSISTENT

if TYPE_CHECKING:
    from astropy.table import Table
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_maps"]

# Most columns of cells in which numbers can be read, and most ticks.
MOST_NUMBERS, MOST_TICKS = 12, 16
# Brightness of a cell from which on its number is black.
BRIGHT = 0.55
# Mark of points that contradict the theory.
CROSS: dict[str, Any] = {
    "linestyle": "none", "marker": "X", "markersize": 6, "color": "k", "markeredgecolor": "w",
    "markeredgewidth": 0.7,
}  # fmt: skip


def draw_maps(fig: Figure, table: Table, keys: tuple[str, str]) -> None:
    """One panel each for C_ℓ, amplitude over prediction and slope minus prediction.

    Parameters
    ----------
    fig
        Where they are drawn.
    table
        From `scan`.
    keys
        Keys along the horizontal and the vertical axis.
    """
    difference = numbers(table, "slope") - numbers(table, "slope_predicted")
    panels = [
        (numbers(table, "c_ell"), C_ELL.format(ell=table.meta["ell"]), None),
        (numbers(table, "amplitude"), "amplitude / prediction", 1.0),
        (difference, r"slope $-$ prediction", 0.0),
    ]
    shown = [panel for panel in panels if np.isfinite(panel[0]).any()]
    axes = np.atleast_1d(fig.subplots(max(len(shown), 1), sharex=True))
    across, up = (distinct(table, key) for key in keys)
    for panel, (values, label, centre) in zip(axes, shown, strict=False):
        grid = np.full((len(up), len(across)), np.nan)
        wrong = np.zeros(grid.shape, dtype=bool)
        places = [
            (up.index(row), across.index(column))
            for column, row in zip(*(table[key].tolist() for key in keys), strict=True)
        ]
        for place, value, verdict in zip(places, values, verdicts(table), strict=True):
            grid[place], wrong[place] = value, verdict == NOT_CONSISTENT
        draw_map(fig, panel, grid, label, centre)
        rows, columns = np.nonzero(wrong)
        panel.plot(columns + 0.36, rows - 0.27, **CROSS)
        panel.set_ylabel(axis_label(table, keys[1]))
        ticks(panel.yaxis, [value_text(value) for value in up])
    ticks(axes[-1].xaxis, [value_text(value) for value in across])
    axes[-1].set_xlabel(axis_label(table, keys[0]))
    if any(verdict == NOT_CONSISTENT for verdict in verdicts(table)):
        line = axes[0].plot([], [], label="contradicts the theory", **CROSS)
        fig.legend(handles=line, loc="outside lower center", fontsize=8)


def draw_map(fig: Figure, axes: Axes, grid: Array, label: str, centre: float | None) -> None:
    """Coloured cells with their numbers; diverging colours about `centre`, if there is one."""
    from matplotlib.colors import LogNorm, Normalize

    some = grid[np.isfinite(grid)]
    low, high = float(some.min()), float(some.max())
    norm: Any = Normalize(low, high)
    if centre is not None:
        reach = max(high - centre, centre - low, 1e-12)
        norm = Normalize(centre - reach, centre + reach)
    elif low > 0 and high > 4 * low:
        norm = LogNorm(low, high)
    colours = "viridis" if centre is None else "RdBu_r"
    image = axes.imshow(grid, origin="lower", aspect="auto", norm=norm, cmap=colours)
    bar = fig.colorbar(image, ax=axes, pad=0.015)
    axes.tick_params(top=False, right=False, direction="out")
    written = grid.shape[1] <= MOST_NUMBERS
    exponent, scale = power_of_ten(high) if centre is None else (0, 1.0)
    bar.set_label(label + (f"\nin the cells: $10^{{{exponent}}}$" if written and exponent else ""))
    if not written:
        return
    for (row, column), value in np.ndenumerate(grid):
        if np.isfinite(value):
            brightness = float(np.mean(image.cmap(norm(value))[:3]))
            colour = "k" if brightness > BRIGHT else "w"
            text = f"{value / scale:.3g}" if centre is None else f"{round(value, 3) + 0.0:.3f}"
            axes.text(
                column,
                row,
                text.replace("-", "−"),
                ha="center",
                va="center",
                fontsize=5.5,
                color=colour,
            )


def ticks(axis: Any, labels: list[str]) -> None:
    """Values along an axis of cells; of many, every second, third, ..."""
    every = 1 + (len(labels) - 1) // MOST_TICKS
    axis.set_ticks(range(0, len(labels), every), [plain(text) for text in labels[::every]])
