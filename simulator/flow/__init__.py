"""Turbulent and regular flows of the scattering centres, and velocity fields from outside."""

from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.flow.gridded import GriddedFlow
from eddysky.simulator.flow.modes import Modes, draw_modes
from eddysky.simulator.flow.sampling import sample_grid

__all__ = ["GriddedFlow", "Modes", "VelocityField", "draw_modes", "sample_grid"]
