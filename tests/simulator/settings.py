"""Settings and skies that the tests of realisations and of back-tracking share."""

from __future__ import annotations

import healpy
import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.run.realization import Setup, realize

QUIET = {"flow.velocity_dispersion": "0 km/s", "sky.nside": 8, "flow.modes": 64}
# Twenty particles a pixel at nside 4, so that none stays empty (false alarm 192 e⁻²¹ = 1e-7).
RANDOM = {"sky.sampling": "random", "sky.particles": 4096}


def config(*settings, **more):
    merged = {}
    for setting in settings:
        merged |= setting
    return Config().replace(merged | more)


def made(*settings, index=0, keep_map=False, threads=1):
    return realize(Setup.from_config(config(*settings)), index, keep_map=keep_map, threads=threads)


def vector(values, unit):
    return [f"{float(value)!r} {unit}" for value in values]


def gradient_of(values):
    return {"transport.density_gradient": vector(values, "1/pc")}


def uniform_flow(values):
    return {"flow.mean_velocity": vector(values, "km/s")}


def velocity_gradient(rows):
    return {"flow.velocity_gradient": [vector(row, "km/s/pc") for row in rows]}


def pixel_directions(nside):
    return np.stack(healpy.pix2vec(nside, np.arange(12 * nside**2)), axis=1)
