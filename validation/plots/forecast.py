"""Figure of a forecast: signal, noise and errors of the coupled C_ℓ of one sky, and the events that they need."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.config.descriptions import config_in_words
from eddysky.simulator.plots.observation import survey_in_words
from eddysky.simulator.plots.style import COLOURS, figure, finish, multipole_axis
from eddysky.simulator.plots.titles import set_title
from eddysky.validation.forecasting.distinction import SIGMAS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eddysky.validation.forecasting.forecast import Forecast

__all__ = ["plot_forecast"]

# Powers below this fraction of the noise, or of the lowest signal, are not shown.
_RANGE = 0.03


def plot_forecast(found: Forecast, path: str | Path | None = None) -> Figure | Path:
    """Draw a forecast.

    Parameters
    ----------
    found
        The forecast.
    path
        PNG, PDF or SVG to write; without it the figure is returned.

    Returns
    -------
    matplotlib.figure.Figure or Path
        The figure, or its file.
    """
    ell, signal, noise = found.ell, found.signal, found.noise
    total, error = signal + noise, found.error
    # A line through one point would not be seen.
    marker = "_" if len(ell) == 1 else ""
    with figure(6.8, 6.8) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 2])
        lowest = _RANGE * min(float(noise.min()), float(signal.min()))
        top.fill_between(
            ell, np.maximum(total - error, lowest), total + error, color="0.85",
            label="signal + noise, scatter of one sky",
        )  # fmt: skip
        top.plot(
            ell, found.c_ell, "--", color="0.4", linewidth=1, label=r"$C_\ell$ of the full sky"
        )
        top.plot(ell, signal, color=COLOURS[0], linewidth=1.4, marker=marker, label="signal")
        top.plot(ell, noise, color=COLOURS[1], linewidth=1.4, marker=marker, label="noise")
        top.plot(
            ell, SIGMAS * found.noise_scatter, ":", color=COLOURS[1], linewidth=1.2, marker=marker,
            label=f"{SIGMAS:g} standard deviations of noise alone",
        )  # fmt: skip
        if found.highest is not None and found.highest < ell[-1]:
            for axes in (top, bottom):
                axes.axvline(found.highest, color="0.6", linewidth=0.8)
        top.set_ylabel(r"coupled $C_\ell$ of $\delta f/f$")
        top.set_yscale("log")
        top.legend(fontsize=8)
        bottom.plot(
            ell, found.events_detected, ":", color=COLOURS[1], linewidth=1.4, marker=marker,
            label=f"signal is {SIGMAS:g} standard deviations of noise alone",
        )  # fmt: skip
        bottom.plot(
            ell, found.events_measured, "o", markersize=3, color=COLOURS[0],
            label=f"signal is {SIGMAS:g} times its error, with cosmic variance",
        )  # fmt: skip
        never = ell[np.isinf(found.events_measured)]
        runs = np.split(never, np.flatnonzero(np.diff(never) > 1) + 1) if len(never) else []
        for place, run in enumerate(runs):
            bottom.axvspan(
                math.sqrt(run[0] * (run[0] - 0.999)), math.sqrt(run[-1] * (run[-1] + 1)),
                color="0.92", linewidth=0,
                label="never, because of cosmic variance" if place == 0 else None,
            )  # fmt: skip
        bottom.axhline(
            found.survey.total_events, color="0.3", linewidth=0.8, label="events of this forecast"
        )
        bottom.set_yscale("log")
        bottom.set_ylabel("events needed")
        bottom.legend(fontsize=8, loc="lower right", frameon=True, facecolor="1", edgecolor="none")
        top.set_xscale("log")
        multipole_axis(bottom)
        field = f"{survey_in_words(found.survey)}, {found.sky_fraction:.1%} of the sky"
        set_title(fig, f"{field}: {config_in_words(found.config)}")
        return finish(fig, path)
