"""Figures, one kind a file; matplotlib is loaded when one is drawn."""

from __future__ import annotations

from eddysky.simulator.plots.correlation import plot_correlation
from eddysky.simulator.plots.energy import EnergySeries, plot_energy
from eddysky.simulator.plots.fits import plot_fits
from eddysky.simulator.plots.mean_square import plot_mean_square, plot_mean_squares
from eddysky.simulator.plots.power import PowerComparison, plot_power, plot_powers
from eddysky.simulator.plots.sky_map import plot_map

__all__ = [
    "EnergySeries",
    "PowerComparison",
    "plot_correlation",
    "plot_energy",
    "plot_fits",
    "plot_map",
    "plot_mean_square",
    "plot_mean_squares",
    "plot_power",
    "plot_powers",
]
