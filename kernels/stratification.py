"""Stratified arrivals and free paths: one particle in each of N equal cells of direction and path.

The cells are those of a k-d tree: a cell that holds n particles is cut in two, with ⌊n/2⌋ and ⌈n/2⌉ of them and
probabilities in that proportion, across its longest side, until each holds one particle. So N may be any number, every
particle is uniform over its cell and all together over the whole: averages stay unbiased, with a variance that
plain sampling cannot fall below (proportional allocation).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.paths import ARRIVAL, STRATIFIED_PATH, arrive
from eddysky.kernels.philox import uniform_pair

__all__ = ["cell", "sample_stratified_arrivals"]

Array = NDArray[np.float64]

# Least sine of a cell's polar angle, and least distance of the path's quantile from one, in its side lengths.
POLE = 1e-3
TAIL = 0.3


@kernel
def cell(
    particle: int, count: int, path_weight: float
) -> tuple[float, float, float, float, float, float]:
    """Lower and upper ends, in (0, 1), of one particle's share of cos θ, longitude and path quantile.

    Parameters
    ----------
    particle, count
        Number of the particle among `count`.
    path_weight
        Length of a free path of exponential law, in units of λ, against angles in radians; zero does not
        stratify paths.
    """
    low_z, high_z, low_turn, high_turn, low_path, high_path = 0.0, 1.0, 0.0, 1.0, 0.0, 1.0
    while count > 1:
        middle = low_z + high_z - 1.0
        sine = math.sqrt(max(1.0 - middle * middle, 0.0)) + POLE
        polar = 2.0 * (high_z - low_z) / sine
        azimuth = 2.0 * math.pi * (high_turn - low_turn) * sine
        tail = 1.0 - high_path + TAIL * (high_path - low_path)
        path = path_weight * math.log((1.0 - low_path) / tail)
        left = count // 2
        share = left / count
        first = particle < left
        if path >= polar and path >= azimuth:
            cut = low_path + share * (high_path - low_path)
            low_path, high_path = (low_path, cut) if first else (cut, high_path)
        elif polar >= azimuth:
            cut = low_z + share * (high_z - low_z)
            low_z, high_z = (low_z, cut) if first else (cut, high_z)
        else:
            cut = low_turn + share * (high_turn - low_turn)
            low_turn, high_turn = (low_turn, cut) if first else (cut, high_turn)
        particle, count = (particle, left) if first else (particle - left, count - left)
    return low_z, high_z, low_turn, high_turn, low_path, high_path


@kernel
def sample_stratified_arrivals(
    directions: Array,
    angles: Array,
    quantiles: Array,
    particles: int,
    path_weight: float,
    seed: int,
    realization: int,
    first: int,
) -> None:
    """Write arrivals, as `tracking.sample_arrivals` does, and quantiles (N,) of the free paths.

    Even and odd particles are the two halves of all `particles`; each half is stratified by itself, so that they
    are independent.
    """
    for i in range(directions.shape[0]):
        index = first + i
        half = index % 2
        size = particles - particles // 2 if half == 0 else particles // 2
        low_z, high_z, low_turn, high_turn, low_path, high_path = cell(
            index // 2, size, path_weight
        )
        a, b = uniform_pair(seed, ARRIVAL, realization, index, 0)
        arrive(
            low_z + a * (high_z - low_z),
            low_turn + b * (high_turn - low_turn),
            directions[i],
            angles[i],
        )
        a, b = uniform_pair(seed, STRATIFIED_PATH, realization, index, 0)
        quantiles[i] = low_path + a * (high_path - low_path)
