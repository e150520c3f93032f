"""How many Fourier modes carry the power of a flow: those that fall where the spectrum has any to speak of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.spectrum import mean_square

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["carrying_modes"]

Array = NDArray[np.float64]

# A wave carries power if its variance is at least this part of the largest. The power law of a default run
# carries over 4.5 decades.
LEAST = 1e-3


def carrying_modes(config: Config) -> float:
    """Expected number of modes of one realisation in the part of ln k where k w(k) is not negligible.

    Modes are spread evenly in ln k over the band, also over what a table leaves empty: of a narrow line in a wide band
    a realisation may hold one, or none at all.
    """
    spectrum = config.flow_spectrum
    heights: list[float] = []

    def height(k: Array) -> Array:
        heights.append(float(np.max(k * spectrum(k))))
        return np.zeros_like(k)

    def inside(k: Array) -> Array:
        return np.where(k * spectrum(k) >= LEAST * heights[0], 1 / k, 0.0)

    mean_square(spectrum, height)
    share = mean_square(spectrum, inside) / math.log(spectrum.k_max / spectrum.k_min)
    # All of the band is all of the modes, but for rounding.
    return config.flow.modes * min(1.0, share * (1 + 1e-12))
