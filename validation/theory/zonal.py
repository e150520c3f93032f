"""A_ℓ and the correlation of multipoles for skies that depend on the pitch angle alone: parallel and drift-kinetic.

In the frame whose pole is the field b only m = 0 is non-zero. A wave makes a_ℓ in proportion to functions f of
t = k_∥λ (T_ℓ of `transfer` for parallel transport, V_ℓ and U_ℓ of `drift_kinetic`), so that with their spectra E_ij on
a field line (`field_line`)

    ⟨a_ℓ a_ℓ'⟩ = 4π √((2ℓ+1)(2ℓ'+1)) i^(ℓ−ℓ') Σ_ij ∫ E_ij(t) f_iℓ f_jℓ' dt

for even ℓ + ℓ', zero otherwise, and A_ℓ = ⟨a_ℓ²⟩/(2ℓ+1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.drift_kinetic import (
    drift_kinetic_across,
    drift_kinetic_nodes,
    drift_kinetic_response,
)
from eddysky.validation.theory.field_line import (
    FieldLineSpectrum,
    field_line_transfers,
    first_panel,
)
from eddysky.validation.theory.scattering import ScatteringModel

__all__ = [
    "across_response",
    "correlation_factor",
    "infinite_multipoles",
    "zonal_matrix",
    "zonal_power",
]

Array = NDArray[np.float64]
# Functions, shape (m, lmax + 1, n), and weights of their products, shape (m (m + 1)/2, n).
_Nodes = tuple[Array, Array]


def zonal_power(
    lines: Sequence[FieldLineSpectrum], lmax: int, model: ScatteringModel, betatron: bool
) -> Array:
    """A_ℓ [km² s⁻²] for ℓ = 0 … lmax, shape (lmax + 1,).

    Parameters
    ----------
    lines
        Spectra on a field line of uncorrelated waves.
    lmax
        Largest multipole.
    model
        Free-path law, scatterings, frame and, for parallel transport, collision operator.
    betatron
        Whether compression across the field accelerates: drift-kinetic transport, else parallel.

    Returns
    -------
    ndarray
        A_0, and A_1 of drift-kinetic transport, may be infinite in the stationary limit (`infinite_multipoles`).
    """
    total = np.zeros(lmax + 1)
    for functions, weight in _nodes(lines, lmax, model, betatron):
        for (i, j), one in zip(_pairs(functions), weight, strict=True):
            total += (2 - (i == j)) * (functions[i] * functions[j]) @ one
    total[: infinite_multipoles(lines, model, betatron)] = math.inf
    return np.asarray(4 * np.pi * total)


def zonal_matrix(
    lines: Sequence[FieldLineSpectrum], lmax: int, model: ScatteringModel, betatron: bool
) -> Array:
    """⟨a_ℓ a_ℓ'⟩ of m = 0 about b [km² s⁻²], shape (lmax + 1, lmax + 1), symmetric to the last bit.

    Parameters
    ----------
    lines, lmax, model, betatron
        As in `zonal_power`.

    Returns
    -------
    ndarray
        The diagonal is (2ℓ+1) A_ℓ; where A_0 and A_1 are infinite, so is ⟨a_0 a_2⟩.
    """
    factor = correlation_factor(np.arange(lmax + 1))
    total = np.zeros((lmax + 1, lmax + 1))
    for functions, weight in _nodes(lines, lmax, model, betatron):
        for parity in (0, 1):
            part = functions[:, parity::2]
            for (i, j), one in zip(_pairs(functions), weight, strict=True):
                product = (part[i] * one) @ part[j].T
                # Symmetric to the last bit, for any order of the sums.
                total[parity::2, parity::2] += (1 - 0.5 * (i == j)) * (product + product.T)
    for ell in range(infinite_multipoles(lines, model, betatron)):
        # U_0 grows as t^(−2), U_1 as t^(−1).
        total[ell, ell] = math.inf
        if ell == 1:
            total[0, 2:3] = total[2:3, 0] = math.inf
    return np.asarray(np.outer(factor, factor) * total)


def infinite_multipoles(
    lines: Sequence[FieldLineSpectrum], model: ScatteringModel, betatron: bool
) -> int:
    """How many of the multipoles, from ℓ = 0, have infinite power in the stationary limit.

    The density is the compression integrated along the field line. For parallel transport A_0 ∝ ∫ E dt/t² is infinite
    unless E(0) = 0. With the betatron term waves of compression E_UU across b give A_0 ∝ ∫ E_UU dt/t⁴ and
    A_1 ∝ ∫ E_UU dt/t²; incompressible waves give none. Exactly across b they have no dipole.
    """
    if not math.isinf(model.scatterings):
        return 0
    velocity, _, compression = sum(
        (line.density(np.zeros(1))[:, 0] for line in lines if not line.slab), np.zeros(3)
    )
    if not betatron:
        return int(velocity > 0)
    return 2 if compression > 0 else int(any(line.across[2] > 0 for line in lines))


def across_response(model: ScatteringModel, lmax: int, betatron: bool) -> Array:
    """The functions of waves exactly across b, t = 0, shape (m, lmax + 1), without infinite ones."""
    if betatron:
        return drift_kinetic_across(model, lmax)
    # Along b such a wave is a uniform flow.
    out = np.zeros((1, lmax + 1))
    out[0, 1:2] = 1 / 3 if model.frame == "observer" else 0.0
    return out


def correlation_factor(ell: NDArray[np.int64]) -> Array:
    """Factors f_ℓ, shape (n,), with f_ℓ f_ℓ' = 4π √((2ℓ+1)(2ℓ'+1)) i^(ℓ−ℓ') for even ℓ − ℓ' (ZL25 Eq. 10)."""
    return np.asarray(np.sqrt(4 * np.pi * (2 * ell + 1)) * np.where(ell // 2 % 2 == 0, 1, -1))


def _pairs(functions: Array) -> list[tuple[int, int]]:
    """Products of the functions, in the order of their weights."""
    count = len(functions)
    return [(i, j) for i in range(count) for j in range(i, count)]


def _nodes(
    lines: Sequence[FieldLineSpectrum], lmax: int, model: ScatteringModel, betatron: bool
) -> Iterator[_Nodes]:
    """Functions and weights of all waves."""
    for line in lines:
        yield from _line_nodes(line, lmax, model, betatron and not line.slab)


def _line_nodes(
    line: FieldLineSpectrum, lmax: int, model: ScatteringModel, betatron: bool
) -> Iterator[_Nodes]:
    """Functions and weights of the waves on one line."""
    if np.any(line.across):
        functions = across_response(model, lmax, betatron)
        yield functions[:, :, np.newaxis], line.across[: len(functions) + betatron, np.newaxis]
    if not line.edges:
        return
    if not betatron:

        def density(t: Array) -> Array:
            return np.asarray(line.density(t)[0])

        for function, weight in field_line_transfers(
            density, line.edges, lmax, model, not line.slab
        ):
            yield function[np.newaxis], weight[np.newaxis]
        return

    def densities(t: Array) -> Array:
        return line.density(t) / np.stack([np.ones_like(t), 1 + t, (1 + t) ** 2])

    first, t, weight = first_panel(line.edges, model)
    yield drift_kinetic_response(model, t, lmax), weight * line.density(t)
    yield from drift_kinetic_nodes(densities, (first, *line.edges), lmax, model)
