"""Analytic predictions; they know of the simulator only the configuration and w(k)."""
