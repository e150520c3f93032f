"""Response of the sky to one plane wave of the flow, averaged over all paths of the particles (first order in u/c).

Seen at an angle of cosine μ to its wavevector, a wave of amplitude A and q = kλ makes the intensity

    I = (D/v) Re { n·A_T R(q, μ) + A_L L(q, μ) },

A_T and A_L across and along k. With free paths of characteristic function G = ⟨e^(iqμs)⟩ and N scatterings R = G and
L = G (μ + iS), where S = b_1 (1 − b_0^(N−1))/(1 − b_0) is the compression of the flow at the earlier scatterings and
b_ℓ = (1/2i^ℓ) ∫ G P_ℓ dμ. In the stationary limit of any collision operator with rates ν_ℓ, L = i/q for all μ, and
R = Σ i^(ℓ−1) (2ℓ+1) t_ℓ P_ℓ'(μ) solves ν_ℓ (2ℓ+1) t_ℓ − q [(ℓ−1) t_(ℓ−1) − (ℓ+2) t_(ℓ+1)] = δ_ℓ1.

Kept are the multipoles: T_ℓ of L = Σ i^(ℓ−1) (2ℓ+1) T_ℓ P_ℓ, and t_ℓ of R, as functions of q.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.radial import radial_values, spherical_bessel
from eddysky.simulator.config import Config
from eddysky.simulator.config.collisions import Bgk
from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.simulator.transport.chebyshev import NODES, fit_panels
from eddysky.simulator.transport.path_averages import (
    CHARACTERISTIC_ERROR,
    characteristic_panels,
    geometric,
    projected,
    quadrature,
)
from eddysky.simulator.transport.rigidity_average import RigidityAverage
from eddysky.simulator.transport.stationary import relaxed

__all__ = ["Response"]

Array = NDArray[np.float64]

# Largest error of T_ℓ and t_ℓ relative to the largest of the same ℓ.
ERROR = 1e-11
# The same of averages over rigidities, which take longer.
AVERAGE_ERROR = 1e-10
# Rounding in T_ℓ matters where the largest is below this.
FLOOR = 1e-3
# Multipoles of a panel below this part of the largest are left out.
NEGLIGIBLE = 1e-13
# Characteristic functions below this do not count.
UNSEEN = 1e-18
# First panel of functions that begin at q = 0.
FIRST = 0.25
# Below, 1 − b_0 is taken from its first two powers, q² and q⁴.
SMALL = 0.01


@dataclass(frozen=True, slots=True)
class Response:
    """T_ℓ and t_ℓ as piecewise polynomials of q = kλ, times i^(ℓ−1) for odd ℓ and i^(ℓ−2) for even ℓ.

    Parameters
    ----------
    lmax
        Highest multipole.
    edges
        Ends of the panels in q, shape (panels + 1,).
    coefficients
        Chebyshev coefficients, shape (panels, 2, lmax + 1, NODES).
    last
        Highest multipole in each panel, shape (panels,).
    """

    lmax: int
    edges: Array
    coefficients: Array
    last: NDArray[np.int64]

    @classmethod
    def from_config(cls, config: Config, lmax: int) -> Response:
        """Response of a configuration for all wavenumbers of its flow."""
        spectrum, path = config.flow_spectrum, config.mean_free_path
        end = spectrum.k_max * path
        # The wavenumber along a magnetic field may be anything from zero.
        start = 0.0 if config.transport.zonal else spectrum.k_min * path
        once = config.transport.scattering_count == 1 and config.transport.collisions == Bgk()
        spread = config.rigidities is not None and config.rigidities.response is not None
        if spread and once:
            # With one scattering a range of rigidities is another law of the free path, with the average of their
            # characteristic functions. Of a few charges alone averaging j_ℓ is faster.
            law = MixedPath.from_config(config, end)
            functions = _Functions.from_law(config, lmax, law, law.table.edges)
            return cls.tabulated(functions, functions.panels, start, end, AVERAGE_ERROR)
        powers = np.zeros((2, lmax + 1), dtype=np.int64)
        return cls.averaged(
            config, partial(_Functions.from_config, config, lmax), powers, start, end
        )

    @classmethod
    def averaged(
        cls,
        config: Config,
        functions_to: Callable[[float], PanelledFunctions],
        powers: NDArray[np.int64],
        start: float,
        end: float,
    ) -> Response:
        """Polynomials for start ≤ q ≤ end of functions averaged over the rigidities of a configuration.

        `functions_to` takes the largest argument to the functions; `powers` are those of `RigidityAverage`.
        """
        rigidities, exponent = config.rigidities, config.cosmic_rays.path_exponent
        if rigidities is None:
            functions = functions_to(end)
            return cls.tabulated(functions, functions.panels, start, end)
        shortest, longest = rigidities.path_range(exponent)
        functions = functions_to(end * longest)
        source: Callable[[Array], Array] = functions
        if not (isinstance(functions, _Functions) and isinstance(config.transport.law, FixedPath)):
            # Polynomials are faster than all but j_ℓ.
            single = cls.tabulated(functions, functions.panels, start * shortest, end * longest)
            source = single.unsigned
        average = RigidityAverage(source, powers, functions.panels, rigidities, exponent)
        return cls.tabulated(average, np.empty(0), start, end, AVERAGE_ERROR)

    @classmethod
    def tabulated(
        cls,
        functions: Callable[[Array], Array],
        panels: Array,
        start: float,
        end: float,
        error: float = ERROR,
    ) -> Response:
        """Polynomials for start ≤ q ≤ end of functions that take q (n,) to T_ℓ and t_ℓ (n, 2, lmax + 1).

        `panels` are ends of panels that resolve the characteristic function of the free path, `error` is relative to
        the largest value of the same ℓ.
        """
        edges = [start]
        while edges[-1] < end:
            # T_ℓ and t_ℓ do not vary faster than the characteristic function at μ = 1.
            following = panels[panels > edges[-1]]
            step = max(2 * edges[-1], FIRST if start == 0 else 0.0)
            edges.append(min(step, end, *following[:1]))
        nodes = [np.linspace(low, high, NODES + 1)[1:] for low, high in pairwise(edges)]
        scale = np.max([np.max(np.abs(functions(q)), axis=0) for q in nodes], axis=0)
        ends, fits = fit_panels(functions, edges, error * np.maximum(scale, FLOOR))
        lmax = scale.shape[-1] - 1
        coefficients = np.moveaxis(np.array(fits, dtype=np.float64) * signs(lmax), 1, -1)
        size = np.max(np.abs(coefficients), axis=(1, 3))
        good = size > NEGLIGIBLE * np.max(size[:, 1:])
        last = lmax - np.argmax(good[:, ::-1], axis=1)
        return cls(lmax, ends, np.ascontiguousarray(coefficients), last)

    def at(self, q: Array) -> tuple[Array, int]:
        """T_ℓ and t_ℓ at q (n,), shape (functions, lmax + 1, n), and the highest multipole that is not zero."""
        values = np.empty((self.coefficients.shape[1], self.lmax + 1, len(q)))
        highest = radial_values(q, self.edges, self.coefficients, self.last, values)
        return values, highest

    def unsigned(self, q: Array) -> Array:
        """T_ℓ and t_ℓ themselves at q (n,) in any order, shape (n, functions, lmax + 1)."""
        # Neighbours are evaluated together.
        order = np.argsort(q)
        values = np.empty((len(q), self.coefficients.shape[1], self.lmax + 1))
        values[order] = np.moveaxis(self.at(q[order])[0], -1, 0)
        return values * signs(self.lmax)


class PanelledFunctions(Protocol):
    """Functions of q, and ends of panels that resolve the characteristic function of the free path."""

    @property
    def panels(self) -> Array:
        """Ends of the panels, ascending."""

    def __call__(self, q: Array) -> Array:
        """T_ℓ and t_ℓ, shape (n, 2, lmax + 1)."""


def signs(lmax: int) -> NDArray[np.int64]:
    """i^(ℓ−1) for odd ℓ and i^(ℓ−2) for even ℓ, shape (lmax + 1,)."""
    ell = np.arange(lmax + 1)
    return np.where(ell % 2 == 1, 1 - (ell - 1) % 4, ell % 4 - 1)


@dataclass(frozen=True, slots=True)
class _Functions:
    """T_ℓ and t_ℓ by solving for single waves.

    `panels` resolve the characteristic function of the free path, and 1 − b_0 = `square` q² + `fourth` q⁴ for q → 0.
    """

    config: Config
    lmax: int
    law: FreePathLaw | MixedPath
    panels: Array
    square: float
    fourth: float

    @classmethod
    def from_config(cls, config: Config, lmax: int, end: float) -> _Functions:
        """Functions for q up to `end`."""
        law = config.transport.law
        return cls.from_law(config, lmax, law, characteristic_panels(law, end))

    @classmethod
    def from_law(
        cls, config: Config, lmax: int, law: FreePathLaw | MixedPath, panels: Array
    ) -> _Functions:
        """Functions for a free path other than that of the configuration."""
        near = cls(config, lmax, law, panels, 0.0, 0.0)
        one, two = 1 - near.averages(np.array([SMALL, 2 * SMALL]))[0]
        square = float((4 * one - two / 4) / (3 * SMALL**2))
        fourth = float((two / 4 - one) / (3 * SMALL**4))
        return cls(config, lmax, law, panels, square, fourth)

    def __call__(self, q: Array) -> Array:
        """T_ℓ and t_ℓ, shape (n, 2, lmax + 1)."""
        transport, ell = self.config.transport, np.arange(self.lmax + 1.0)[:, None]
        result = np.zeros((2, self.lmax + 1, len(q)))
        longitudinal, transverse = result
        count, law = transport.scattering_count, self.law
        exponential = isinstance(law, ErlangPath) and law.order == 1
        if transport.collisions != Bgk():
            transverse[:] = relaxed(transport.collisions, q, self.lmax)
        else:
            b = self.averages(q)
            below = np.concatenate([np.zeros((1, len(q))), b[:-2]])
            transverse[:] = (below + b[1:]) / (2 * ell + 1)
            transverse[0] = 0.0
        if exponential and math.isinf(count):
            # The density adjusts until its gradient balances the drag.
            longitudinal[0] = -1 / q
        elif exponential:
            # The same as below without its cancellation, as b_1 = (1 − b_0)/q.
            longitudinal[:] = b[:-1] * geometric(b[0], int(count) - 1)[1] / q
            longitudinal[0] -= 1 / q
        else:
            endless = math.isinf(count)
            earlier = 1 / self.missing(q, b[0]) if endless else geometric(b[0], int(count) - 1)[0]
            longitudinal[:] = (ell * below - (ell + 1) * b[1:]) / (2 * ell + 1)
            longitudinal -= b[:-1] * (b[1] * earlier)
        if math.isinf(count) and transport.mode == "parallel":
            # Waves across the field heat without end; the mean, which no sky shows, has no stationary limit.
            longitudinal[0] = 0.0
        if self.config.sky.frame == "fluid" and self.lmax > 0:
            result[:, 1] -= 1 / 3
        return np.moveaxis(result, -1, 0)

    def averages(self, q: Array) -> Array:
        """b_ℓ for ℓ = 0…lmax + 1, shape (lmax + 2, n), j_ℓ(q) for fixed paths, else by quadrature in μ."""
        if isinstance(self.law, FixedPath):
            result = np.empty((self.lmax + 2, len(q)))
            spherical_bessel(q, result)
            return result
        mu, weights = quadrature(self.panels / float(np.max(q)), self.lmax)
        values = self.law.characteristic(np.multiply.outer(mu, q))
        seen = np.max(np.abs(values), axis=1) > UNSEEN
        values = values[seen]
        return projected(values.real, values.imag, mu[seen], weights[seen], self.lmax + 1)

    def missing(self, q: Array, monopole: Array) -> Array:
        """1 − b_0(q), shape (n,)."""
        return np.where(q < SMALL, (self.square + self.fourth * q**2) * q**2, 1 - monopole)


@dataclass(frozen=True, slots=True)
class MixedPath:
    """Law of the free paths of all rigidities together, in mean free paths of the median energy.

    Parameters
    ----------
    table
        Real and imaginary part of its characteristic function, as ℓ = 0 and 1.
    """

    table: Response

    @classmethod
    def from_config(cls, config: Config, end: float) -> MixedPath:
        """Law whose characteristic function is known up to `end`."""
        law, rigidities = config.transport.law, config.rigidities
        exponent = config.cosmic_rays.path_exponent
        assert rigidities is not None

        def parts(z: Array) -> Array:
            values = law.characteristic(z)
            return np.stack([values.real, values.imag], axis=1)[:, None]

        panels = characteristic_panels(law, end * rigidities.path_range(exponent)[1])
        powers = np.zeros((1, 2), dtype=np.int64)
        average = RigidityAverage(parts, powers, panels, rigidities, exponent)
        return cls(Response.tabulated(average, np.empty(0), 0.0, end, CHARACTERISTIC_ERROR))

    def characteristic(self, q: Array) -> NDArray[np.complex128]:
        """Mean of the characteristic functions ⟨e^(iqs)⟩ of all rigidities, at q > 0."""
        values = self.table.unsigned(np.ravel(q))[:, 0]
        return np.asarray(values[:, 0] + 1j * values[:, 1]).reshape(np.shape(q))
