"""Synthetic ensembles: C_ℓ drawn from exact distributions, with and without shot noise."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
from scipy import stats

from eddysky.simulator import Config, Result
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.multipoles import judged_multipoles

# False-alarm probability of each bound on a count or a statistic; seeds are fixed.
ALARM = 1e-4
SMALL = Config().replace({"sky.nside": 16})
# Nothing random: a uniform flow past an observer at rest.
CALM = Config().replace(
    {
        "flow.velocity_dispersion": "0 km/s",
        "flow.mean_velocity": ["20 km/s", "-15 km/s", "10 km/s"],
        "sky.frame": "observer",
        "sky.nside": 4,
    }
)


def result(config, power, noise=None):
    """An ensemble with these C_ℓ, one row per realisation."""
    empty = np.empty((0, 12 * config.sky.nside**2), dtype=np.float32)
    count = len(power)
    none = np.empty(0, dtype=np.int64)
    return Result(config, np.arange(count), power, np.zeros(count), none, empty, noise=noise)


def judged(config, realizations=None, noise=None):
    """The multipoles of a configuration that are judged in an ensemble of this size."""
    return judged_multipoles(Expectation.from_config(config), realizations, noise)


def crossed(rng, c_ell, noise, count, squares=None):
    """Cross-spectra of the halves of the particles, and noise P of the whole sky, of Gaussian skies.

    Of the 2ℓ+1 a_ℓm, `squares` have a signal; all by default.
    """
    size = 2 * np.arange(len(c_ell)) + 1
    power, noises = np.empty((2, count, len(c_ell)))
    for ell, m in enumerate(size):
        signal = np.zeros((count, m))
        some = squares or m
        signal[:, :some] = rng.standard_normal((count, some)) * math.sqrt(m / some * c_ell[ell])
        # Each half has the noise 2P.
        halves = rng.standard_normal((2, count, m)) * math.sqrt(2 * noise[ell]) + signal
        power[:, ell] = np.mean(halves[0] * halves[1], axis=1)
        noises[:, ell] = np.mean((0.5 * (halves[0] - halves[1])) ** 2, axis=1)
    return power, noises


def cosmic(rng, c_ell, count):
    """C_ℓ of isotropic Gaussian skies: χ² with 2ℓ+1 degrees of freedom."""
    dof = 2 * np.arange(len(c_ell)) + 1
    return c_ell * rng.chisquare(dof, (count, len(c_ell))) / dof


def neighbours(rng, c_ell, count, rho=0.8):
    """Normal C_ℓ with cosmic variance and the correlation ρ^|ℓ−ℓ'| of multipoles."""
    ell = np.arange(len(c_ell))
    mixing = np.linalg.cholesky(rho ** np.abs(ell[:, None] - ell))
    normal = rng.standard_normal((count, len(ell))) @ mixing.T
    return c_ell * (1 + np.sqrt(2 / (2 * ell + 1)) * normal)


def at_most(trials, rate):
    return stats.binom.ppf(1 - ALARM, trials, rate)


def at_least(trials, rate):
    return stats.binom.ppf(ALARM, trials, rate)


def compared(ell, measured, error, predicted, above_noise=None, noise=None):
    """What figures need of a comparison."""
    return SimpleNamespace(
        ell=ell,
        measured=measured,
        error=error,
        predicted=predicted,
        above_noise=above_noise,
        noise=noise,
    )


def power_law(lmax=20):
    """Measured C_ℓ 5% above a power law, with errors of 10%."""
    ell = np.arange(1, lmax + 1)
    predicted = 1e-7 * ell**-2.7
    return compared(ell, 1.05 * predicted, 0.1 * predicted, predicted)
