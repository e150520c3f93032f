"""Scans: the points of a grid of configurations, simulated one after the other, in one table."""
