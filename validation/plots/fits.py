"""Figure of fitted models: the spectrum under the curves, and how far off it is."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.plots.style import COLOURS, figure, multipole_axis, save
from eddysky.validation.fitting.report import assumptions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eddysky.validation.fitting.fit import Estimate, Fit

__all__ = ["plot_fits"]

SYMBOLS = {
    "velocity_dispersion": r"\sigma",
    "index": r"\gamma",
    "amplitude": r"C_1",
    "exponent": r"p",
    "noise": r"N",
}
# A curve is drawn at every multipole up to so many, and beyond at those of the data.
SMOOTH = 2000


def plot_fits(fits: Sequence[Fit], path: Path, sources: Mapping[str, str] | None = None) -> Path:
    """Draw models fitted to the same data.

    Parameters
    ----------
    fits
        At least one, of one likelihood.
    path
        Figure to write.
    sources
        Where what was assumed comes from, by the name of the parameter; what is missing is a default.
    """
    data = fits[0].data
    ell = data.ell
    shown = np.arange(ell[0], ell[-1] + 1) if ell[-1] <= SMOOTH else ell
    positive = data.c_ell > 0
    lowest = np.min(fits[0].expected)
    # Where a logarithmic axis has no place for a value, it is drawn two standard errors higher.
    above = data.c_ell if data.error is None else np.maximum(data.c_ell + 2 * data.error, lowest)
    with figure(6.4, 6.0) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1.2])
        for fit, colour in zip(fits, cycle(COLOURS), strict=False):
            top.plot(shown, fit.curve(shown), color=colour, linewidth=1.3, label=legend(fit))
            bottom.plot(
                ell, fit.deviates, "o", color=colour, markersize=3.2, alpha=0.8, markeredgewidth=0
            )
        if data.error is None:
            low, high = fits[0].likelihood.scatter(fits[0].expected)
            note = f"68% of skies, {fits[0].model.name}"
            top.fill_between(ell, low, high, color=COLOURS[0], alpha=0.15, linewidth=0, label=note)
            top.plot(ell[positive], data.c_ell[positive], "ko", markersize=3, label="data")
        else:
            if positive.any():
                top.errorbar(
                    ell[positive], data.c_ell[positive], yerr=data.error[positive],
                    fmt="ko", markersize=3, linewidth=0.9, label="data", zorder=3,
                )  # fmt: skip
            if not positive.all():
                top.plot(
                    ell[~positive], above[~positive], "kv", markersize=4,
                    label=r"$C_\ell \leq 0$, drawn at $C_\ell$ + 2 errors",
                )  # fmt: skip
        top.set_xscale("log")
        top.set_yscale("log")
        top.set_ylabel(r"$C_\ell$ of $\delta f/f$")
        drawn = np.where(positive, data.c_ell, above)
        values = np.concatenate([drawn, *(fit.expected for fit in fits)])
        top.set_ylim(0.3 * values.min(), 3 * values.max())
        top.legend(fontsize=8)
        finish(bottom)
        shown_fit = next((fit for fit in fits if "free_path" in fit.fixed), fits[0])
        words = assumptions(shown_fit, sources or {})
        for glued in (" = ", " pc", " TeV"):
            words = words.replace(glued, glued.replace(" ", "\N{NO-BREAK SPACE}"))
        if words:
            top.set_title(textwrap.fill(f"assumed: {words}", 105), fontsize=6.5, loc="left")
        return save(fig, path)


def legend(fit: Fit) -> str:
    """Name of the model and its fitted parameters."""
    numbers = ", ".join(f"${found(e)}$" for e in fit.estimates)
    return f"{fit.model.name}: {numbers}" if numbers else fit.model.name


def found(estimate: Estimate) -> str:
    """Symbol with value and errors in the digits that they deserve, or with the 95% limit."""
    symbol = SYMBOLS[estimate.name]
    unit = rf"\,\mathrm{{{estimate.unit}}}" if estimate.unit else ""
    if not estimate.measured:
        low, high = estimate.bounds(estimate.interval95)
        if low is None and high is None:
            return rf"{symbol}\ \mathrm{{not\ constrained}}"
        left = "" if low is None or high is None else f"{rounded(low)} < "
        right = f"< {rounded(high)}" if high is not None else f"> {rounded(low or 0.0)}"
        return rf"{left}{symbol} {right}{unit}\ \mathrm{{(95\%)}}"
    low, high = (abs(end - estimate.value) for end in estimate.interval)
    smallest = min((d for d in (low, high) if d > 0), default=1.0)
    exponent = 0
    if estimate.value and not 1e-3 < abs(estimate.value) < 1e4:
        exponent = int(np.floor(np.log10(abs(estimate.value))))
    scale = 10.0**exponent
    digits = min(max(0, 1 - int(np.floor(np.log10(smallest / scale)))), 4)
    value, up, down = (f"{v / scale:.{digits}f}" for v in (estimate.value, high, low))
    text = rf"{value}^{{+{up}}}_{{-{down}}}"
    return f"{symbol} = " + (rf"({text})\times10^{{{exponent}}}" if exponent else text) + unit


def rounded(value: float) -> str:
    """Two digits, with a power of ten where that is shorter."""
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    if -3 <= int(exponent) < 4:
        return f"{float(f'{value:.1e}'):g}"
    return rf"{mantissa}\times10^{{{int(exponent)}}}"


def finish(axes: Axes) -> None:
    """Labels and lines of the panel of deviates."""
    axes.axhline(0, color="0.3", linewidth=0.8)
    axes.axhspan(-1, 1, color="0.5", alpha=0.12, linewidth=0)
    axes.set_ylabel("data − model\n[standard deviations]", fontsize=8)
    multipole_axis(axes)
