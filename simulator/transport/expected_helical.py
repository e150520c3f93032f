"""Expected sky of helical transport: every wave is averaged over gyrophases and lengths of the paths.

Wave by wave the cheaper of two ways is taken: a Fourier series in azimuth on nodes in μ = n·b (`gyration_series`; the
number of nodes grows with |k_∥|λ, that of terms with k_⊥ r_L), or a quadrature along the helix (`helix_quadrature`;
its nodes grow with kλ and λ/r_L). Both neglect less than 1e-9 of the largest a_ℓm.

With N scatterings the response to a wave is T(n) = A(n) + G(n) c, c = Ā (1 − χ̄^(N−1))/(1 − χ̄), where A is the response
of one flight, G = ⟨e^(ik·x)⟩ at its end, and Ā and χ̄ are their means over directions; in the stationary limit
c = Ā/(1 − χ̄). The heating c acts as if it were added to the wave's velocity along the path (see the kernels).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.gyration import WAVE
from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath
from eddysky.simulator.flow.fields import VelocityField, along
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.sky.frames import field_axes, from_field_axes
from eddysky.simulator.sky.harmonics import Multipoles, dipole_alm
from eddysky.simulator.transport.gyration_series import GyrationSeries
from eddysky.simulator.transport.helix_quadrature import HelixQuadrature
from eddysky.simulator.transport.path_averages import geometric
from eddysky.simulator.transport.regular import flow_parts, regular_sky

__all__ = ["HelicalSky"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class HelicalSky:
    """Expected skies of helical transport, an `ExpectedSky`.

    Parameters
    ----------
    config
        The configuration.
    lmax
        Highest multipole.
    series, helix
        The two ways to sum waves.
    """

    config: Config
    lmax: int
    series: GyrationSeries
    helix: HelixQuadrature

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Self:
        """Prepare skies with multipoles up to lmax."""
        path, law = config.mean_free_path, config.transport.law
        assert isinstance(law, ErlangPath)
        turns = path / abs(config.larmor_radius)
        longest = config.flow_spectrum.k_min * path if config.turbulent else 1.0
        series = GyrationSeries(turns, law.order, lmax)
        return cls(config, lmax, series, HelixQuadrature(turns, law.order, lmax, longest))

    def for_realization(self, index: int) -> Self:
        """The same with the magnetic field of a realisation."""
        return replace(self, config=self.config.for_realization(index))

    @property
    def axis(self) -> Array:
        """Axis of right-handed gyration, backward in time: b, or −b for negative charges. Shape (3,)."""
        field = self.config.field_direction
        assert field is not None
        return np.asarray(math.copysign(1.0, self.config.larmor_radius) * field)

    def multipoles(self, flow: VelocityField, keep_alm: bool, threads: int) -> Multipoles:
        """Multipoles of the sky of a flow, a sum of modes and a regular flow."""
        return Multipoles.from_alm(self.alm(flow, threads), self.lmax, keep_alm)

    def alm(self, flow: VelocityField, threads: int) -> Alm:
        """a_ℓm about equatorial axes, m by m, of the sky of a flow."""
        modes, regular = flow_parts(flow)
        total = regular_sky(self.config, regular, self.lmax)
        if modes is None or not self.config.turbulent:
            return total
        shift = self.config.momentum_index / self.config.particle_speed
        waves = self.waves(modes)
        cheaper = self.series.cost(waves) < self.helix.cost(waves)
        alm = self.by(self.series, waves[cheaper], threads)
        alm += self.by(self.helix, waves[~cheaper], threads)
        total += shift * from_field_axes(alm, self.lmax, self.axis)
        if self.config.sky.frame == "observer":
            total += dipole_alm(shift * np.sum(modes.cosines, axis=0), self.lmax)
        return total

    def waves(self, modes: Modes) -> Array:
        """Waves (n, WAVE) in the units of the kernels, about the axis of gyration, with c = 0."""
        axes, path = field_axes(self.axis), self.config.mean_free_path
        k, a, b = (
            [along(vectors, axis) for axis in axes]
            for vectors in (path * modes.wavevectors, modes.cosines, modes.sines)
        )
        across = np.sqrt(k[0] ** 2 + k[1] ** 2)
        # Any direction will do for waves along the field.
        some = across > 0
        cosine = np.divide(k[0], across, out=np.ones_like(across), where=some)
        sine = np.divide(k[1], across, out=np.zeros_like(across), where=some)
        waves = np.zeros((len(across), WAVE))
        waves[:, 0], waves[:, 1] = k[2], across / self.series.turns
        waves[:, 2], waves[:, 3] = cosine, sine
        # A wave a cos k·r + b sin k·r is the real part of (a − ib) e^(ik·r).
        for part, (x, y, z) in enumerate((a, [-each for each in b])):
            waves[:, 4 + part] = z
            waves[:, 6 + part] = cosine * x + sine * y
            waves[:, 8 + part] = cosine * y - sine * x
        return waves

    def by(self, way: GyrationSeries | HelixQuadrature, waves: Array, threads: int) -> Alm:
        """a_ℓm of waves about the axis of gyration in the fluid frame, D/v = 1, by one of the two ways."""
        count = self.config.transport.scattering_count
        if count > 1 and len(waves) > 0:
            real, imaginary, missing = way.means(waves, threads).T
            chain = 1 / missing if math.isinf(count) else geometric(1 - missing, int(count) - 1)[0]
            waves = waves.copy()
            waves[:, 10], waves[:, 11] = chain * real, chain * imaginary
        return way.alm(waves, threads)
