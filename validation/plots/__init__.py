"""Figures of what is simulated beside what is predicted; matplotlib is loaded when one is drawn."""

from __future__ import annotations

from eddysky.validation.plots.correlation import plot_correlation
from eddysky.validation.plots.energy import EnergySeries, plot_energy
from eddysky.validation.plots.fits import plot_fits
from eddysky.validation.plots.forecast import plot_forecast
from eddysky.validation.plots.observation import plot_observed_power
from eddysky.validation.plots.pitch_angle import plot_profile, plot_profiles
from eddysky.validation.plots.power import PowerComparison, plot_power, plot_powers
from eddysky.validation.plots.scan import plot_scan
from eddysky.validation.plots.spectra import draw_power, plot_spectra

__all__ = [
    "EnergySeries",
    "PowerComparison",
    "draw_power",
    "plot_correlation",
    "plot_energy",
    "plot_fits",
    "plot_forecast",
    "plot_observed_power",
    "plot_power",
    "plot_powers",
    "plot_profile",
    "plot_profiles",
    "plot_scan",
    "plot_spectra",
]
