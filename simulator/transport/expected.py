"""The expected sky: the average over all paths and scattering directions of the particles in one given flow.

To first order in u/c it is a sum over the modes of the flow, whose multipoles are known (see `response`). The sum is
done multipole by multipole, so there is no shot noise, no grid of directions, and no aliasing.

Here are the interface of the skies, and which one a configuration gets.
"""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.sky.harmonics import Multipoles
from eddysky.simulator.transport.expected_helical import HelicalSky
from eddysky.simulator.transport.expected_isotropic import IsotropicSky
from eddysky.simulator.transport.expected_zonal import ZonalSky

__all__ = ["ExpectedSky", "expected_sky"]

Alm = NDArray[np.complex128]


class ExpectedSky(Protocol):
    """Expected skies of the flows of a configuration."""

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""

    def for_realization(self, index: int) -> Self:
        """The same with the magnetic field of a realisation."""

    def multipoles(self, flow: VelocityField, keep_alm: bool, threads: int) -> Multipoles:
        """Multipoles of the sky of a flow, a sum of modes and a regular flow."""

    def alm(self, flow: VelocityField, threads: int) -> Alm:
        """a_ℓm about equatorial axes, m by m, of the sky of a flow."""


SKIES: dict[str, type[ExpectedSky]] = {
    "isotropic": IsotropicSky,
    "parallel": ZonalSky,
    "drift-kinetic": ZonalSky,
    "helical": HelicalSky,
}


def expected_sky(config: Config, lmax: int) -> ExpectedSky:
    """Expected skies that a configuration asks for (`transport.mode`), with multipoles up to lmax."""
    return SKIES[config.transport.mode].from_config(config, lmax)
