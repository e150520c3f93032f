"""Figures of skies, and the style that all figures share; matplotlib is loaded when one is drawn."""

from __future__ import annotations

from eddysky.simulator.plots.sky_map import plot_map

__all__ = ["plot_map"]
