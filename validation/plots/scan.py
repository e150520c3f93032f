"""Figure of a scan: C_ℓ, amplitude and slope of all points over their predictions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import COLOURS, figure, finish
from eddysky.simulator.plots.titles import set_title
from eddysky.validation.plots.scan_columns import (
    C_ELL,
    Array,
    axis_label,
    distinct,
    is_numeric,
    name_of,
    numbers,
    plain,
    value_text,
    verdicts,
)
from eddysky.validation.plots.scan_map import draw_maps
from eddysky.validation.scans.table import CONSISTENT, NOT_CONSISTENT, PENDING

if TYPE_CHECKING:
    from astropy.table import Table
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_scan"]

# A logarithmic axis from this ratio of its largest to its smallest value on.
LOGARITHMIC = 8.0
# Values that each have a tick, unless two are closer than this part of the axis.
MOST_TICKS, CLOSEST = 9, 0.06
# Distance between series at one value, as a part of the axis.
BESIDE = 0.012
# Characters beside one another below the panels, and those that the marker of an entry takes.
LEGEND_WIDTH, LEGEND_MARKER = 115, 8
# Meaning, marker, its size and whether it is filled, by verdict.
MARKERS = {
    CONSISTENT: ("simulated", "o", 4.5, True),
    NOT_CONSISTENT: ("contradicts the theory", "X", 8.0, True),
    "no verdict": ("no verdict", "o", 4.5, False),
}
PANELS = {
    "c_ell": C_ELL,
    "amplitude": "amplitude / prediction",
    "slope": r"slope $d\,\ln C_\ell/d\,\ln(\ell+\frac{{1}}{{2}})$",
}


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one colour.

    Parameters
    ----------
    rows
        Their rows in the table.
    x
        Where they stand.
    label
        Values of the other keys.
    colour
        Their colour.
    joined
        Whether their predictions are one line.
    """

    rows: NDArray[np.int64]
    x: Array
    label: str
    colour: str
    joined: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Series, and the axis that they share: label, scale, ticks, what begins at borders, and where it ends."""

    series: list[Series]
    label: str
    scale: str
    ticks: dict[float, str]
    borders: dict[float, str]
    ends: tuple[float, float] | None


@overload
def plot_scan(table: Table, path: None = None) -> Figure: ...
@overload
def plot_scan(table: Table, path: str | Path) -> Path: ...
def plot_scan(table: Table, path: str | Path | None = None) -> Figure | Path:
    """C_ℓ, amplitude and slope of the points of a scan, with their predictions.

    They are drawn against the key that has the most values; those of the others distinguish up to eight lines. More
    values of two keys are drawn as maps, and of more keys side by side in the order of the table. A cross marks a point
    that contradicts the theory, an open circle one without a verdict.

    Parameters
    ----------
    table
        From `scan`, or scan.ecsv read by astropy.
    path
        PNG, PDF or SVG to write; None: the figure is given back.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written.

    Raises
    ------
    InputError
        If the file cannot have that format.
    """
    varied = [key for key in table.meta["grid"] if len(distinct(table, key)) > 1]
    varied = varied or table.meta["grid"][:1]
    key = max(varied, key=lambda name: (len(distinct(table, name)), is_numeric(table, name)))
    others = [name for name in varied if name != key]
    lines = int(np.prod([len(distinct(table, name)) for name in others]))
    shown = [name for name in PANELS if name == "c_ell" or np.isfinite(numbers(table, name)).any()]
    with figure(6.8, 1.6 + 1.9 * len(shown)) as fig:
        if lines > len(COLOURS) and len(varied) == 2:
            fig.set_figheight(0.8 + (0.6 + 0.2 * lines) * len(shown))
            draw_maps(fig, table, (key, others[0]))
        elif lines > len(COLOURS):
            draw_panels(fig, table, shown, side_by_side(table, varied[0]))
        else:
            draw_panels(fig, table, shown, along(table, key, others))
        set_title(fig, title(table))
        return finish(fig, path)


def along(table: Table, key: str, others: list[str]) -> Layout:
    """Points along one key, one series for each combination of the others."""
    values = distinct(table, key)
    numeric = is_numeric(table, key)
    at = {value: float(value) if numeric else float(i) for i, value in enumerate(values)}
    places = np.array(list(at.values()))
    wide = numeric and places[0] > 0 and places[-1] > LOGARITHMIC * places[0]
    spread = np.log(places) if wide else places
    groups = list(itertools.product(*(distinct(table, name) for name in others)))
    series = []
    for index, (group, colour) in enumerate(zip(groups, COLOURS, strict=False)):
        chosen = np.ones(len(table), dtype=bool)
        for name, value in zip(others, group, strict=True):
            chosen &= np.array([each == value for each in table[name].tolist()])
        rows = np.flatnonzero(chosen)
        x = np.array([at[value] for value in table[key][rows].tolist()])
        order = np.argsort(x, kind="stable")
        # Beside one another, so that no series hides another.
        shift = BESIDE * (index - 0.5 * (len(groups) - 1))
        width = float(spread[-1] - spread[0]) or abs(float(spread[0])) or 1.0
        moved = x * np.exp(shift * width) if wide else x + shift * width
        words = ", ".join(
            " ".join(
                filter(None, (name_of(name), "=", value_text(value), str(table[name].unit or "")))
            )
            for name, value in zip(others, group, strict=True)
        )
        series.append(Series(rows[order], moved[order], words, colour, numeric and len(values) > 1))
    gaps = np.diff(spread) / (spread[-1] - spread[0] or 1.0)
    few = len(places) <= MOST_TICKS and bool(np.all(gaps > CLOSEST))
    ticks = {at[value]: value_text(value) for value in values} if few or not numeric else {}
    ends = None if numeric else (-0.5, len(values) - 0.5)
    return Layout(series, axis_label(table, key), "log" if wide else "linear", ticks, {}, ends)


def side_by_side(table: Table, key: str) -> Layout:
    """All points in the order of the table, with a border where a key changes."""
    x = np.arange(1.0, len(table) + 1)
    values = table[key].tolist()
    borders = {
        place - 0.5: value_text(value)
        for place, value, before in zip(x, values, [None, *values[:-1]], strict=True)
        if value != before
    }
    series = [Series(np.arange(len(table)), x, "", COLOURS[0], joined=False)]
    words = f"point, in the order of the table; above: {axis_label(table, key)}"
    return Layout(series, words, "linear", {}, borders, (0.5, len(table) + 0.5))


def draw_panels(fig: Figure, table: Table, columns: list[str], layout: Layout) -> None:
    """One panel above the other for these columns."""
    axes = np.atleast_1d(fig.subplots(len(columns), sharex=True))
    for panel, column in zip(axes, columns, strict=True):
        for series in layout.series:
            draw_series(panel, table, column, series)
        if column == "amplitude":
            panel.axhline(1, color="0.3", linewidth=1, zorder=0)
        for border in [*layout.borders][1:]:
            panel.axvline(border, color="0.8", linewidth=0.6, zorder=0)
        panel.set_ylabel(PANELS[column].format(ell=table.meta["ell"]))
        vertical_scale(panel, column)
    bottom = axes[-1]
    bottom.set_xlabel(layout.label)
    bottom.set_xscale(layout.scale)
    if layout.ticks:
        bottom.set_xticks(list(layout.ticks), [plain(text) for text in layout.ticks.values()])
        bottom.minorticks_off()
    if layout.ends:
        bottom.set_xlim(*layout.ends)
    if layout.borders:
        ends = [*layout.borders, len(table) + 0.5]
        for (start, end), text in zip(
            itertools.pairwise(ends), layout.borders.values(), strict=True
        ):
            where = {"xy": (0.5 * (start + end), 1), "xycoords": axes[0].get_xaxis_transform()}
            axes[0].annotate(
                plain(text), **where, xytext=(0, 2), textcoords="offset points", ha="center", fontsize=8,
                annotation_clip=False,
            )  # fmt: skip
    add_legend(fig, axes[0], table, layout.series)


def draw_series(axes: Axes, table: Table, column: str, series: Series) -> None:
    """Predictions, and the measured points with standard errors, marked by their verdict."""
    value, error = (numbers(table, name)[series.rows] for name in (column, f"{column}_error"))
    if column != "amplitude":
        predicted = numbers(table, f"{column}_predicted")[series.rows]
        axes.plot(series.x, predicted, **prediction_line(series.joined, series.colour))
    words = np.array(verdicts(table))[series.rows]
    for verdict in MARKERS:
        if (some := words == verdict).any():
            axes.errorbar(
                series.x[some], value[some], yerr=error[some], linewidth=0.9, zorder=3,
                **marker(verdict, series.colour),
            )  # fmt: skip


def marker(verdict: str, colour: str) -> dict[str, Any]:
    """How points of a verdict are drawn."""
    _, shape, size, filled = MARKERS[verdict]
    edge = "k" if verdict == NOT_CONSISTENT else colour
    return {
        "linestyle": "none", "color": colour, "marker": shape, "markersize": size,
        "markerfacecolor": colour if filled else "white", "markeredgecolor": edge, "markeredgewidth": 0.8,
    }  # fmt: skip


def prediction_line(joined: bool, colour: str) -> dict[str, Any]:
    """How a prediction is drawn: a line, or a dash at each point."""
    if joined:
        return {"color": colour, "linewidth": 1.1, "alpha": 0.8, "zorder": 1}
    return {"color": "0.3", "linestyle": "none", "marker": "_", "markersize": 9, "zorder": 1}


def add_legend(fig: Figure, axes: Axes, table: Table, series: list[Series]) -> None:
    """Colours of the series, and what markers and lines mean, below the panels."""
    entries: list[Any] = []
    for each in filter(lambda each: each.label, series):
        style: dict[str, Any] = {"color": each.colour, "linewidth": 1.1 if each.joined else 0}
        entries += axes.plot([], [], marker="o", markersize=4.5, label=plain(each.label), **style)
    colour = "0.3" if len(series) > 1 else series[0].colour
    found = verdicts(table)
    for verdict, (words, *_) in MARKERS.items():
        if verdict in found:
            entries += axes.plot([], [], label=words, **marker(verdict, colour))
    line = prediction_line(series[0].joined, colour)
    entries += axes.plot([], [], label="prediction", **line)
    longest = max(len(str(entry.get_label())) for entry in entries)
    columns = max(1, min(len(entries), 4, LEGEND_WIDTH // (longest + LEGEND_MARKER)))
    fig.legend(
        handles=entries, loc="outside lower center", ncols=columns, fontsize=8,
        columnspacing=1.2, handletextpad=0.4,
    )  # fmt: skip


def vertical_scale(axes: Axes, column: str) -> None:
    """Logarithmic where positive values span a large range; else numbers with a common power of ten."""
    low, high = axes.dataLim.intervaly
    if column == "c_ell" and low > 0 and high > 4 * low:
        axes.set_yscale("log")
    else:
        axes.ticklabel_format(axis="y", scilimits=(-2, 3), useMathText=True)
    axes.margins(y=0.12)


def title(table: Table) -> str:
    """What is shown."""
    counts = sorted({int(n) for n in np.ma.compressed(table["realizations"])}) or [0]
    many = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    shared = len(set(table["seed"].tolist())) < len(table)
    flows = " sharing their random flows" if shared else " of different flows" * (len(table) > 1)
    points = f"{len(table)} point{'s' * (len(table) > 1)}{flows}"
    words = [table.meta["scenario"], points, f"{many} realisations each"]
    if pending := int(np.sum(table["verdict"] == PENDING)):
        words.append(f"{pending} not yet simulated")
    return plain(", ".join(filter(None, words)))
