"""Forecasts: what an observation of given exposure measures of a configuration."""
