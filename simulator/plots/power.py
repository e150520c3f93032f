"""Figures of C_ℓ: ensembles over their predictions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.plots.style import COLOURS, figure, multipole_axis
from eddysky.simulator.result import Result
from eddysky.simulator.words import counted, describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PowerComparison", "plot_power", "plot_powers"]

Array = NDArray[np.float64]

# Less than this fraction of the highest prediction is not shown.
RANGE = 1e-6


class PowerComparison(Protocol):
    """Measured and predicted C_ℓ, as `eddysky.validation.compare` gives them."""

    @property
    def ell(self) -> NDArray[np.int64]:
        """Multipoles."""
        ...

    @property
    def measured(self) -> Array:
        """Ensemble mean of C_ℓ."""
        ...

    @property
    def error(self) -> Array:
        """Standard error of the mean."""
        ...

    @property
    def predicted(self) -> Array:
        """Prediction for the same band."""
        ...

    @property
    def seen(self) -> NDArray[np.bool_] | None:
        """Multipoles not lost in shot noise; None: all."""
        ...


def plot_power(
    result: Result,
    comparison: PowerComparison,
    path: Path,
    others: Mapping[str, tuple[NDArray[np.int64], Array]] | None = None,
) -> Path:
    """C_ℓ of one ensemble: mean with standard error, cosmic variance, prediction, slope and ratio.

    Parameters
    ----------
    result, comparison
        The ensemble and its comparison with the theory.
    path
        PNG to write.
    others
        Other models by label: multipoles and their C_ℓ.
    """
    with figure(6.4, 6.0) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1])
        ell, predicted = comparison.ell, comparison.predicted
        # With parallel transport a sky has one a_ℓ0 for each ℓ instead of 2ℓ + 1 a_ℓm.
        parallel = result.config.transport.mode == "parallel"
        relative = np.sqrt(2 / (np.ones(len(ell)) if parallel else 2 * ell + 1))
        band = predicted * relative
        top.fill_between(
            ell, np.maximum(predicted - band, predicted * 0.02), predicted + band,
            color="0.85", label="cosmic variance of one sky",
        )  # fmt: skip
        draw_slope(top, result.config, comparison)
        draw_ensemble(top, bottom, comparison, COLOURS[0], counted(len(result.power)))
        top.plot([], [], color=COLOURS[0], linewidth=1.2, label="prediction for the simulated band")
        styles: Any = cycle(("-.", (0, (5, 1, 1, 1, 1, 1)), ":"))
        for (label, (places, values)), colour in zip(
            (others or {}).items(), cycle(COLOURS[1:]), strict=False
        ):
            top.plot(
                places, values, linestyle=next(styles), color=colour, linewidth=1.2, label=label
            )
        bottom.fill_between(ell, 1 - relative, 1 + relative, color="0.85")
        some = seen_multipoles(comparison)
        off = np.abs(comparison.measured[some] / predicted[some] - 1)
        bars = off + 2 * comparison.error[some] / predicted[some]
        # With no points to show, room for the cosmic variance.
        spread = 1.3 * float(np.max(bars if some.any() else relative))
        bottom.set_ylim(max(0.0, 1 - spread), 1 + spread)
        finish_power(top, bottom)
        top.set_title(describe(result.config), fontsize=9)
        fig.savefig(path)
    return path


def plot_powers(comparisons: Mapping[str, PowerComparison], path: Path, title: str) -> Path:
    """C_ℓ of several ensembles, each with its own prediction."""
    with figure(6.8, 6.4) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1.2])
        for (label, comparison), colour in zip(comparisons.items(), cycle(COLOURS), strict=False):
            draw_ensemble(top, bottom, comparison, colour, label)
        top.plot([], [], color="0.3", linewidth=1.2, label="prediction")
        bottom.set_ylim(0.5, 1.5)
        predictions = np.concatenate([c.predicted for c in comparisons.values()])
        if predictions.min() < RANGE * predictions.max():
            top.set_ylim(bottom=RANGE * predictions.max())
        finish_power(top, bottom)
        hidden = any(c.seen is not None and not c.seen.all() for c in comparisons.values())
        top.set_title(title, fontsize=10)
        note = "the same flows in all ensembles"
        if hidden:
            note += "; multipoles lost in shot noise are left out"
        bottom.set_title(note, fontsize=8, color="0.3")
        fig.savefig(path)
    return path


def draw_ensemble(
    top: Axes, bottom: Axes, comparison: PowerComparison, colour: str, label: str
) -> None:
    """One ensemble: points over its prediction, and their ratio below."""
    ell, predicted = comparison.ell, comparison.predicted
    some = predicted > 0
    top.plot(ell[some], predicted[some], color=colour, linewidth=1.2, alpha=0.8)
    # Multipoles lost in shot noise would only scatter over the figure.
    shown = (comparison.measured > 0) & seen_multipoles(comparison)
    bars: dict[str, Any] = {"fmt": "o", "markersize": 2.6, "linewidth": 0.9, "color": colour}
    measured, error = comparison.measured[shown], comparison.error[shown]
    top.errorbar(ell[shown], measured, yerr=error, label=label, **bars)
    bottom.errorbar(ell[shown], measured / predicted[shown], yerr=error / predicted[shown], **bars)


def seen_multipoles(comparison: PowerComparison) -> NDArray[np.bool_]:
    """Multipoles with power that are not lost in shot noise."""
    some = comparison.predicted > 0
    return some if comparison.seen is None else some & comparison.seen


def draw_slope(axes: Axes, config: Config, comparison: PowerComparison) -> None:
    """The law of the infinite band, ℓ^(−γ−1), where it applies: fixed paths."""
    ell, predicted = comparison.ell, comparison.predicted
    flow = config.flow
    power_law = not flow.component and flow.spectrum == "power-law" and flow.taylor_order is None
    if power_law and config.transport.free_path == "fixed" and ell[-1] > 20:
        slope = -config.flow.index - 1
        shown = ell >= 5
        # A little above the points, so that both can be seen.
        anchor = int(np.argmin(np.abs(ell - 10)))
        line = 2.2 * predicted[anchor] * (ell[shown] / ell[anchor]) ** slope
        axes.plot(
            ell[shown], line, "--", color="0.35", linewidth=1,
            label=rf"$\propto\ell^{{\,-\gamma-1}} = \ell^{{\,{slope:.2f}}}$",
        )  # fmt: skip


def finish_power(top: Axes, bottom: Axes) -> None:
    """Scales, labels and legend of a power spectrum with its ratio panel."""
    top.set_xscale("log")
    top.set_yscale("log")
    top.set_ylabel(r"$C_\ell$ of $\delta f/f$")
    top.legend(fontsize=8)
    bottom.axhline(1, color="0.3", linewidth=0.8)
    bottom.set_ylabel("simulated / predicted", fontsize=8)
    multipole_axis(bottom)
