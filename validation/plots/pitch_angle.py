"""Figures of the mean square against pitch angle: one sky, or ensembles, over predictions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import COLOURS, figure, power_of_ten, save
from eddysky.simulator.plots.titles import set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eddysky.validation.comparison.pitch_angle import ProfileComparison

__all__ = ["plot_profile", "plot_profiles"]

Array = NDArray[np.float64]


def plot_profile(
    edges: Array,
    measured: Array,
    predictions: Mapping[str, tuple[Array, Array]],
    path: Path,
    title: str,
    min_coverage: float = 0.5,
    error: Array | None = None,
    label: str = "sky",
) -> Path:
    """Draw the mean square of one sky in bins of μ as points, predictions as steps in their scatter.

    Parameters
    ----------
    edges
        Edges of the bins in μ = −n·b, shape (bins + 1,).
    measured
        Mean square in each bin, NaN for bins that are left out, shape (bins,).
    predictions
        Mean and standard deviation of one sky, each of shape (bins,), by label.
    path
        File to write.
    title
        What it shows.
    min_coverage
        Bins of which less was seen are those left out.
    error
        Standard error in each bin, shape (bins,); none by default.
    label
        Of the points in the legend.
    """
    highest = max(
        float(np.nanmax(values)) for values in (measured, *(m for m, _ in predictions.values()))
    )
    exponent, scale = power_of_ten(highest)
    with figure(6.4, 4.6) as fig:
        axes = fig.add_subplot()
        for (name, (mean, spread)), colour in zip(
            predictions.items(), cycle(COLOURS), strict=False
        ):
            low, high = np.maximum(mean - spread, 0.0) / scale, (mean + spread) / scale
            # Bands are drawn for edges: each bin's values, and the last once more.
            axes.fill_between(
                edges, np.append(low, low[-1]), np.append(high, high[-1]),
                step="post", color=colour, alpha=0.16, linewidth=0,
            )  # fmt: skip
            axes.stairs(mean / scale, edges, baseline=None, color=colour, linewidth=1.4, label=name)
        if predictions:
            axes.fill_between([], [], [], color="0.85", label="scatter of one sky (1σ)")
        middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
        axes.errorbar(
            middle, measured / scale, yerr=None if error is None else error / scale, xerr=half,
            fmt="o", markersize=4, linewidth=1.0, color="0.1", label=label,
        )  # fmt: skip
        left_out = np.isnan(measured)
        for low, high in zip(edges[:-1][left_out], edges[1:][left_out], strict=True):
            axes.axvspan(low, high, color="0.94", linewidth=0, zorder=-1)
        if left_out.any():
            words = f"less than {min_coverage:.0%} seen" if min_coverage > 0 else "not seen"
            axes.fill_between([], [], [], facecolor="0.94", edgecolor="0.5", label=words)
        pitch_angle_axes(axes, exponent, len(predictions) + int(left_out.any()))
        set_title(fig, title)
        return save(fig, path)


def plot_profiles(
    found: Mapping[str, ProfileComparison],
    path: Path,
    title: str,
    curves: Mapping[str, tuple[Array, Array]] | None = None,
) -> Path:
    """Draw ensemble means with standard errors over predictions.

    Parameters
    ----------
    found
        Ensembles by label.
    path
        PNG, PDF or SVG to write.
    title
        What they are.
    curves
        Cosine μ of the pitch angle and predicted mean square there, by the same labels.
    """
    curves = curves or {}
    highest = max(float(np.max(test.measured)) for test in found.values())
    exponent, scale = power_of_ten(highest)
    with figure(6.4, 4.6) as fig:
        axes = fig.add_subplot()
        for index, (label, test) in enumerate(found.items()):
            colour = COLOURS[index % len(COLOURS)]
            axes.stairs(
                test.predicted / scale, test.edges, baseline=None, color=colour, linewidth=1.4
            )
            if label in curves:
                mu, values = curves[label]
                axes.plot(mu, values / scale, "--", color=colour, linewidth=1.0)
            # Within a bin one ensemble's point stands beside another's.
            part = (index + 1) / (len(found) + 1)
            axes.errorbar(
                test.edges[:-1] + part * np.diff(test.edges), test.measured / scale,
                yerr=test.error / scale, fmt="o", markersize=3.5, linewidth=1.0, color=colour,
                label=label,
            )  # fmt: skip
        words = "prediction, mean over each bin" if curves else "prediction"
        axes.plot([], [], color="0.3", linewidth=1.4, label=words)
        if curves:
            axes.plot([], [], "--", color="0.3", linewidth=1.0, label="prediction at each angle")
        pitch_angle_axes(axes, exponent, len(found) + int(bool(curves)))
        set_title(fig, title)
        return save(fig, path)


def pitch_angle_axes(axes: Axes, exponent: int, curves: int) -> None:
    """Label mean squares, in units of a power of ten, against the pitch angle below and its cosine μ above.

    The pitch angle ϑ is that of the momentum, as in ZL25: arrival from n = +b is at 180°, on the right.
    """
    axes.set_xlim(1, -1)
    # Room for the legend above all curves.
    axes.set_ylim(0.0, axes.get_ylim()[1] * (1.1 + 0.05 * curves))
    unit = rf" [$10^{{{exponent}}}$]" if exponent else ""
    axes.set_ylabel(rf"mean square of $\delta f/f$ over azimuth{unit}")
    degrees = np.array([0, 30, 60, 90, 120, 150, 180])
    labels = [f"{d}°" for d in degrees]
    labels[0] += "\n" + r"from $\mathbf{n}=-\mathbf{b}$"
    labels[-1] += "\n" + r"from $\mathbf{n}=+\mathbf{b}$"
    axes.set_xticks(np.cos(np.radians(degrees)), labels)
    axes.set_xlabel(
        r"pitch angle of the momentum $\vartheta$,  "
        r"$\cos\vartheta = \mathbf{b}\cdot\mathbf{p}/p = -\mathbf{n}\cdot\mathbf{b}$"
    )
    axes.tick_params(top=False)
    top = axes.secondary_xaxis("top")
    top.set_xticks([1, 0.5, 0, -0.5, -1], ["1", "0.5", "0", "−0.5", "−1"])
    top.set_xlabel(r"$\mu = \cos\vartheta$")
    axes.legend(fontsize=8, loc="upper center", ncols=2)
