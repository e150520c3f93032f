"""Averages over the rigidities of the particles of one sky (see `config.energy_response`).

In a given flow a particle of y = ln(rigidity/energy) sees a wave of q = kλ as one of z = q e^(ay), a = 2 − γ_g. The
responses T_ℓ of the sky are therefore averaged as

    T_ℓ(q) → ∫ T_ℓ(q e^(ay)) R(y) dy,

by Gauss–Legendre quadrature on panels short enough for R, and for T_ℓ at all z that they cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.radial import add_weighted
from eddysky.simulator.config import Config
from eddysky.simulator.config.energy_response import Rigidities
from eddysky.simulator.transport.path_averages import GAUSS_NODES, GAUSS_WEIGHTS

__all__ = ["RigidityAverage", "mean_path"]

Array = NDArray[np.float64]
# Takes z (n,) to values (n, functions, lmax + 1).
Functions = Callable[[Array], Array]

# Fewest panels of a response, largest change of ln z in one, and its largest width over that of panels that resolve
# the functions of z as polynomials: Gauss–Legendre nodes resolve six times as much.
FEWEST, LARGEST, WIDER = 8, 1.0, 6.0
# Values of z for which functions are evaluated together, to save memory.
TOGETHER = 4096


def mean_path(config: Config) -> float:
    """Mean of the mean free paths of all particles [pc]."""
    if config.rigidities is None:
        return config.mean_free_path
    factors, weights = nodes(
        config.rigidities, config.cosmic_rays.path_exponent, math.inf, np.empty(0)
    )
    return config.mean_free_path * math.fsum(factors * weights)


def nodes(
    rigidities: Rigidities, exponent: float, largest: float, panels: Array
) -> tuple[Array, Array]:
    """Factors e^(ay) and weights of a quadrature over y, of sum one, (n,) each.

    Parameters
    ----------
    rigidities
        Distribution of y.
    exponent
        a.
    largest
        Largest q of the functions to average.
    panels
        Ends of panels in z that resolve the functions as polynomials of `NODES` coefficients, ascending; none where the
        functions vary with ln z alone.
    """
    response = rigidities.response
    if response is None:
        shifts, fractions = (np.array(part) for part in zip(*rigidities.parts, strict=True))
        return np.float_power(math.e, exponent * shifts), fractions
    widest = (response.high - response.low) / FEWEST
    if exponent != 0:
        widest = min(widest, LARGEST / abs(exponent))
    x, weights = [], []
    for shift, fraction in rigidities.parts:
        for low, high in pairwise([response.low, *response.breakpoints, response.high]):
            while low < high:
                step = min(widest, high - low)
                if len(panels) and exponent != 0:
                    # The larger end of the panel counts; it moves as the panel becomes narrower.
                    for _ in range(2):
                        end = low + (step if exponent > 0 else 0.0) + shift
                        z = largest * math.exp(exponent * end)
                        i = min(max(int(np.searchsorted(panels, z)), 1), len(panels) - 1)
                        resolved = WIDER * (panels[i] - panels[i - 1])
                        step = min(step, resolved / (abs(exponent) * z))
                end = low + step if low + 1.001 * step < high else high
                x.append(0.5 * (low + end) + 0.5 * (end - low) * GAUSS_NODES)
                weights.append(
                    fraction * (end - low) * 0.5 * GAUSS_WEIGHTS * response.density(x[-1])
                )
                x[-1] = x[-1] + shift
                low = end
    total = np.concatenate(weights)
    return np.float_power(math.e, exponent * np.concatenate(x)), total / math.fsum(total)


@dataclass(frozen=True, slots=True)
class RigidityAverage:
    """Functions of q averaged over the rigidities.

    Parameters
    ----------
    functions
        Of z (n,), shape (n, functions, lmax + 1).
    powers
        p of the factor (z/q)^p in the average of each, 0 or 1, shape (functions, lmax + 1).
    panels
        Ends of panels in z that resolve them as polynomials of `NODES` coefficients.
    rigidities, exponent
        Distribution of y, and a.
    """

    functions: Functions
    powers: NDArray[np.int64]
    panels: Array
    rigidities: Rigidities
    exponent: float

    def __call__(self, q: Array) -> Array:
        """Averages at q (n,), shape (n, functions, lmax + 1)."""
        largest = float(np.max(q))
        factors, weights = nodes(self.rigidities, self.exponent, largest, self.panels)
        both = np.stack([weights, weights * factors])
        total = np.zeros((*self.powers.shape, len(q)))
        size = max(TOGETHER // len(q), 1)
        for start in range(0, len(factors), size):
            some = slice(start, start + size)
            z = np.multiply.outer(factors[some], q)
            values = np.ascontiguousarray(np.moveaxis(self.functions(z.ravel()), 0, -1))
            parts = np.ascontiguousarray(both[:, some])
            add_weighted(values.reshape(*self.powers.shape, *z.shape), parts, self.powers, total)
        return np.moveaxis(total, -1, 0)
