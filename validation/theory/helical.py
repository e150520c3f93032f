"""Covariance of a_ℓm about the magnetic field for helical transport, by quadrature over waves.

A wave along k̂ of polarisation p, with variance V_p = w dk g dy times its part, has a random phase and a random azimuth
about b. The covariance is therefore diagonal in m; with t the a_ℓm of `wave_multipoles`,

    ⟨a_ℓm a*_ℓ'm⟩ = ∫ w dk ∫₀¹ g dy Σ_p (part of p) t_ℓm t*_ℓ'm for even ℓ + ℓ', zero for odd,

complex unless w = λ/r_L is 0 or infinite, and A_ℓ = Σ_m ⟨|a_ℓm|²⟩/(2ℓ+1).

The quadratures in ln k and y, over panels of Gauss–Legendre nodes, are refined until their errors are small. In ln k
only the functions t are resolved: weights for polynomials on each panel are computed for any w(k).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.simulator.config.free_path import ErlangPath, FreePathLaw
from eddysky.validation.theory.helical_response import HelicalModel, wave_multipoles
from eddysky.validation.theory.quadrature import check_arguments
from eddysky.validation.theory.scattering import ScatteringModel, ScatteringOptions
from eddysky.validation.theory.wave_groups import WaveGroup, wave_groups

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["helical_covariance", "helical_sky"]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
# a_ℓm of waves of x = kλ and y, shape (M + 1, lmax + 1, polarisations, n).
Waves = Callable[[float, Array, Sequence[int]], ComplexArray]

_COUNT = 12
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(_COUNT)
# Legendre polynomials times ℓ + ½: with the weights, values at the nodes → coefficients; the two highest orders.
_LEGENDRE = np.polynomial.legendre.legvander(_NODES, _COUNT - 1) * (np.arange(_COUNT) + 0.5)
_HIGHEST = _LEGENDRE[:, -2:]
# Estimated error of each panel, relative to the sum over all.
_TOLERANCE = 2e-6
# Errors of P_ℓ from rounding, relative to the largest P_ℓ.
_ROUNDING = 1e-20
# Longest and shortest panels in ln k and in asinh kλy.
_LONGEST, _SHORTEST = 1.0, 1e-3


def helical_covariance(
    parts: Sequence[TurbulentPart],
    mean_free_path: float,
    larmor_radius: float,
    lmax: int,
    **options: Unpack[ScatteringOptions],
) -> ComplexArray:
    """⟨a_ℓm a*_ℓ'm⟩ about the magnetic field; times (D/v)² for δf/f.

    Parameters
    ----------
    parts
        Components of the turbulence.
    mean_free_path
        λ [pc].
    larmor_radius
        r_L [pc], negative for negative charges.
    lmax
        Largest multipole.
    **options
        As in `angular_power`, with free_path "exponential" or "erlang".

    Returns
    -------
    ndarray
        For m = 0…lmax, shape (lmax + 1, lmax + 1, lmax + 1) with the axes m, ℓ, ℓ' [km² s⁻²]; for −m the complex
        conjugate. Hermitian in ℓ and ℓ'. A_ℓ has a relative error below 1e-6, unless A_ℓ is below 1e-16 of the largest.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    model = ScatteringModel.from_options(**options)
    lmax = check_arguments(mean_free_path, lmax)
    if not isinstance(model.law, ErlangPath):
        raise ValueError(f"helical transport needs exponential or Erlang paths, not {model.law}")
    transport = HelicalModel(
        mean_free_path / larmor_radius, model.law.order, model.scatterings, model.frame
    )

    def waves(x: float, y: Array, polarizations: Sequence[int]) -> ComplexArray:
        return wave_multipoles(transport, x, y, max(lmax, 1), polarizations)

    total = np.zeros((lmax + 1, lmax + 1, lmax + 1), dtype=np.complex128)
    for group in wave_groups(parts, mean_free_path):
        _add_group(total, group, waves)
    return total


def helical_sky(config: Config, lmax: int) -> ComplexArray:
    """`helical_covariance` of a configuration, read-only; the last few are remembered."""
    transport = config.transport
    return _remembered(
        config.turbulent_parts,
        config.mean_free_path,
        config.larmor_radius,
        lmax,
        transport.law,
        transport.scattering_count,
        config.sky.frame,
    )


@lru_cache(maxsize=8)
def _remembered(
    parts: tuple[TurbulentPart, ...],
    mean_free_path: float,
    larmor_radius: float,
    lmax: int,
    law: FreePathLaw,
    scatterings: float,
    frame: str,
) -> ComplexArray:
    """`helical_covariance` of hashable arguments."""
    covariance = helical_covariance(
        parts,
        mean_free_path,
        larmor_radius,
        lmax,
        free_path=law,
        scatterings=scatterings,
        frame=frame,
    )
    covariance.setflags(write=False)
    return covariance


