"""Figure of the mean-square skies of ensembles against pitch angle, over their predictions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.pitch_angle_plots import pitch_angle_axes
from eddysky.simulator.plots import COLOURS, figure, power_of_ten

if TYPE_CHECKING:
    from eddysky.validation.compare_mean_square import MeanSquareTest

__all__ = ["plot_mean_squares"]


def plot_mean_squares(found: Mapping[str, MeanSquareTest], path: Path, title: str) -> Path:
    """Draw ensemble means with standard errors over predictions.

    Parameters
    ----------
    found
        Ensembles by label.
    path
        PNG to write.
    title
        What they are.
    """
    highest = max(float(np.max(test.measured)) for test in found.values())
    exponent, scale = power_of_ten(highest)
    with figure(6.4, 4.6) as fig:
        axes = fig.add_subplot()
        for (label, test), colour in zip(found.items(), cycle(COLOURS), strict=False):
            axes.stairs(
                test.predicted / scale, test.edges, baseline=None, color=colour, linewidth=1.4
            )
            axes.errorbar(
                0.5 * (test.edges[1:] + test.edges[:-1]), test.measured / scale,
                yerr=test.error / scale, fmt="o", markersize=3.5, linewidth=1.0, color=colour,
                label=label,
            )  # fmt: skip
        axes.plot([], [], color="0.3", linewidth=1.4, label="prediction")
        pitch_angle_axes(axes, exponent, len(found))
        fig.suptitle(title, fontsize=9)
        fig.savefig(path)
    return path
