"""Comparisons of simulated ensembles with their predictions."""
