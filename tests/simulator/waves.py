"""One plane wave as a flow, the a_ℓm of its stationary sky, and those that particles measure."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import sph_harm_y
from settings import config

from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.run.realization import Setup

PATH = 10.0
SOURCE = math.sqrt(4 * math.pi / 3)
# u = Re A e^(ikz), of every phase, transverse and potential.
AMPLITUDE = np.array([20 * np.exp(0.7j), 0, 12 * np.exp(-0.4j)])


def stationary(first, last, *more):
    """Configuration of particles in the stationary limit, for waves of kλ from first to last."""
    band = {
        "flow.outer_scale": f"{2 * math.pi * PATH / first * 1.0001} pc",
        "flow.inner_scale": f"{2 * math.pi * PATH / last / 1.0001} pc",
    }
    base = {"transport.scatterings": "stationary", "sky.sampling": "random", "flow.modes": 8}
    return config(base, {"sky.nside": 4, "sky.particles": 1000}, band, *more)


def wave(q, amplitude=AMPLITUDE):
    """The wave of kλ = q along z."""
    return Modes(
        np.array([[0, 0, q / PATH]]), amplitude.real[None].copy(), -amplitude.imag[None].copy()
    )


def follow(method, settings, flow, count, index=0):
    """Arrivals and intensities in units of D/v."""
    model = Setup.from_config(settings).model_for(index, flow)
    arrivals, intensity = method(model, model.felt_flow(flow), index, 0, count)
    return arrivals, intensity * settings.particle_speed / settings.momentum_index


def measured(arrivals, intensity, lmax=6):
    """Real parts of a_ℓ0 and a_ℓ1 and their standard errors, in the order of `predicted`."""
    theta, phi = arrivals.angles.T
    values = [
        4 * math.pi * (sph_harm_y(ell, m, theta, phi).conj() * intensity).real
        for m in (0, 1)
        for ell in range(m, lmax + 1)
    ]
    return np.array([np.mean(v) for v in values]), np.array(
        [np.std(v) / math.sqrt(len(v)) for v in values]
    )


def predicted(potential, transverse, lmax=6, amplitude=AMPLITUDE):
    """Real parts of a_ℓ0 and a_ℓ1 in the fluid's frame, from the responses to n·ẑ e^(ikz) and n·x̂ e^(ikz).

    They are in harmonics Y_ℓ0, from ℓ = 0, and √2 |Y_ℓ1| cos φ, from ℓ = 1.
    """
    potential, transverse = np.array(potential), np.array(transverse)
    potential[1] -= SOURCE
    transverse[0] -= SOURCE
    a0 = (amplitude[2] * potential[: lmax + 1]).real
    # Y_11 has the sign −1.
    a1 = -(amplitude[0] * transverse[:lmax]).real / math.sqrt(2)
    return np.concatenate([a0, a1])


def tridiagonal(q, m, rates):
    """ν_ℓ f_ℓ − iq [α_(ℓ+1) f_(ℓ+1) + α_ℓ f_(ℓ−1)] = δ_ℓ1 √(4π/3) for ℓ from m to the last rate."""
    ell = np.arange(m, len(rates))
    beside = np.sqrt((ell[1:] ** 2 - m * m) / (4 * ell[1:] ** 2 - 1))
    matrix = np.diag(rates[m:]) - 1j * q * (np.diag(beside, 1) + np.diag(beside, -1))
    source = np.zeros(len(ell))
    source[1 - m] = SOURCE
    return np.linalg.solve(matrix, source)
