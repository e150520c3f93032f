"""Nodes and time that waves need in expected skies of helical transport, by the two ways to sum them.

Waves are given by κ and κ_⊥, their wavenumbers along and across the field times the mean free path. With w mean free
paths over Larmor radii the gyration has the phase z = κ_⊥/w, and harmonics up to about z + 9 z^(1/3) + 6, where
J_n(z) < 1e-11. Times are those of one processor core in nanoseconds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ErlangPath

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import Config

__all__ = ["expected_time", "helix_time", "path_rate", "polar_nodes_needed", "series_time"]

Array = NDArray[np.float64]

# Error of the quadratures.
ERROR = 1e-11
# Time of a series for 16 directions: constant part, for each term, and for each product of two.
SERIES = (700.0, 100.0, 5.4)
# Time of a node along the helix: constant part, for each multipole, and for each a_ℓm.
HELIX = (50.0, 5.0, 1.4)
# Nodes in a panel along the path, and the phase [radians] over half of it that they integrate.
PANEL, PHASE = 64, 90.0
# Wavenumbers and angles to the field for the time of a sky.
SAMPLES = 32


def harmonics(across: Array, turns: float) -> Array:
    """Harmonics of the gyration beyond n = z, shape (n,)."""
    return np.asarray(9 * np.float_power(across / turns, 1 / 3) + 6)


def polar_nodes_needed(turns: float, order: int, lmax: int, along: Array, across: Array) -> Array:
    """Nodes in μ = n·b that a series needs, shape (n,).

    The response has poles at the distance q/|κ| from the real axis (paths of order q). On an ellipse at a part x of
    that distance it is below (1 − x)^(−q), so that the error of n nodes is that times e^(−2nxq/|κ|). The gyration
    needs z nodes more, and the multipoles half as many as lmax.

    Parameters
    ----------
    turns
        w, positive.
    order
        q, of the Erlang law; 1 for exponential paths.
    lmax
        Highest multipole.
    along, across
        κ and κ_⊥, shape (n,).
    """
    decay, parts = -math.log(ERROR), (x / 100 for x in range(1, 100))
    slope = min((decay - order * math.log1p(-x)) / (2 * x * order) for x in parts)
    size, z = np.abs(along), across / turns
    return np.asarray(slope * size + z + lmax / 2 + 2 * np.sqrt(size + z) + 16)


def path_rate(turns: float, along: Array, across: Array) -> Array:
    """Highest frequency along the path, in radians per mean free path, shape (n,); arguments as above."""
    return np.asarray(np.sqrt(along**2 + across**2) + turns * harmonics(across, turns))


def series_time(turns: float, order: int, lmax: int, along: Array, across: Array) -> Array:
    """Time of the series, shape (n,); arguments as above."""
    terms = 2 * (across / turns + harmonics(across, turns)) + 1
    orders = np.minimum(lmax + 1.0, terms)
    constant, term, product = SERIES
    block = constant + term * terms + product * orders * (terms - 0.5 * orders)
    return np.asarray(block / 16 * polar_nodes_needed(turns, order, lmax, along, across))


def helix_time(turns: float, order: int, lmax: int, along: Array, across: Array) -> Array:
    """Time of the quadrature along the helix, shape (n,); arguments as above."""
    # Twenty-six mean free paths with exponential laws; the density of the paths is one more wave.
    length = 1 - math.log(ERROR) * (1 / math.sqrt(order) if order > 1 else 1)
    rate = path_rate(turns, along, across) + min(order, 7 * math.sqrt(order))
    constant, multipole, each = HELIX
    node = constant + multipole * lmax + each * (lmax + 1) * (lmax + 2) / 2
    return np.asarray(node * PANEL * np.ceil(length * rate / (2 * PHASE)))


def expected_time(config: Config) -> float:
    """Time of an expected sky of helical transport, in seconds of one processor core."""
    spectrum, path, law = config.flow_spectrum, config.mean_free_path, config.transport.law
    assert isinstance(law, ErlangPath)
    places = (np.arange(SAMPLES) + 0.5) / SAMPLES
    k = path * spectrum.k_min * np.float_power(spectrum.k_max / spectrum.k_min, places)[:, None]
    along, across = k * places, k * np.sqrt((1 - places) * (1 + places))
    turns, order = path / abs(config.larmor_radius), law.order
    times = (way(turns, order, config.lmax, along, across) for way in (series_time, helix_time))
    return 1e-9 * config.flow.modes * float(np.mean(np.minimum(*times)))
