"""Flows of few modes for the shot noise of particles, and how it is measured."""

from __future__ import annotations

import math

from eddysky.simulator import simulate
from eddysky.validation.theory.particle_noise import particle_noise

PARTICLES = 500
BASE = {
    "sky.nside": 8,
    "sky.sampling": "random",
    "sky.particles": PARTICLES,
    "flow.outer_scale": "20 pc",
    "flow.inner_scale": "4 pc",
    "flow.modes": 64,
    "ensemble.realizations": 600,
}
STILL = {"flow.velocity_dispersion": "0 km/s", "ensemble.realizations": 60}
SHEAR = {
    "flow.velocity_gradient": [
        ["1 km/s/pc", "0.5 km/s/pc", "0 km/s/pc"],
        ["0 km/s/pc", "-0.3 km/s/pc", "0.2 km/s/pc"],
        ["0.1 km/s/pc", "0 km/s/pc", "0.8 km/s/pc"],
    ]
}
DENSITY = {"transport.density_gradient": ["0.002 1/pc", "-0.001 1/pc", "0.001 1/pc"]}
# ⟨λ²⟩ is 2.7 times the square of the median.
ENERGIES = {"cosmic_rays.energy_response": {"width": 0.7}, "cosmic_rays.scattering_index": 1.0}
STATIONARY = {"transport.scatterings": "stationary", "ensemble.realizations": 40}


def measured(config):
    """Ratio of measured to expected noise, weighted over ℓ ≥ 1, and its standard error."""
    result = simulate(config, maps=0, workers=1)
    weight = 2 * result.ell[1:] + 1
    ratios = result.noise[:, 1:] / particle_noise(config, PARTICLES)[1:] @ weight / weight.sum()
    return ratios.mean(), ratios.std(ddof=1) / math.sqrt(len(ratios))
