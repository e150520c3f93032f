"""Simulating one realisation, and ensembles of realisations."""
