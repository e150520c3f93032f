"""Arrays on the ground: where they are, how far from the zenith they see, and their exposure by declination.

An array at latitude φ sees the declination δ at hour angle h under the zenith angle θ,

    cos θ = sin φ sin δ + cos φ cos δ cos h.

Its acceptance is cosⁿθ up to the zenith cut; n = 1 is a flat array whose efficiency does not depend on θ. Over whole
sidereal days the exposure is the mean of the acceptance over h, which depends on the declination alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DETECTORS", "Detector"]

Array = NDArray[np.float64]

# Nodes in hour angle: the acceptance is analytic inside the cut.
NODES = 64


@dataclass(frozen=True, slots=True)
class Detector:
    """An array on the ground.

    Parameters
    ----------
    name
        As it is written in a field.
    title
        As its collaboration writes it.
    latitude, longitude
        Of the site [degrees].
    zenith_cut
        Largest zenith angle [degrees].
    """

    name: str
    title: str
    latitude: float
    longitude: float
    zenith_cut: float

    @property
    def declinations(self) -> tuple[float, float]:
        """Lowest and highest declination that it sees [degrees]."""
        return (
            max(-90.0, self.latitude - self.zenith_cut),
            min(90.0, self.latitude + self.zenith_cut),
        )

    def exposure(self, sines: Array, power: float) -> Array:
        """Mean over hour angle of the acceptance, 0 outside the zenith cut.

        Parameters
        ----------
        sines
            sin δ of the declinations, shape (n,).
        power
            Exponent n of the acceptance cosⁿθ.

        Returns
        -------
        ndarray
            Shape (n,), from 0 to 1.

        Examples
        --------
        At the South Pole the zenith angle is that to the pole, whatever the hour angle:

        >>> DETECTORS["icecube"].exposure(np.array([-1.0, -0.5, 0.0]), 1.0).round(12).tolist()
        [1.0, 0.5, 0.0]
        """
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        return np.array([self._at(float(sine), power, nodes, weights) for sine in sines])

    def _at(self, sine: float, power: float, nodes: Array, weights: Array) -> float:
        """Exposure at one declination."""
        lowest = math.cos(math.radians(self.zenith_cut))
        # At the poles of the Earth the cosine of the latitude is a rounding error.
        latitude = math.radians(self.latitude)
        along = math.sin(latitude) * sine
        across = math.cos(latitude) * math.sqrt(max(0.0, 1.0 - sine * sine))
        if along + across < lowest:
            return 0.0
        last = math.pi if along - across >= lowest else math.acos((lowest - along) / across)
        hours = [math.cos(0.5 * last * (1.0 + node)) for node in nodes.tolist()]
        cosines = np.minimum(along + across * np.array(hours), 1.0)
        return float(np.sum(weights * np.float_power(cosines, power))) * last / (2.0 * math.pi)


DETECTORS = {
    detector.name: detector
    for detector in (
        # The first two as in the public likelihood code of both collaborations.
        Detector("icecube", "IceCube", -90.0, 270.0, 65.0),
        Detector("hawc", "HAWC", 19.0, -97.0, 57.0),
        Detector("lhaaso", "LHAASO", 29.36, 100.14, 50.0),
    )
}
