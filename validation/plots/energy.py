"""Figure of C_ℓ against energy: simulated points over predicted curves, one panel for each spectrum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import COLOURS, figure, save
from eddysky.simulator.plots.titles import set_title

__all__ = ["EnergySeries", "plot_energy"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EnergySeries:
    """C_ℓ of some multipoles against energy.

    Parameters
    ----------
    ell
        The multipoles.
    energies
        Energies simulated [TeV], shape (n,).
    measured, error
        Ensemble mean of C_ℓ and its standard error, shape (multipoles, n).
    curve_energies
        Energies of the prediction [TeV], shape (p,).
    curves
        Predicted C_ℓ, shape (multipoles, p).
    """

    ell: tuple[int, ...]
    energies: Array
    measured: Array
    error: Array
    curve_energies: Array
    curves: Array


def plot_energy(series: Mapping[str, EnergySeries], path: Path, title: str) -> Path:
    """Draw one panel for each series.

    Parameters
    ----------
    series
        By the title of the panel.
    path
        PNG, PDF or SVG to write.
    title
        What it shows.
    """
    with figure(3.2 * len(series) + 0.6, 4.2) as fig:
        panels = fig.subplots(1, len(series), sharey=True, squeeze=False)[0]
        for axes, (label, each) in zip(panels, series.items(), strict=True):
            for row, (ell, colour) in enumerate(zip(each.ell, cycle(COLOURS), strict=False)):
                axes.plot(each.curve_energies, each.curves[row], color=colour, linewidth=1.2)
                axes.errorbar(
                    each.energies, each.measured[row], yerr=each.error[row], fmt="o",
                    markersize=3, linewidth=0.9, color=colour, label=rf"$\ell = {ell}$",
                )  # fmt: skip
            axes.plot([], [], color="0.3", linewidth=1.2, label="prediction")
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_title(label, fontsize=9)
            axes.set_xlabel("energy [TeV]")
        panels[0].set_ylabel(r"$C_\ell$ of $\delta f/f$")
        handles, labels = panels[0].get_legend_handles_labels()
        fig.legend(
            handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8,
            columnspacing=1.2, handletextpad=0.4,
        )  # fmt: skip
        set_title(fig, title)
        return save(fig, path)
