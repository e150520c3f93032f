"""Free paths of particles: random or of given quantiles, by the law of a configuration.

Particles of several rigidities draw their own once, and all their paths have the mean that belongs to it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.paths import PATH, RIGIDITY
from eddysky.kernels.tracking import draw_deviates, draw_paths
from eddysky.kernels.work import draw_work_deviates, draw_work_paths
from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath, FixedPath

__all__ = [
    "path_factors",
    "path_weight",
    "paths_of_quantiles",
    "random_paths",
    "work_paths",
]

Array = NDArray[np.float64]

# Length of exponential paths against angles where both are stratified: of 0.5, 1, 2 and 4 the one of least variance.
PATH_WEIGHT = 0.5


def random_paths(config: Config, count: int, stream: tuple[int, int, int], step: int) -> Array:
    """Free paths s of one step [pc], shape (count,).

    Parameters
    ----------
    config
        Law and mean of the free path.
    count
        Number of particles.
    stream
        Seed, realisation, and number of the first particle.
    step
        Number of scatterings since the observer.
    """
    law, mean, paths = config.transport.law, config.mean_free_path, np.empty(count)
    if isinstance(law, FixedPath):
        paths.fill(mean)
    elif isinstance(law, ErlangPath):
        draw_paths(paths, mean, law.order, *stream, step)
    else:
        draw_deviates(paths, PATH, *stream, step)
        paths = mean * law.quantile(paths)
    return paths * path_factors(config, count, stream)


def work_paths(
    config: Config, count: int, stream: tuple[int, int, int], step: int
) -> tuple[Array, Array]:
    """Places s' [pc] along the free paths of one step where the flow does its work, and their weights, (count,) each.

    The mean of weight × f(s') is ∫ P(path > s') f(s') ds'/λ. Erlang paths need no weights: s' is a sum of j of their
    exponentials, j uniform. Of any other law s' = U s with U uniform in (0, 1), and the weight is s/λ.

    Parameters
    ----------
    config, count, stream, step
        As in `random_paths`.
    """
    law, mean, paths = config.transport.law, config.mean_free_path, np.empty(count)
    if isinstance(law, ErlangPath):
        draw_work_paths(paths, mean, law.order, *stream, step)
        return paths * path_factors(config, count, stream), np.ones(count)
    parts = np.empty(count)
    draw_work_deviates(paths, parts, *stream, step)
    whole = law.quantile(paths)
    return mean * parts * whole * path_factors(config, count, stream), whole


def path_factors(config: Config, count: int, stream: tuple[int, int, int]) -> Array | float:
    """Mean free paths of particles over that of the median energy, shape (count,); 1 where all have one rigidity.

    Parameters
    ----------
    config, count, stream
        As in `random_paths`.
    """
    if config.rigidities is None:
        return 1.0
    deviates = np.empty(count)
    draw_deviates(deviates, RIGIDITY, *stream, 0)
    exponents = config.cosmic_rays.path_exponent * config.rigidities.quantile(deviates)
    return np.asarray(np.float_power(math.e, exponents))


def paths_of_quantiles(config: Config, quantiles: Array) -> Array:
    """Free paths [pc] whose distribution function has these values in (0, 1), shape (N,), at the median energy."""
    return config.mean_free_path * config.transport.law.quantile(quantiles)


def path_weight(config: Config) -> float:
    """Length of the law's free paths against angles in stratified sampling; zero for fixed paths."""
    return PATH_WEIGHT * config.transport.law.standard_deviation