def _add_group(total: ComplexArray, group: WaveGroup, waves: Waves) -> None:
    """Add the integral over k and y of the waves of a group."""
    used = np.flatnonzero(group.polarized).tolist()
    first, last = math.log(group.edges[0]), math.log(group.edges[-1])
    points = np.linspace(first, last, 1 + math.ceil((last - first) / _LONGEST))
    # The shortest waves first, which contribute to all multipoles.
    panels = list(pairwise(points.tolist()))
    done = np.zeros(len(total))
    while panels:
        low, high = panels.pop()
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        x, weights = group.rule(math.exp(low), math.exp(high))
        moments = weights[used] @ np.polynomial.legendre.legvander(
            (np.log(x) - middle) / half, _COUNT + 3
        )
        # Weights of the values at the nodes, for the interpolating polynomial times the density.
        at_nodes = moments[:, :_COUNT] @ _LEGENDRE.T * _WEIGHTS
        added, power = np.zeros_like(total), np.empty((_COUNT, len(used), len(total)))
        angles = np.linspace(0.0, math.asinh(x[-1]), 2 + int(math.asinh(x[-1]) / _LONGEST))
        # The panels in y that one node needs suit the next.
        for node in reversed(range(_COUNT)):
            place = math.exp(middle + half * _NODES[node])
            angle_average = _AngleAverage(group, waves, place, used, moments[:, 0], done)
            power[node], angles = angle_average.add(added, at_nodes[:, node], angles)
        of_panel = np.abs(np.einsum("npl,pn->l", power, at_nodes))
        power = np.moveaxis(power, 0, -1)
        error = np.abs(moments[:, _COUNT:]).max(axis=1) @ _highest(power)
        error += _unresolved(np.einsum("p,pln->ln", moments[:, 0], power))
        allowed = _TOLERANCE * (done + of_panel)
        if np.any(error > allowed + _ROUNDING * np.max(allowed)) and high - low > _SHORTEST:
            panels += [(low, middle), (middle, high)]
            continue
        total += added
        done += of_panel


@dataclass(frozen=True, slots=True)
class _AngleAverage:
    """Average over y of waves of one wavenumber.

    Parameters
    ----------
    group, waves
        As above.
    x
        kλ.
    polarizations
        Those with power.
    variance
        Of each polarisation in the range of k around [km² s⁻²].
    known
        Sum over other k for each ℓ, against which errors are small [km² s⁻²].
    """

    group: WaveGroup
    waves: Waves
    x: float
    polarizations: Sequence[int]
    variance: Array
    known: Array

    def add(self, total: ComplexArray, weights: Array, edges: Array) -> tuple[Array, Array]:
        """Add the average of t_ℓm t*_ℓ'm times weights of the polarisations.

        Starts from panels between `edges` of asinh xy. Returns Σ_m |t_ℓm|² of each polarisation, shape (p, lmax + 1),
        and the edges of the final panels.
        """
        size = len(total)
        if self.group.cosine is not None:
            fields = self.waves(self.x, np.array([self.group.cosine]), self.polarizations)
            _add_products(total, fields, np.ones(1), weights)
            return _sum_over_m(fields)[:size, :, 0].T, edges
        last = math.asinh(self.x)
        edges = np.append(edges[edges < last * (1 - 1e-3)], last)
        a, b = edges[:-1], edges[1:]
        power, norm = np.zeros((size, len(self.polarizations))), 0.0
        kept, final = [], [edges]
        while a.size:
            half = 0.5 * (b - a)[:, np.newaxis]
            places = a[:, np.newaxis] + half * (1 + _NODES)
            y = np.minimum(np.sinh(places) / self.x, 1.0)
            density = half * np.cosh(places) / self.x * self.group.cosine_density(self.x, y)
            fields = self.waves(self.x, y.ravel(), self.polarizations)
            squares = _sum_over_m(fields)[:size].reshape(*power.shape, *y.shape) * density
            # Of all polarisations, and of g itself.
            tested = np.concatenate(
                [np.einsum("p,lpan->lan", self.variance, squares), density[np.newaxis]]
            )
            seen = np.append(power @ self.variance, norm) + (tested @ _WEIGHTS).sum(axis=-1)
            allowed = _TOLERANCE * (seen + np.append(self.known * max(norm, seen[-1]), 0.0))
            allowed[:-1] += _ROUNDING * np.max(allowed[:-1])
            unresolved = np.any(_unresolved(tested) > allowed[:, np.newaxis], axis=0)
            split = unresolved & (b - a > _SHORTEST)
            power += (squares @ _WEIGHTS)[:, :, ~split].sum(axis=-1)
            done = (density * _WEIGHTS)[~split].ravel()
            norm += float(done.sum())
            kept.append((fields[..., np.repeat(~split, _COUNT)], done))
            middle = 0.5 * (a[split] + b[split])
            final.append(middle)
            a, b = np.concatenate([a[split], middle]), np.concatenate([middle, b[split]])
        for fields, density in kept:
            _add_products(total, fields, density / norm, weights)
        return power.T / norm, np.sort(np.concatenate(final))


def _highest(values: Array) -> Array:
    """Sum of the two highest Legendre coefficients of values at the nodes, which are the last axis."""
    return np.asarray(np.abs((values * _WEIGHTS) @ _HIGHEST).sum(axis=-1))


def _unresolved(values: Array) -> Array:
    """Estimated error of a Gauss–Legendre sum: coefficients of twice the order, if they fall geometrically."""
    highest, largest = _highest(values), np.max(np.abs(values), axis=-1)
    return np.asarray(np.divide(highest**2, largest, out=np.zeros_like(largest), where=largest > 0))


def _sum_over_m(fields: ComplexArray) -> Array:
    """Σ_m |t_ℓm|², shape (lmax + 1, p, n)."""
    squares = fields.real**2 + fields.imag**2
    return np.asarray(squares[0] + 2 * squares[1:].sum(axis=0))


def _add_products(total: ComplexArray, fields: ComplexArray, angles: Array, weights: Array) -> None:
    """Add Σ t_ℓm t*_ℓ'm times weights of y and of the polarisations."""
    weight = np.multiply.outer(weights, angles).ravel()
    size = len(total)
    for m in range(min(len(fields), size)):
        for begin in range(m, min(m + 2, size)):
            rows = fields[m, begin:size:2]
            rows = rows.reshape(len(rows), -1)
            total[m, begin::2, begin::2] += (rows * weight) @ rows.conj().T
