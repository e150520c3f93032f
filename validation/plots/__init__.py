"""Figures of what is simulated beside what is predicted; matplotlib is loaded when one is drawn."""

from __future__ import annotations

from eddysky.validation.plots.correlation import plot_correlation
from eddysky.validation.plots.energy import EnergySeries, plot_energy
from eddysky.validation.plots.fits import plot_fits
from eddysky.validation.plots.mean_square import plot_mean_square, plot_mean_squares
from eddysky.validation.plots.power import PowerComparison, plot_power, plot_powers

__all__ = [
    "EnergySeries",
    "PowerComparison",
    "plot_correlation",
    "plot_energy",
    "plot_fits",
    "plot_mean_square",
    "plot_mean_squares",
    "plot_power",
    "plot_powers",
]
