"""Transfer functions from a wave of the flow to the multipoles of the sky.

With b_ℓ = ⟨j_ℓ(ks)⟩ of `free_path`, x = kλ and N scatterings,

    longitudinal  T_ℓ = a_ℓ − b_ℓ b_1 G,   a_ℓ = ⟨j_ℓ'⟩ = [ℓ b_(ℓ−1) − (ℓ+1) b_(ℓ+1)]/(2ℓ+1),
                  G = (1 − b_0^(N−1))/(1 − b_0) = Σ_(m=0)^(N−2) b_0^m,
    transverse    t_ℓ = ⟨j_ℓ/ks⟩ = (b_(ℓ−1) + b_(ℓ+1))/(2ℓ+1).

N = 1 is ZL24 Eqs. 6 and 10, for any β. G is the compression of the flow at the earlier scatterings; in the stationary
limit, N → ∞, it is 1/(1 − b_0). For exponential paths all T_ℓ but T_0 = −1/x are then zero: the density adjusts until
its gradient balances the drag of a potential flow. Other collision operators than BGK: see `relaxation`.

In the frame of the fluid at the observer, its own velocity is subtracted: 1/3 from T_1 and t_1 (ZL24 Eq. 2). These are
the functions for isotropic transport. Field-aligned transport has only T_ℓ, at the wavenumber along the field line
(`field_line`). Where the particles have several mean free paths, all are averages over them (`spread_average`).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.config.collisions import Bgk
from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.free_path import (
    averaged_bessel,
    checked_wavenumbers,
    missing_monopole,
)
from eddysky.validation.theory.oscillation import averages_by_phase
from eddysky.validation.theory.relaxation import transverse_response
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.spread_average import spread_average

__all__ = [
    "Transfer",
    "combine",
    "compression_sum",
    "missing_of",
    "power_below_one",
    "transfer",
    "transfers_by_phase",
]

Array = NDArray[np.float64]

# Smallest 1 − b_0 that is divided by. Laws known by their characteristic function have it with an error of 1e-16.
_LOST = 1e-14
# A law without short forms of the transfer functions.
_GENERAL = ErlangPath(2)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Transfer functions T_ℓ(x) and t_ℓ(x), dimensionless, each of shape (lmax + 1, n)."""

    longitudinal: Array
    transverse: Array

    def power(self, transverse_fraction: Array | float) -> Array:
        """(1−β) T_ℓ² + (β/2) ℓ(ℓ+1) t_ℓ², shape (lmax + 1, n), for β of shape (n,) or ()."""
        ell, beta = np.arange(len(self.longitudinal))[:, np.newaxis], transverse_fraction
        transverse = beta / 2 * ell * (ell + 1) * self.transverse**2
        return np.asarray((1 - beta) * self.longitudinal**2 + transverse)


def transfer(model: ScatteringModel, x: ArrayLike, lmax: int) -> Transfer:
    """T_ℓ and t_ℓ for ℓ = 0 … lmax.

    Parameters
    ----------
    model
        Free-path law, number N of scatterings, frame, collision operator and spread of the mean free paths.
    x
        kλ > 0, shape (n,).
    lmax
        Largest multipole.

    Returns
    -------
    Transfer
        Relative accuracy near 1e-13, also for x ≪ 1. Exceptions: near zeros of T_ℓ, and for ℓ = 2,
        other than exponential paths and N x² ≫ 1 ≫ x, where the leading power of x cancels. With a spread of the mean
        free paths an absolute accuracy of 1e-11.

    Raises
    ------
    ValueError
        For a negative lmax, or an x that is not positive and finite.
    InputError
        In the stationary limit of laws other than fixed and Erlang, for waves so long that rounding errors dominate.
    """
    x = checked_wavenumbers(x, lmax)
    if model.spread is not None:
        return _spread(model, x, lmax)
    if model.collisions != Bgk():
        return _relaxed(model, x, lmax)
    averages = averaged_bessel(model.law, x, lmax)
    missing = missing_of(model, x, averages[0])
    return combine(model, x, averages, missing)


def _spread(model: ScatteringModel, x: Array, lmax: int) -> Transfer:
    """T_ℓ and t_ℓ averaged over the mean free paths."""
    single = dataclasses.replace(model, spread=None)
    if single.scatterings == 1 and isinstance(single.law, FixedPath):
        return _spread_bessel(model, x, lmax)

    def functions(z: Array) -> Array:
        return _stacked(transfer(single, z, lmax))

    def by_phase(z: Array) -> Iterator[Array]:
        return map(_stacked, transfers_by_phase(single, z, lmax))

    averages = spread_average(model, x, lmax, functions, by_phase)
    return Transfer(*np.split(averages, 2))


def _spread_bessel(model: ScatteringModel, x: Array, lmax: int) -> Transfer:
    """The same for one fixed path: the functions are linear in b_ℓ, which are half as many."""

    def functions(z: Array) -> Array:
        averages = averaged_bessel(model.law, z, lmax)
        return np.vstack([averages, missing_monopole(model.law, z, averages[0])])

    def by_phase(z: Array) -> Iterator[Array]:
        for _, averages in averages_by_phase(z, lmax):
            yield np.vstack([averages, 1 - averages[0]])

    *averages, missing = spread_average(model, x, lmax, functions, by_phase)
    return combine(ScatteringModel(_GENERAL, 1, model.frame), x, np.array(averages), missing)


