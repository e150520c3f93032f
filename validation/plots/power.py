"""Figures of C_ℓ: ensembles over their predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import config_in_words, counted, ranges
from eddysky.simulator.config.free_path import FixedPath
from eddysky.simulator.plots.style import (
    COLOURS,
    beside_one_another,
    figure,
    finish,
    multipole_axis,
    save,
)
from eddysky.simulator.plots.titles import fit_text, set_title
from eddysky.simulator.results.result import Result
from eddysky.validation.comparison.compare import compare
from eddysky.validation.plots.noise import draw_noise, label_noise, noise_ratio
from eddysky.validation.plots.ratio import PowerComparison, draw_ratio_limits, visible
from eddysky.validation.theory.field_covariance import degrees_of_freedom

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PowerComparison", "plot_power", "plot_powers"]

Array = NDArray[np.float64]
# Multipoles and C_ℓ of models, by label.
Curves = Mapping[str, tuple[NDArray[np.int64], Array]]


class MeasuredSpectrum(Protocol):
    """A measured C_ℓ, as `eddysky.validation.MeasuredPower` is."""

    @property
    def ell(self) -> NDArray[np.int64]:
        """Multipoles."""
        ...

    @property
    def c_ell(self) -> Array:
        """Measured values."""
        ...

    @property
    def error(self) -> Array | None:
        """Standard errors, shape (n,), or those below and above, shape (2, n), if they are known."""
        ...

    @property
    def name(self) -> str:
        """Where it is from."""
        ...


# Less than this fraction of the highest prediction is not shown.
RANGE = 1e-6


@overload
def plot_power(
    result: Result,
    path: None = None,
    comparison: PowerComparison | None = None,
    others: Curves | None = None,
    data: MeasuredSpectrum | None = None,
    title: str | None = None,
) -> Figure: ...
@overload
def plot_power(
    result: Result,
    path: str | Path,
    comparison: PowerComparison | None = None,
    others: Curves | None = None,
    data: MeasuredSpectrum | None = None,
    title: str | None = None,
) -> Path: ...
def plot_power(
    result: Result,
    path: str | Path | None = None,
    comparison: PowerComparison | None = None,
    others: Curves | None = None,
    data: MeasuredSpectrum | None = None,
    title: str | None = None,
) -> Figure | Path:
    """C_ℓ of one ensemble: mean with standard error, cosmic variance, prediction, slope and ratio.

    Parameters
    ----------
    result
        The ensemble.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    comparison
        Its comparison with the theory; made here where it is not given.
    others
        Other models by label: multipoles and their C_ℓ.
    data
        A measured spectrum.
    title
        Instead of the configuration in words.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written. No window is opened and no setting of matplotlib changed.

    Raises
    ------
    InputError
        If the file cannot have that format.
    NoVerdictError
        If the ensemble cannot be compared with the theory.
    """
    comparison = comparison or compare(result)
    with figure(6.4, 6.0) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1])
        draw_cosmic_variance(top, bottom, result.config, comparison)
        draw_slope(top, result.config, comparison)
        draw_ensemble(top, bottom, comparison, COLOURS[0], counted(len(result.power)))
        top.plot([], [], color=COLOURS[0], linewidth=1.2, label="prediction for the simulated band")
        if draw_noise(top, bottom, comparison, COLOURS[0]):
            label_noise(top, COLOURS[0], result.config.particles)
        styles: Any = cycle(("-.", (0, (5, 1, 1, 1, 1, 1)), ":"))
        for (label, (ell, values)), colour in zip(
            (others or {}).items(), cycle(COLOURS[1:]), strict=False
        ):
            top.plot(ell, values, linestyle=next(styles), color=colour, linewidth=1.2, label=label)
        if data is not None:
            # Values at or below zero have no place on a logarithmic axis.
            some = data.c_ell > 0
            error = None if data.error is None else data.error[..., some]
            top.errorbar(
                data.ell[some], data.c_ell[some], yerr=error, fmt="ks", markersize=3.2,
                linewidth=0.9, zorder=4, label=f"measured: {Path(data.name).name}".replace("$", r"\$"),
            )  # fmt: skip
        beyond = finish_power(top, bottom, [comparison])
        set_title(fig, title or config_in_words(result.config))
        note = missing(comparison)
        add_note(bottom, "; ".join([*([f"not shown: {note}"] if note else []), *beyond]))
        return finish(fig, path)


def plot_powers(
    comparisons: Mapping[str, PowerComparison],
    path: Path,
    title: str,
    slopes: Mapping[str, tuple[float, str]] | None = None,
    levels: Mapping[str, float] | None = None,
    reach: float = RANGE,
) -> Path:
    """C_ℓ of several ensembles, each with its own prediction.

    Parameters
    ----------
    comparisons
        By label; points of different ensembles stand a little beside their multipole.
    path
        PNG, PDF or SVG to write.
    title
        What they are.
    slopes
        Slope of a guide line and its name, by the label of the ensemble whose curve it follows.
    levels
        C_ℓ of horizontal lines, such as noise levels, by their names.
    reach
        Less than this fraction of the highest prediction is not shown.
    """
    with figure(6.8, 6.4) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1.2])
        count, noisy = len(comparisons), False
        for index, (label, comparison) in enumerate(comparisons.items()):
            colour = COLOURS[index % len(COLOURS)]
            draw_ensemble(top, bottom, comparison, colour, label, (index, count))
            noisy |= draw_noise(top, bottom, comparison, colour)
            if slopes and label in slopes:
                draw_guide(top, comparison, colour, *slopes[label], reach)
        for (label, value), style in zip((levels or {}).items(), cycle((":", "-.")), strict=False):
            top.axhline(value, linestyle=style, color="0.3", linewidth=1, label=label)
        top.plot([], [], color="0.3", linewidth=1.2, label="prediction")
        if noisy:
            label_noise(top, "0.3")
        beyond = finish_power(top, bottom, list(comparisons.values()), reach)
        set_title(fig, title)
        notes = [f"{label} {each}" for label, c in comparisons.items() if (each := missing(c))]
        words = [f"not shown: {', '.join(notes)}"] if notes else []
        add_note(bottom, "; ".join([*words, *beyond]))
        return save(fig, path)


def draw_ensemble(
    top: Axes,
    bottom: Axes,
    comparison: PowerComparison,
    colour: str,
    label: str,
    position: tuple[int, int] = (0, 1),
) -> None:
    """One ensemble, which of how many: points over its prediction, and their ratio below."""
    ell, predicted = comparison.ell, comparison.predicted
    some = predicted > 0
    top.plot(ell[some], predicted[some], color=colour, linewidth=1.2, alpha=0.8)
    # Multipoles lost in shot noise would only scatter over the figure.
    shown = some & visible(comparison)
    x = beside_one_another(ell, *position)
    bars: dict[str, Any] = {"fmt": "o", "markersize": 2.6, "linewidth": 0.9, "color": colour}
    measured, error = comparison.measured, comparison.error
    above = shown & (measured > 0)
    top.errorbar(x[above], measured[above], yerr=error[above], label=label, **bars)
    # A logarithm has no place for them: their upper limits instead.
    below = shown & (measured + 2 * error > 0) & ~above
    if below.any():
        limits = (measured + 2 * error)[below]
        words = rf"{label}, $C_\ell \leq 0$: mean + 2 standard errors"
        top.plot(x[below], limits, "v", markersize=3.5, color=colour, label=words)
    bottom.errorbar(
        x[shown], measured[shown] / predicted[shown], yerr=error[shown] / predicted[shown], **bars
    )


def draw_cosmic_variance(
    top: Axes, bottom: Axes, config: Config, comparison: PowerComparison
) -> None:
    """Scatter of one sky about the prediction, in grey."""
    some = comparison.predicted > 0
    if not config.turbulent or not some.any():
        return
    ell, predicted = comparison.ell[some], comparison.predicted[some]
    relative = np.sqrt(2 / degrees_of_freedom(config, max(config.lmax, int(ell[-1])))[ell])
    low = predicted * np.maximum(1 - relative, 0.02)
    top.fill_between(
        ell, low, predicted * (1 + relative), color="0.85", label="cosmic variance of one sky"
    )
    bottom.fill_between(ell, 1 - relative, 1 + relative, color="0.85")


def draw_slope(axes: Axes, config: Config, comparison: PowerComparison) -> None:
    """The law of the infinite band, ℓ^(−γ−1), where it applies: fixed paths."""
    ell, predicted = comparison.ell, comparison.predicted
    flow = config.flow
    power_law = not flow.component and flow.spectrum == "power-law" and flow.taylor_order is None
    if power_law and config.transport.law == FixedPath() and ell[-1] > 20:
        slope = -config.flow.index - 1
        shown = ell >= 5
        # A little above the points, so that both can be seen.
        anchor = int(np.argmin(np.abs(ell - 10)))
        line = 2.2 * predicted[anchor] * (ell[shown] / ell[anchor]) ** slope
        axes.plot(
            ell[shown], line, "--", color="0.35", linewidth=1,
            label=rf"$\propto\ell^{{\,-\gamma-1}} = \ell^{{\,{slope:.2f}}}$",
        )  # fmt: skip


def draw_guide(
    axes: Axes, comparison: PowerComparison, colour: str, slope: float, words: str, reach: float
) -> None:
    """A dashed line of constant slope through a prediction's value in the middle of ℓ ≥ 5, raised a little."""
    some = (comparison.ell >= 5) & (comparison.predicted > 0)
    ell, predicted = comparison.ell[some], comparison.predicted[some]
    if len(ell) > 1:
        middle = len(ell) // 2
        line = reach**-0.03 * predicted[middle] * (ell / ell[middle]) ** slope
        axes.plot(ell, line, "--", color=colour, linewidth=1, label=words)


