"""The counts of an observation: Poisson numbers around exposure × (1 + sky)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.poisson import poisson_counts
from eddysky.simulator.config import Config
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.simulator.sky.harmonics import dipole_alm

__all__ = ["COUNTS", "draw_counts", "motion_dipole", "sky_to_observe"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
Integers = NDArray[np.int64]

# Purpose of the random numbers; those of simulations are below.
COUNTS = 100


def sky_to_observe(alm: Alm, config: Config, survey: Survey) -> Alm:
    """a_ℓm of the sky that a survey would see without noise, with the motion of the observer and the point spread.

    Parameters
    ----------
    alm
        a_ℓm of the sky up to `config.lmax`, m by m.
    config
        Configuration of the sky.
    survey
        Its point spread and motion.

    Returns
    -------
    ndarray
        Shape of `alm`.
    """
    lmax = config.lmax
    if survey.compton_getting is not None:
        alm = alm + dipole_alm(motion_dipole(config, survey), lmax)
    # The beam of a Gaussian, exp(−ℓ(ℓ+1)σ²/2).
    spread = math.radians(survey.point_spread)
    beam = np.array([math.exp(-0.5 * ell * (ell + 1) * spread**2) for ell in range(lmax + 1)])
    seen: Alm = alm * beam[ells_and_ms(lmax)[0]]
    return seen


def motion_dipole(config: Config, survey: Survey) -> Array:
    """Dipole of an observer's motion through an isotropic sky, to first order (Compton & Getting 1935).

    δI/I = −D (V/v) cos χ with D = −(α + 2), χ being the angle between arrival direction and motion: more particles
    come from ahead.

    Returns
    -------
    ndarray
        Vector d of δI/I = d·n, shape (3,).
    """
    assert survey.compton_getting is not None
    speed, longitude, latitude = survey.compton_getting
    factor = -config.momentum_index * speed / config.particle_speed
    return factor * unit_vector((longitude, latitude))


def draw_counts(expected: Array, seed: int, realization: int, purpose: int = COUNTS) -> Integers:
    """Poisson counts of pixels; a pure function of its arguments.

    Parameters
    ----------
    expected
        Expected counts, shape (npix,).
    seed, realization, purpose
        Name the random numbers, together with the index of each pixel.

    Raises
    ------
    InputError
        If fewer than zero counts are expected in a pixel.
    """
    if not np.all(expected >= 0):
        raise InputError(
            f"realisation {realization}: the relative intensity reaches -1, where no counts can be expected: "
            "anisotropies of cosmic rays are far smaller"
        )
    counts = np.empty(len(expected), dtype=np.int64)
    poisson_counts(expected, seed, purpose, realization, counts)
    return counts
