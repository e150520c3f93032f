"""Spectra drawn as Fourier modes, and other velocity fields: what gives u at points."""
