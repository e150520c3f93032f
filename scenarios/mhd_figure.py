"""Figure and table of the skies of MHD waves: C_ℓ, and its degrees of freedom."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import ANISOTROPIES, POLARIZATIONS
from eddysky.simulator.plots.style import COLOURS, figure, multipole_axis, save
from eddysky.simulator.plots.titles import set_title
from eddysky.validation import degrees_of_freedom

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLUMNS", "freedom", "plot_waves", "rows"]

Array = NDArray[np.float64]
# Outcomes by flow, by transport.
Columns = Mapping[str, Mapping[str, Outcome]]

COLUMNS = ("transport", "flow", "ell", "freedom", "error", "predicted")
POINT: dict[str, Any] = {"fmt": "o", "markersize": 3, "linewidth": 0.9}
# Less than this fraction of the highest C_ℓ is not shown.
REACH = 1e-6


def plot_waves(columns: Columns, path: Path, title: str) -> Path:
    """C_ℓ, points over predictions, and below its degrees of freedom over 2ℓ+1.

    Parameters
    ----------
    columns
        Outcomes by flow, by transport; a flow has the same colour everywhere.
    path
        PNG, PDF or SVG to write.
    title
        What they are.
    """
    flows = dict.fromkeys(itertools.chain(*columns.values()))
    colours = dict(zip(flows, itertools.cycle(COLOURS), strict=False))
    every = [outcome for column in columns.values() for outcome in column.values()]
    highest = max(float(np.max(each.comparison.predicted, initial=0.0)) for each in every)
    with figure(3.4 * len(columns) + 0.6, 6.2) as fig:
        panels = fig.subplots(
            2, len(columns), sharex=True, sharey="row", height_ratios=[2, 1.2], squeeze=False
        )
        for (top, bottom), column in zip(panels.T, columns.values(), strict=True):
            for flow, outcome in column.items():
                draw_flow(top, bottom, outcome, colours[flow])
            top.set_title(in_words(next(iter(column.values())).result.config), fontsize=9)
            top.legend(fontsize=7.5, loc="lower left")
            bottom.axhline(1, color="0.6", linewidth=0.8)
            top.set_xscale("log")
            top.set_yscale("log")
            multipole_axis(bottom)
        if highest > 0:
            panels[0, 0].set_ylim(REACH * highest, 3 * highest)
        panels[1, 0].set_ylim(0, 1.25)
        panels[0, 0].set_ylabel(r"$C_\ell$ of $\delta f/f$")
        panels[1, 0].set_ylabel(r"degrees of freedom / $(2\ell+1)$")
        set_title(fig, title)
        return save(fig, path)


def draw_flow(top: Axes, bottom: Axes, outcome: Outcome, colour: str) -> None:
    """One ensemble."""
    flow, found = outcome.result.config.flow, outcome.comparison
    waves = POLARIZATIONS.get(flow.polarization, "all waves")
    label = f"{waves}, {ANISOTROPIES.get(flow.anisotropy, flow.anisotropy)}"
    if not np.any(found.predicted > 0):
        top.plot([], [], color=colour, linestyle="none", marker="x", label=f"{label}: no sky")
        return
    top.plot(found.ell, found.predicted, color=colour, linewidth=1.1, alpha=0.8)
    top.errorbar(found.ell, found.measured, yerr=found.error, color=colour, label=label, **POINT)
    ell, measured, error, predicted = freedom(outcome)
    size = 2 * ell + 1
    bottom.plot(ell, predicted / size, color=colour, linewidth=1.1, alpha=0.8)
    bottom.errorbar(ell, measured / size, yerr=error / size, color=colour, **POINT)


def freedom(outcome: Outcome) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """Multipoles with power, 2⟨C_ℓ⟩²/var C_ℓ and its standard error, and the degrees of freedom predicted."""
    result = outcome.result
    predicted = degrees_of_freedom(result.config, result.config.lmax)
    ell = outcome.comparison.ell[outcome.comparison.predicted > 0]
    power = result.power[:, ell]
    measured = 2 * power.mean(axis=0) ** 2 / power.var(axis=0, ddof=1)
    # The variance of a variance of χ² of ν degrees of freedom, whose excess kurtosis is 12/ν.
    error = measured * np.sqrt((2 + 12 / predicted[ell]) / len(power))
    return ell, measured, error, predicted[ell]


def rows(columns: Columns) -> Iterator[tuple[str, str, int, float, float, float]]:
    """Degrees of freedom, row by row as in `COLUMNS`."""
    for transport, column in columns.items():
        for flow, outcome in column.items():
            for ell, *values in zip(*freedom(outcome), strict=True):
                measured, error, predicted = (float(value) for value in values)
                yield transport, flow, int(ell), measured, error, predicted


def in_words(config: Config) -> str:
    """The transport, with its Larmor radius."""
    if config.transport.mode != "helical":
        return f"{config.transport.mode} transport"
    radius = abs(config.larmor_radius) / config.mean_free_path
    return rf"helical transport, $r_\mathrm{{L}} = {radius:.2g}\,\lambda$"
