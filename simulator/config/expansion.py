"""How fast the Taylor polynomial of a flow is where the particles were scattered."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import Spectrum, mean_square_velocity

__all__ = ["expanded_speed"]

Array = NDArray[np.float64]


def expanded_speed(spectrum: Spectrum, distance: float, order: int) -> float:
    """Root mean square of |u_n| at a distance from the observer [km/s], over flows and directions.

    A wave contributes its variance times ⟨C_n² + S_n²⟩, the average over the angle between k and r:
    Σ_jl Re(i^(j−l)) (kr)^(j+l)/(j! l! (j+l+1)), for j and l up to n and of the same parity.

    Parameters
    ----------
    spectrum
        w(k) on its band.
    distance
        r [pc].
    order
        n.
    """
    power = [0.0] * (order + 1)
    for j in range(order + 1):
        for other in range(j % 2, order + 1, 2):
            sign = -1 if (j - other) % 4 else 1
            scale = math.factorial(j) * math.factorial(other) * (j + other + 1)
            power[(j + other) // 2] += sign / scale

    def grown(k: Array) -> Array:
        with np.errstate(over="ignore"):
            growth = np.polynomial.polynomial.polyval((k * distance) ** 2, power)
            return np.asarray(spectrum(k) * growth)

    with np.errstate(over="ignore"):
        return math.sqrt(mean_square_velocity(spectrum, grown))