def _stacked(found: Transfer) -> Array:
    """T_ℓ and t_ℓ, shape (2 (lmax + 1), n)."""
    return np.concatenate([found.longitudinal, found.transverse])


def transfers_by_phase(model: ScatteringModel, x: Array, lmax: int) -> Iterator[Transfer]:
    """T_ℓ and t_ℓ of fixed paths and x ≫ ℓ, with the oscillation replaced by each of the phases."""
    for _, averages in averages_by_phase(x, lmax):
        yield combine(model, x, averages, 1 - averages[0])


def missing_of(model: ScatteringModel, x: Array, monopole: Array) -> Array:
    """1 − b_0(x) as `missing_monopole`, refused where the stationary limit would divide by rounding errors.

    Raises
    ------
    InputError
        In the stationary limit of laws other than fixed and Erlang, for waves so long that rounding errors dominate.
    """
    missing = missing_monopole(model.law, x, monopole)
    exact = isinstance(model.law, FixedPath | ErlangPath)
    if math.isinf(model.scatterings) and not exact and np.any(missing < _LOST):
        raise InputError(
            f'transport.scatterings = "stationary": 1 − <j_0> of transport.free_path = {model.law.name!r} is lost in '
            f"rounding at k λ = {x.min():.2g}; a smaller flow.outer_scale is needed"
        )
    return missing


def combine(model: ScatteringModel, x: Array, averages: Array, missing: Array) -> Transfer:
    """T_ℓ and t_ℓ from the averages b_ℓ.

    For the exponential law b_1 = (1−b_0)/x and a_ℓ = b_ℓ/x, so that T_ℓ = b_ℓ b_0^(N−1)/x. For fixed
    paths t_ℓ = b_ℓ/x. These forms avoid cancellations at large x or N.

    Parameters
    ----------
    model
        As in `transfer`.
    x
        kλ, shape (n,).
    averages
        b_ℓ, shape (lmax + 2, n).
    missing
        1 − b_0 without cancellation, shape (n,).

    Returns
    -------
    Transfer
        For ℓ = 0 … lmax.
    """
    law, scatterings = model.law, model.scatterings
    ell = np.arange(averages.shape[0] - 1, dtype=np.float64)[:, np.newaxis]
    below = np.vstack([np.zeros_like(missing), averages[:-2]])
    above = averages[1:]
    compression = compression_sum(model, averages[0], missing)

    transverse = (
        averages[:-1] / x if isinstance(law, FixedPath) else (below + above) / (2 * ell + 1)
    )
    transverse[0] = 0.0  # transverse waves are incompressible
    if not model.exponential:
        longitudinal = (ell * below - (ell + 1) * above) / (2 * ell + 1)
        longitudinal -= averages[:-1] * (averages[1] * compression)
    else:
        longitudinal = averages[:-1] * (power_below_one(averages[0], missing, scatterings - 1) / x)
        # a_0 = −b_1 instead of b_0/x: at ℓ = 0 the integration by parts has a boundary term.
        longitudinal[0] = -averages[1] * (1 + averages[0] * compression)

    if model.frame == "fluid" and longitudinal.shape[0] > 1:
        # With 1 − b_0 instead of 1/3 and b_0/3, whose leading terms cancel at small x.
        longitudinal[1] = -(missing + 2 * averages[2]) / 3 - averages[1] ** 2 * compression
        transverse[1] = (averages[2] - missing) / 3
    return Transfer(longitudinal, transverse)


def _relaxed(model: ScatteringModel, x: Array, lmax: int) -> Transfer:
    """T_ℓ and t_ℓ of a collision operator other than BGK: potential flows make ℓ = 0 alone."""
    longitudinal = np.zeros((lmax + 1, x.size))
    longitudinal[0] = -1 / x
    transverse, own = transverse_response(model.collisions, x, lmax)
    if model.frame == "fluid" and lmax > 0:
        longitudinal[1], transverse[1] = -1 / 3, own
    return Transfer(longitudinal, transverse)


def power_below_one(base: Array, missing: Array, exponent: float) -> Array:
    """base^exponent, by the logarithm where base = 1 − missing is close to 1."""
    near = missing < 0.5
    result = np.asarray(base**exponent)
    result[near] = np.exp(exponent * np.log1p(-missing[near]))
    return result


def compression_sum(model: ScatteringModel, base: Array, missing: Array) -> Array:
    """G = Σ_(m<N−1) b_0^m for b_0 = 1 − missing in (−1, 1), without cancellation near b_0 = 1; shape (n,)."""
    terms = model.scatterings - 1
    near = missing < 0.5
    numerator = np.asarray(1 - base**terms)
    numerator[near] = -np.expm1(terms * np.log1p(-missing[near]))
    return np.asarray(numerator / missing)
