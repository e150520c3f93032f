"""Figure of fitted models: the spectra under the curves, and how far off they are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.plots.style import COLOURS, figure, finish, multipole_axis
from eddysky.validation.fitting.report import assumptions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from eddysky.validation.fitting.estimates import Estimate
    from eddysky.validation.fitting.fitted import Fit

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
LINES = ("-", "--", ":", "-.")


def plot_fits(
    fits: Sequence[Fit], path: str | Path | None = None, sources: Mapping[str, str] | None = None
) -> Figure | Path:
    """Draw models fitted to the same data: one colour for each model, or for each of several spectra.

    Parameters
    ----------
    fits
        At least one, of one likelihood.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    sources
        Where what was assumed comes from, by the name of the parameter; what is missing is a default.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written.
    """
    several = len(fits[0].spectra) > 1
    lowest = min(float(np.min(fit.spectra[0].expected)) for fit in fits)
    with figure(6.4, 6.0) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1.2])
        drawn = []
        for place, colour in zip(range(len(fits[0].spectra)), cycle(COLOURS), strict=False):
            own = colour if several else "black"
            drawn.append(data_points(top, fits[0], place, own, several, lowest))
        for number, (fit, line) in enumerate(zip(fits, cycle(LINES), strict=False)):
            for place, spectrum in enumerate(fit.spectra):
                colour = COLOURS[(place if several else number) % len(COLOURS)]
                style = {"color": colour, "linestyle": line if several else "-", "linewidth": 1.3}
                label = None if several else legend(fit)
                top.plot(*model_curve(fit, place), **style, label=label)
                mark = "os^D"[number % 4] if several else "o"
                bottom.plot(
                    spectrum.data.ell, spectrum.deviates, mark, color=colour, markersize=3.2,
                    alpha=0.8, markeredgewidth=0,
                )  # fmt: skip
                drawn.append(spectrum.expected)
            if several:
                top.plot(
                    [], [], "os^D"[number % 4], color="0.3", linestyle=line, linewidth=1.3, markersize=3.2,
                    label=legend(fit),
                )  # fmt: skip
        top.set_xscale("log")
        top.set_yscale("log")
        coupled = any(spectrum.data.coverage is not None for spectrum in fits[0].spectra)
        top.set_ylabel((r"coupled $C_\ell$" if coupled else r"$C_\ell$") + r" of $\delta f/f$")
        values = np.concatenate(drawn)
        top.set_ylim(0.3 * values[values > 0].min(), 3 * values.max())
        top.legend(fontsize=8)
        label_deviates(bottom)
        shown_fit = next((fit for fit in fits if "free_path" in fit.fixed), fits[0])
        words = assumptions(shown_fit, sources or {})
        for glued in (" = ", " pc", " TeV"):
            words = words.replace(glued, glued.replace(" ", "\N{NO-BREAK SPACE}"))
        if words:
            top.set_title(textwrap.fill(f"assumed: {words}", 105), fontsize=6.5, loc="left")
        return finish(fig, path)


def data_points(
    axes: Axes, fit: Fit, place: int, colour: str, several: bool, lowest: float
) -> NDArray[np.float64]:
    """Draw a measured spectrum, and where cosmic variance counts, the scatter that a model expects; returns heights."""
    spectrum = fit.spectra[place]
    data, name = spectrum.data, spectrum_name(fit, place) if several else "data"
    gaussian = spectrum.likelihood.name == "gaussian"
    bars = None if spectrum.likelihood.name == "cosmic-variance" else data.bars
    wide = None if data.edges is None else np.abs(data.edges.T - data.ell)
    positive = data.c_ell > 0
    # Where a logarithmic axis has no place for a value, it is drawn two standard errors higher.
    height = np.where(positive, data.c_ell, lowest)
    if bars is not None:
        height = np.where(positive, data.c_ell, np.maximum(data.c_ell + 2 * bars[1], lowest))
    if not gaussian:
        low, high = spectrum.interval
        what = "skies" if bars is None else "measured skies"
        note = None if several else f"68% of {what}, {fit.model.name}"
        shade = colour if several else COLOURS[0]
        # Below any value on the axis, so that the edge of the band is not cut off.
        low = np.maximum(low, 1e-3 * lowest)
        axes.fill_between(data.ell, low, high, color=shade, alpha=0.15, linewidth=0, label=note)
    if positive.any():
        axes.errorbar(
            data.ell[positive], data.c_ell[positive],
            yerr=None if bars is None else bars[:, positive],
            xerr=None if wide is None else wide[:, positive],
            fmt="o", color=colour, markersize=3, linewidth=0.9, label=name, zorder=3,
        )  # fmt: skip
    if not positive.all():
        errors = "" if bars is None else " + 2 errors"
        note = (
            rf"$C_\ell \leq 0$, drawn at $C_\ell${errors}"
            if bars is not None
            else r"$C_\ell \leq 0$"
        )
        axes.plot(
            data.ell[~positive], height[~positive], "v", color=colour, markersize=4,
            label=None if several else note,
        )  # fmt: skip
    return height


def model_curve(fit: Fit, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ℓ and C_ℓ of a model, or what it expects of data that are no C_ℓ of the whole sky."""
    spectrum = fit.spectra[place]
    data = spectrum.data
    if data.coverage is not None or data.window is not None:
        return data.ell, spectrum.expected
    ell = data.ell
    if data.edges is not None:
        ell = np.arange(data.edges.min(), data.edges.max() + 1)
    elif ell[-1] <= SMOOTH:
        ell = np.arange(ell[0], ell[-1] + 1)
    return ell, fit.curve(ell, place)


def spectrum_name(fit: Fit, place: int) -> str:
    """Energy of a spectrum, or its file if others have the same."""
    energies = [spectrum.fixed.get("energy") for spectrum in fit.spectra]
    if len(set(energies)) == len(energies):
        return f"{energies[place]:.4g} TeV"
    return Path(fit.spectra[place].data.name).name


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


def label_deviates(axes: Axes) -> None:
    """Labels and lines of the panel of deviates."""
    axes.axhline(0, color="0.3", linewidth=0.8)
    axes.axhspan(-1, 1, color="0.5", alpha=0.12, linewidth=0)
    axes.set_ylabel("data − model\n[standard deviations]", fontsize=8)
    multipole_axis(axes)