def finish_power(
    top: Axes, bottom: Axes, comparisons: Sequence[PowerComparison], reach: float = RANGE
) -> list[str]:
    """Scales, labels and legend of a power spectrum with its ratio panel; gives remarks about the latter."""
    notes = []
    top.set_xscale("log")
    top.set_ylabel(r"$C_\ell$ of $\delta f/f$")
    bottom.set_ylabel("simulated / predicted", fontsize=8)
    predictions = np.concatenate([c.predicted for c in comparisons])
    measured = np.concatenate([c.measured for c in comparisons])
    if predictions.max(initial=0.0) > 0:
        top.set_yscale("log")
        if predictions.min() < reach * predictions.max():
            top.set_ylim(bottom=reach * predictions.max())
        top.legend(fontsize=8)
        bottom.axhline(1, color="0.3", linewidth=0.8)
        if draw_ratio_limits(bottom, comparisons):
            notes.append("arrows: beyond this panel")
        if any(noise_ratio(c).max(initial=0.0) > bottom.get_ylim()[0] for c in comparisons):
            notes.append(r"dotted: $N_\ell/C_\ell$")
    else:
        ell = comparisons[0].ell
        words = f"no anisotropy predicted at $\\ell$ = {spans(ell)}"
        if np.any(measured):
            words += f"\nlargest simulated $C_\\ell$ = {np.max(np.abs(measured)):.1e}"
        for axes, text in ((top, words), (bottom, "no ratio: nothing is predicted")):
            axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
            axes.set_yticks([])
        top.set_xlim(0.9 * ell[0], 1.1 * ell[-1])
    multipole_axis(bottom)
    return notes


def missing(comparison: PowerComparison) -> str:
    """Which multipoles are not shown, and why; nothing if all are."""
    some = comparison.predicted > 0
    lost = ~visible(comparison) & some
    words = []
    if lost.any():
        words.append(f"$\\ell$ = {spans(comparison.ell[lost])} (lost in shot noise)")
    if some.any() and not some.all():
        words.append(f"ratios at $\\ell$ = {spans(comparison.ell[~some])} (nothing predicted)")
    return ", ".join(words)


def spans(ell: NDArray[np.int64]) -> str:
    """Multipoles in words: 4, 7–9."""
    return ranges(ell.tolist()).replace("-", "–")


def add_note(axes: Axes, text: str) -> None:
    """Small words over a panel, in as many lines as they need."""
    title = axes.set_title(text, fontsize=8, color="0.3")
    # The axes get their width when the figure is laid out; until then they are a little wider.
    fit_text(title, 0.85 * axes.figure.bbox.width)
