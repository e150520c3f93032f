"""Response of a drift-kinetic sky to one plane wave of the flow, averaged over all paths (first order in u/c).

With q = k_∥λ, μ = n·b, free paths s of characteristic function G = ⟨e^(iqμs)⟩ and Ψ = (G − 1)/(iqμ), a wave of
amplitude A makes in one flight, in the fluid frame, the intensity

    I = (D/v) Re i { A_∥ q f_1 + λ k_⊥·A_⊥ f_2 },   f_1 = μ² Ψ,   f_2 = ½(1 − μ²) Ψ:

acceleration along b, and betatron acceleration. The isotropic part of f at the scattering centre varies in space as
well: N scatterings add to each f the term G ⟨f⟩ (1 − b_0^(N−1))/(1 − b_0), with the means ⟨f⟩ and b_0 of f and G over
directions. The multipoles ψ_ℓ of Ψ give all others by recurrences: b_ℓ = δ_ℓ0 + q [ℓ ψ_(ℓ−1) − (ℓ+1) ψ_(ℓ+1)]/(2ℓ+1) of
G loses no digits as q → 0.

In the stationary limit waves with small q heat a long time: the mean, which no sky shows, is set to zero, and ℓ = 1 of
the betatron term grows as 1/q. Waves with q = 0 heat without end, but everywhere on the field line alike, which
leaves ℓ > 0 as it is after one flight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebval
from numpy.typing import NDArray

from eddysky.kernels.radial import spherical_bessel_means
from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.simulator.transport.chebyshev import fit_panels
from eddysky.simulator.transport.path_averages import (
    characteristic_panels,
    geometric,
    projected,
    quadrature,
)
from eddysky.simulator.transport.response import Response

__all__ = ["drift_response"]

Array = NDArray[np.float64]

# Half the width of the first polynomial of Ψ about zero, and the least; largest of its last two coefficients.
WIDEST, NARROWEST, ERROR = 0.25, 1e-4, 1e-12


def drift_response(config: Config, lmax: int) -> Response:
    """Response T_ℓ to A_∥ and to λ k_⊥·A_⊥ for |q| up to k_max λ; in the stationary limit q times that for ℓ = 1.

    The signs are those of `Response`.
    """
    path = _Path.from_law(config.transport.law)

    def functions_to(end: float) -> _Functions:
        return _Functions(config, lmax, characteristic_panels(config.transport.law, end), path)

    # λ k_⊥·A_⊥ is proportional to λ.
    powers = np.zeros((2, lmax + 1), dtype=np.int64)
    powers[1] = 1
    if math.isinf(config.transport.scattering_count):
        # For ℓ = 1 q/λ = k_∥ takes it away.
        powers[1, 1:2] = 0
    end = config.flow_spectrum.k_max * config.mean_free_path
    return Response.averaged(config, functions_to, powers, 0.0, end)


@dataclass(frozen=True, slots=True)
class _Path:
    """Ψ(t) = (G − 1)/(it) of a free path; for t < width a polynomial, where the difference would lose digits."""

    law: FreePathLaw
    width: float
    real: Array
    imaginary: Array

    @classmethod
    def from_law(cls, law: FreePathLaw) -> _Path:
        """Fit the polynomial: even in the real part and odd in the imaginary one."""

        def values(t: Array) -> NDArray[np.complex128]:
            real, imaginary = difference(law, np.abs(t))
            return np.asarray(real + 1j * np.sign(t) * imaginary)

        width = WIDEST
        while True:
            _, (fit,) = fit_panels(values, [-width, width], math.inf)
            if np.all(np.abs(fit[-2:]) <= ERROR) or width < NARROWEST:
                break
            width /= 2
        real, imaginary = fit.real.copy(), fit.imag.copy()
        real[1::2] = imaginary[::2] = 0.0
        return cls(law, width, real, imaginary)

    def __call__(self, t: Array) -> tuple[Array, Array]:
        """Real and imaginary part at t > 0."""
        real, imaginary = difference(self.law, t)
        near = t < self.width
        x = t[near] / self.width
        real[near], imaginary[near] = chebval(x, self.real), chebval(x, self.imaginary)
        return real, imaginary


def difference(law: FreePathLaw, t: Array) -> tuple[Array, Array]:
    """Real and imaginary part of (G − 1)/(it) for t > 0."""
    characteristic = law.characteristic(t)
    return characteristic.imag / t, (1 - characteristic.real) / t


@dataclass(frozen=True, slots=True)
class _Functions:
    """The responses of single waves; `panels` resolve the characteristic function of the free path."""

    config: Config
    lmax: int
    panels: Array
    path: _Path

    def __call__(self, q: Array) -> Array:
        """T_ℓ for q > 0 (n,), shape (n, 2, lmax + 1)."""
        transport, count = self.config.transport, len(q)
        endless = math.isinf(transport.scattering_count)
        psi = np.zeros((self.lmax + 5, count))
        psi[2:] = self.means(q)
        ell = np.arange(self.lmax + 1.0)[:, None]
        two_below, below, here, above, two_above = (psi[i : i + len(ell)] for i in range(5))
        total = np.empty((self.lmax + 1, 2, count))
        total[:, 0] = (2 * ell**2 + 2 * ell - 1) / ((2 * ell - 1) * (2 * ell + 3)) * here
        total[:, 0] -= ell * (ell - 1) / ((2 * ell + 1) * (2 * ell - 1)) * two_below
        total[:, 0] -= (ell + 1) * (ell + 2) / ((2 * ell + 1) * (2 * ell + 3)) * two_above
        total[:, 1] = 0.5 * (here - total[:, 0])
        mean = total[0].copy()
        # b_ℓ/q but for the 1 of b_0.
        averages = (ell * below - (ell + 1) * above) / (2 * ell + 1)
        if endless:
            total += averages[:, None] * (mean / -averages[0])
            total[0] = 0.0
        else:
            earlier, _ = geometric(1 + q * averages[0], int(transport.scattering_count) - 1)
            total += averages[:, None] * (mean * earlier * q)
            total[0] += mean * earlier
        # With amplitudes as in `Response`.
        total[:, 0] *= -q
        total[:, 1] *= -1
        law = transport.law
        if endless and isinstance(law, ErlangPath) and law.order == 1:
            # Without betatron acceleration the density adjusts until its gradient balances the drag.
            total[1:, 0] = 0.0
            total[1:2, 0] = -1 / 3
        if self.config.sky.frame == "observer":
            # Of the velocity of the fluid at the observer, only the part along b moves a zonal sky.
            total[1:2, 0] += 1 / 3
        if endless:
            total[1:2, 1] *= q
        return total.T

    def means(self, q: Array) -> Array:
        """ψ_ℓ for ℓ = 0…lmax + 2, (lmax + 3, n): in closed form for fixed paths, else by quadrature in μ."""
        if isinstance(self.config.transport.law, FixedPath):
            result = np.empty((self.lmax + 3, len(q)))
            spherical_bessel_means(q, result)
            return result
        # A quadrature resolves panels twice as wide as a polynomial of as many nodes.
        mu, weights = quadrature(self.panels[::2] / float(np.max(q)), self.lmax)
        parts = self.path(np.multiply.outer(mu, q))
        return projected(*parts, mu, weights, self.lmax + 2)
