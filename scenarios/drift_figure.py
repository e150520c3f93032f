"""Figure and table of drift-kinetic beside parallel transport in the same flows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.plots.style import COLOURS, figure, multipole_axis, save
from eddysky.simulator.plots.titles import set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RATIO_COLUMNS", "plot_pairs", "ratio_rows"]

Array = NDArray[np.float64]
# The same flows with drift-kinetic and with parallel transport.
Pair = tuple[Outcome, Outcome]

RATIO_COLUMNS = ("flow", "ell", "ratio", "error", "predicted")
# Line and filling of the points, in the order of a pair.
LOOKS = (("-", None, "drift-kinetic"), ("--", "white", "parallel (ZL25)"))
# Less than this fraction of the highest C_ℓ is not shown.
REACH = 1e-7


def plot_pairs(columns: Mapping[str, Mapping[str, Pair]], path: Path, title: str) -> Path:
    """C_ℓ of pairs, points over predictions, and below the ratio of drift-kinetic to parallel transport.

    Parameters
    ----------
    columns
        Pairs by flow, by what differs between them; a flow has the same colour everywhere.
    path
        PNG, PDF or SVG to write.
    title
        What they are.
    """
    shown = {words: pairs for words, pairs in columns.items() if pairs}
    highest = max(
        float(np.max(each.comparison.predicted, initial=0.0))
        for pairs in shown.values()
        for each in itertools.chain(*pairs.values())
    )
    colours = dict(
        zip(dict.fromkeys(itertools.chain(*shown.values())), itertools.cycle(COLOURS), strict=False)
    )
    with figure(4.3 * len(shown) + 0.5, 6.4) as fig:
        panels = fig.subplots(
            2, len(shown), sharex=True, sharey="row", height_ratios=[2, 1.3], squeeze=False
        )
        for column, (words, pairs) in enumerate(shown.items()):
            top, bottom = panels[:, column]
            for flow, pair in pairs.items():
                draw_pair(top, bottom, pair, colours[flow])
            for line, _, mode in LOOKS:
                top.plot([], [], line, color="0.3", linewidth=1.1, label=mode)
            top.set_title(words, fontsize=9)
            top.legend(fontsize=8, loc="lower left")
            words = r"$C_2$ larger by a factor of"
            bottom.legend(fontsize=8, loc="upper left", title=words, title_fontsize=8, ncols=3)
            bottom.axhline(1, color="0.3", linewidth=0.8)
            for axes in (top, bottom):
                axes.set_xscale("log")
                axes.set_yscale("log")
            multipole_axis(bottom)
        # Room for the legends.
        low, high = panels[1, 0].get_ylim()
        panels[1, 0].set_ylim(low, 30 * high)
        if highest > 0:
            panels[0, 0].set_ylim(REACH * highest, 3 * highest)
        panels[0, 0].set_ylabel(r"$C_\ell$ of $\delta f/f$")
        panels[1, 0].set_ylabel(r"drift-kinetic / parallel")
        set_title(fig, title)
        return save(fig, path)


def draw_pair(top: Axes, bottom: Axes, pair: Pair, colour: str) -> None:
    """One pair of ensembles."""
    bars: dict[str, Any] = {"fmt": "o", "markersize": 3, "linewidth": 0.9, "color": colour}
    for outcome, (line, filling, _) in zip(pair, LOOKS, strict=True):
        each = outcome.comparison
        top.plot(each.ell, each.predicted, line, color=colour, linewidth=1.1, alpha=0.8)
        top.errorbar(
            each.ell, each.measured, yerr=each.error, markerfacecolor=filling or colour, **bars
        )
    top.plot([], [], "o", markersize=3, color=colour, label=in_words(pair))
    ell, ratio, error, predicted = ratios(pair)
    second = ell == 2
    label = two_digits(predicted[second][0]) if np.any(second) else None
    bottom.plot(ell, predicted, color=colour, linewidth=1.1, alpha=0.8, label=label)
    bottom.errorbar(ell, ratio, yerr=error, **bars)


def ratios(pair: Pair) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """Multipoles, ratio of the mean C_ℓ and its standard error, and the ratio predicted.

    Both see the same flows, so that much of the scatter drops out.
    """
    first, second = (outcome.comparison for outcome in pair)
    ell = np.intersect1d(first.ell, second.ell)
    predicted = [each.predicted[np.isin(each.ell, ell)] for each in (first, second)]
    some = predicted[1] > 0
    ell, predicted = ell[some], [each[some] for each in predicted]
    power, reference = (outcome.result.power[:, ell] for outcome in pair)
    mean = reference.mean(axis=0)
    ratio = power.mean(axis=0) / mean
    error = (power - ratio * reference).std(axis=0, ddof=1) / mean / np.sqrt(len(power))
    return ell, ratio, error, predicted[0] / predicted[1]


def ratio_rows(pairs: Mapping[str, Pair]) -> Iterator[tuple[str, int, float, float, float]]:
    """Ratio of drift-kinetic to parallel C_ℓ, row by row as in `RATIO_COLUMNS`."""
    for flow, pair in pairs.items():
        for ell, ratio, error, predicted in zip(*ratios(pair), strict=True):
            yield flow, int(ell), float(ratio), float(error), float(predicted)


def in_words(pair: Pair) -> str:
    """β and the end of the band."""
    config = pair[0].result.config
    fraction, reach = config.transverse_fraction, config.flow_spectrum.k_max * config.mean_free_path
    beta = rf"$\beta$ = {fraction:.2g}, " if isinstance(fraction, float) else ""
    return rf"{beta}$k_\mathrm{{max}}\lambda$ = {two_digits(reach)}"


def two_digits(value: float) -> str:
    """Two digits, without an exponent."""
    return f"{float(f'{value:.2g}'):g}"
