"""Velocity fields of the scattering centres: turbulence, regular flows, and fields on grids."""

from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.flow.gridded import GriddedFlow
from eddysky.simulator.flow.modes import Modes, draw_modes
from eddysky.simulator.flow.sampling import sample_grid

__all__ = ["GriddedFlow", "Modes", "VelocityField", "draw_modes", "sample_grid"]
