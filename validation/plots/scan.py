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
from eddysky.validation.scans.table import CONSISTENT, NOT_CONSISTENT, PENDING

if TYPE_CHECKING:
    from astropy.table import Table
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_scan"]

Array = NDArray[np.float64]

# A logarithmic axis from this ratio of its largest to its smallest value on.
LOGARITHMIC = 8.0
# Values that each have a tick, unless two are closer than this part of the axis.
MOST_TICKS, CLOSEST = 9, 0.06
# Distance between series at one value, as a part of the axis.
BESIDE = 0.012
# Marker, its size and whether it is filled, by verdict.
MARKERS = {
    CONSISTENT: ("o", 4.5, True),
    NOT_CONSISTENT: ("X", 8.0, True),
    "no verdict": ("o", 4.5, False),
}


@dataclass(frozen=True, slots=True)
class Series:
    """Points that one line joins: rows of the table, where they stand, and the values of the other keys."""

    rows: NDArray[np.int64]
    x: Array
    label: str
    colour: str
    joined: bool = True


@overload
def plot_scan(table: Table, path: None = None) -> Figure: ...
@overload
def plot_scan(table: Table, path: str | Path) -> Path: ...
def plot_scan(table: Table, path: str | Path | None = None) -> Figure | Path:
    """C_ℓ, amplitude and slope against the key of a grid that has the most values; the others distinguish lines.

    Where these were too many, the points stand side by side in the order of the table. A cross marks a point that
    contradicts the theory, an open circle one without a verdict.

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
    panels = [
        ("c_ell", rf"$C_{{{table.meta['ell']}}}$ of $\delta f/f$"),
        ("amplitude", "amplitude / prediction"),
        ("slope", r"slope $d\,\ln C_\ell/d\,\ln(\ell+\frac{1}{2})$"),
    ]
    shown = [
        panel
        for panel in panels
        if panel[0] == "c_ell" or np.isfinite(numbers(table, panel[0])).any()
    ]
    key, scale, ticks, series = arranged(table)
    with figure(6.8, 1.6 + 1.9 * len(shown)) as fig:
        axes = np.atleast_1d(fig.subplots(len(shown), sharex=True))
        for panel, (column, label) in zip(axes, shown, strict=True):
            for each in series:
                draw_series(panel, table, column, each)
            if column == "amplitude":
                panel.axhline(1, color="0.3", linewidth=1, zorder=0)
            panel.set_ylabel(label)
            vertical_scale(panel, column)
        axes[-1].set_xlabel(axis_label(table, key) if key else "point, in the order of the table")
        axes[-1].set_xscale(scale)
        if ticks:
            axes[-1].set_xticks(list(ticks), [plain(text) for text in ticks.values()])
            axes[-1].minorticks_off()
        add_legend(fig, axes[0], table, series)
        set_title(fig, title(table))
        return finish(fig, path)


def arranged(table: Table) -> tuple[str | None, str, dict[float, str], list[Series]]:
    """Key of the horizontal axis, its scale and ticks, and the series; no key where all points stand side by side."""
    keys = list(table.meta["grid"])
    different = {name: list(dict.fromkeys(table[name].tolist())) for name in keys}
    key = max(keys, key=lambda name: len(different[name]))
    others = [name for name in keys if name != key and len(different[name]) > 1]
    groups = list(itertools.product(*(different[name] for name in others)))
    if len(groups) > len(COLOURS):
        every = np.arange(len(table))
        x = np.arange(1.0, len(table) + 1)
        return None, "linear", {}, [Series(every, x, "", COLOURS[0], joined=False)]
    values = different[key]
    numeric = all(isinstance(value, int | float) for value in values)
    at = dict(zip(values, values if numeric else range(len(values)), strict=True))
    places = np.array(sorted(at.values()), dtype=float)
    scale = "linear"
    if numeric and places[0] > 0 and places[-1] > LOGARITHMIC * places[0]:
        scale = "log"
    series = []
    for index, group in enumerate(groups):
        chosen = np.ones(len(table), dtype=bool)
        for name, value in zip(others, group, strict=True):
            chosen &= np.array([each == value for each in table[name].tolist()])
        rows = np.flatnonzero(chosen)
        x = np.array([at[value] for value in table[key][rows].tolist()], dtype=float)
        order = np.argsort(x, kind="stable")
        words = ", ".join(
            f"{name_of(name)} = {value_text(table, name, value)}"
            for name, value in zip(others, group, strict=True)
        )
        shift = BESIDE * (index - 0.5 * (len(groups) - 1))
        series.append(
            Series(rows[order], moved(x[order], shift, places, scale), words, COLOURS[index])
        )
    spread = np.log(places) if scale == "log" else places
    gaps = np.diff(spread) / max(spread[-1] - spread[0], 1e-300)
    ticked = not numeric or (len(places) <= MOST_TICKS and np.all(gaps > CLOSEST))
    ticks = (
        {float(at[value]): f"{value:.4g}" if numeric else str(value) for value in values}
        if ticked
        else {}
    )
    return key, scale, ticks, series


def moved(x: Array, shift: float, places: Array, scale: str) -> Array:
    """Places moved by a part of the axis, so that no series hides another."""
    if scale == "log":
        return np.asarray(x * (places[-1] / places[0]) ** shift, dtype=np.float64)
    width = max(float(places[-1] - places[0]), 1e-3 * abs(float(places[0])))
    return np.asarray(x + shift * width, dtype=np.float64)


def draw_series(axes: Axes, table: Table, column: str, series: Series) -> None:
    """One line of predictions, and the measured points with standard errors, marked by their verdict."""
    value, error = (numbers(table, name)[series.rows] for name in (column, f"{column}_error"))
    if column != "amplitude":
        predicted = numbers(table, f"{column}_predicted")[series.rows]
        axes.plot(series.x, predicted, **prediction_line(series.joined, series.colour))
    words = [str(verdict).partition(":")[0] for verdict in table["verdict"][series.rows]]
    for verdict, (marker, size, filled) in MARKERS.items():
        some = np.array([word == verdict for word in words])
        if some.any():
            axes.errorbar(
                series.x[some], value[some], yerr=error[some], fmt=marker, markersize=size, linewidth=0.9,
                color=series.colour, zorder=3, markerfacecolor=series.colour if filled else "white",
                markeredgecolor="k" if verdict == NOT_CONSISTENT else series.colour,
                markeredgewidth=0.8,
            )  # fmt: skip


def prediction_line(joined: bool, colour: str) -> dict[str, Any]:
    """How a prediction is drawn: a line, or a dash at each point."""
    if joined:
        return {"color": colour, "linewidth": 1.1, "alpha": 0.8, "zorder": 1}
    return {"color": "0.3", "linestyle": "none", "marker": "_", "markersize": 7, "zorder": 1}


def add_legend(fig: Figure, axes: Axes, table: Table, series: list[Series]) -> None:
    """Lines by the values of the other keys, and what the markers mean, below the panels."""
    entries: list[Any] = []
    for each in series:
        if each.label:
            entries += axes.plot(
                [],
                [],
                "o-",
                color=each.colour,
                markersize=4.5,
                linewidth=1.1,
                label=plain(each.label),
            )
    found = {str(verdict).partition(":")[0] for verdict in table["verdict"]}
    meanings = {
        CONSISTENT: "simulated",
        NOT_CONSISTENT: "contradicts the theory",
        "no verdict": "no verdict",
    }
    colour = "0.3" if len(series) > 1 else series[0].colour
    for verdict, (marker, size, filled) in MARKERS.items():
        if verdict in found:
            entries += axes.plot(
                [], [], marker, color=colour, markersize=size, label=meanings[verdict],
                markerfacecolor=colour if filled else "white",
                markeredgecolor="k" if verdict == NOT_CONSISTENT else colour, markeredgewidth=0.8,
            )  # fmt: skip
    line = prediction_line(series[0].joined, colour)
    entries += axes.plot([], [], label="prediction", **line)
    fig.legend(
        handles=entries, loc="outside lower center", ncols=min(len(entries), 4), fontsize=8,
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
    shared = (
        "sharing their random flows"
        if len(set(table["seed"].tolist())) < len(table)
        else "of different flows"
    )
    words = [table.meta["scenario"], f"{len(table)} points {shared}", f"{many} realisations each"]
    if pending := int(np.sum(table["verdict"] == PENDING)):
        words.append(f"{pending} not yet simulated")
    return plain(", ".join(filter(None, words)))


def numbers(table: Table, name: str) -> Array:
    """A column with NaN where there is no value."""
    return np.asarray(np.ma.filled(np.ma.asarray(table[name], dtype=float), np.nan))


def axis_label(table: Table, key: str) -> str:
    """Key and unit of an axis."""
    unit = table[key].unit
    return plain(name_of(key)) + (f" [{unit}]" if unit else "")


def value_text(table: Table, key: str, value: Any) -> str:
    """A value with its unit."""
    unit = table[key].unit
    return (f"{value:.4g}" if isinstance(value, float) else str(value)) + (
        f" {unit}" if unit else ""
    )


def name_of(key: str) -> str:
    """A key in words."""
    return key.partition(".")[2].replace("_", " ")


def plain(text: str) -> str:
    """Text without formulas, on one line."""
    return text.replace("$", r"\$").replace("\n", " ")
