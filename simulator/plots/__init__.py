"""Figures of skies, and the style that all figures share; matplotlib is loaded when one is drawn."""

from __future__ import annotations

from eddysky.simulator.plots.observation import plot_observation
from eddysky.simulator.plots.sky_axes import draw_map
from eddysky.simulator.plots.sky_map import plot_map, plot_sky

__all__ = ["draw_map", "plot_map", "plot_observation", "plot_sky"]
