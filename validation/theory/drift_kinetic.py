"""Multipoles of the sky that a wave makes in drift-kinetic transport: guiding centres with the betatron term.

A particle on a straight field line gains energy from the flow along b, and from compression across b, which does work
on its gyration. With μ = n·b, t = k_∥λ and Ψ(q) = (φ(q) − 1)/(iq), φ the characteristic function of the free path, one
flight through the wave Re A e^(ik·r) changes the intensity by

    (D/v) Re{iλ Ψ(tμ) [μ² k_∥A_∥ + ½(1−μ²) k_⊥·A_⊥]} = (D/v) Re{i Ψ(tμ) [P_2(μ) tA_∥ + ½(1−μ²) λk·A]}.

Only two functions of t are needed: the response V to the flow along b, and the response U to the compression λk·A,
which incompressible waves lack. In units of i^(ℓ−1), with a_ℓ and b_ℓ of `transfer` and c_ℓ of `path_integral`,

    V_ℓ = 3/2 (a_ℓ − δ_ℓ1/3) + t c_ℓ/2,   V_0 = t c_2,   V_1 = −b_2,   U_ℓ = −½ [c_ℓ + (a_ℓ − δ_ℓ1/3)/t],

and N scatterings add b_ℓ G times the mean over directions, V_0 or U_0, with the sum G of `transfer`. In the observer's
frame 1/3 is added to V_1. ZL25 has the first term alone, T_ℓ = V_ℓ + t U_ℓ.

For t ≫ ℓ, t c_ℓ tends to a constant, the mark of particles that move across b and stay in one phase of the wave: C_ℓ
then falls as ℓ^(−γ), for any free-path law. Waves across b have t → 0, where U is finite, and their compression grows
with k: for γ < 2 the end of the band decides A_ℓ, unless the flow is incompressible.

Where the particles have mean free paths ηλ, V becomes ⟨V(ηt)⟩ and U, as λ multiplies it, ⟨η U(ηt)⟩.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.validation.theory.free_path import averaged_bessel
from eddysky.validation.theory.gauss_legendre import adaptive_nodes, band_nodes
from eddysky.validation.theory.oscillation import PHASES, averages_by_phase
from eddysky.validation.theory.path_integral import (
    integrals_upwards,
    integrated_bessel,
    mean_sine_integral,
)
from eddysky.validation.theory.quadrature import CHUNK, NEGLIGIBLE, chunks
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.spread_average import spread_average
from eddysky.validation.theory.transfer import (
    combine,
    compression_sum,
    missing_of,
    power_below_one,
)

__all__ = ["drift_kinetic_across", "drift_kinetic_nodes", "drift_kinetic_response"]

Array = NDArray[np.float64]


def drift_kinetic_response(model: ScatteringModel, t: Array, lmax: int) -> Array:
    """V_ℓ and U_ℓ for ℓ = 0 … lmax.

    Parameters
    ----------
    model
        Free-path law, number N of scatterings, frame and spread of the mean free paths.
    t
        k_∥λ > 0, shape (n,).
    lmax
        Largest multipole.

    Returns
    -------
    ndarray
        Shape (2, lmax + 1, n). For waves exactly across b see `drift_kinetic_across`.

    Raises
    ------
    ValueError, InputError
        As `transfer`.
    """
    if model.spread is not None:
        return _spread(model, t, lmax)
    top = max(lmax, 2)
    averages = averaged_bessel(model.law, t, top)
    missing = missing_of(model, t, averages[0])
    integrals = integrated_bessel(model.law, t, top)
    return _combined(model, t, averages, missing, integrals)[:, : lmax + 1]


def drift_kinetic_across(model: ScatteringModel, lmax: int) -> Array:
    """V_ℓ and U_ℓ of waves exactly across b, t = 0, shape (2, lmax + 1); zero where U_0 is infinite."""
    out = np.zeros((2, max(lmax, 2) + 1))
    out[0, 1] = 1 / 3 if model.frame == "observer" else 0.0
    out[1, 0] = 0.0 if math.isinf(model.scatterings) else -model.scatterings / 3
    out[1, 2] = -1 / 15
    if model.spread is not None:
        out[1] *= model.spread.mean(1)
    return out[:, : lmax + 1]


def _spread(model: ScatteringModel, t: Array, lmax: int) -> Array:
    """V_ℓ and U_ℓ averaged over the mean free paths."""
    single = dataclasses.replace(model, spread=None)

    def stacked(found: Array, z: Array) -> Array:
        return np.concatenate([found[0], z * found[1]])

    def functions(z: Array) -> Array:
        return stacked(drift_kinetic_response(single, z, lmax), z)

    def by_phase(z: Array) -> Iterator[Array]:
        return (stacked(found, z) for found in _responses_by_phase(single, z, lmax))

    averages = spread_average(model, t, max(lmax, 2), functions, by_phase)
    averages = averages.reshape(2, lmax + 1, t.size)
    averages[1] /= t
    return averages


def _responses_by_phase(model: ScatteringModel, t: Array, lmax: int) -> Iterator[Array]:
    """V_ℓ and U_ℓ of fixed paths and t ≫ ℓ, with the oscillation replaced by each of the phases."""
    for phase, averages in averages_by_phase(t, max(lmax, 2)):
        missing = 1 - averages[0]
        integrals = integrals_upwards(t, averages, missing, mean_sine_integral(t, phase))
        yield _combined(model, t, averages, missing, integrals)[:, : lmax + 1]


def drift_kinetic_nodes(
    density: Callable[[Array], Array], edges: Sequence[float], lmax: int, model: ScatteringModel
) -> Iterator[tuple[Array, Array]]:
    """V_ℓ, (1+t) U_ℓ and weights for integrals of their products, a few thousand nodes at a time.

    Parameters
    ----------
    density
        Spectra in t of V V, V U/(1+t) and U U/(1+t)²: takes t, shape (n,), to (3, n).
    edges
        Ends of the range and breakpoints in t, ascending.
    lmax
        Largest multipole.
    model
        Free-path law, scatterings and frame.

    Yields
    ------
    tuple of ndarray
        Functions, shape (2, lmax + 1, nodes), and weights, shape (3, nodes), valid for products of two functions.
    """

    def scaled(found: Array, t: Array) -> Array:
        found[1] *= 1 + t
        return found

    top = max(lmax, 2)
    known = isinstance(model.law, FixedPath | ErlangPath)
    if model.spread is not None or not known:

        def functions(t: Array) -> Array:
            found = scaled(drift_kinetic_response(model, t, lmax), t)
            # In the stationary limit U_0 and U_1 grow as t^(−2) and t^(−1).
            found[1, :2] *= np.minimum(t, 1.0) ** np.array([[2.0], [1.0]])[: lmax + 1]
            return found.reshape(-1, t.size)

        def amplification(t: Array) -> Array:
            # 1 − b_0 and Ψ of other laws lose digits at small t.
            lost = np.minimum(model.scatterings, 1 + 4 / t**2) * (1 + 1 / t)
            return np.ones_like(t) if known else lost

        for t, weight, values in adaptive_nodes(
            density, edges, functions, CHUNK // (lmax + 2), amplification, NEGLIGIBLE
        ):
            found = values.reshape(2, lmax + 1, t.size).copy()
            found[1, :2] /= np.minimum(t, 1.0) ** np.array([[2.0], [1.0]])[: lmax + 1]
            yield found, weight
        return
    exact, mean = band_nodes(density, edges, top, model)
    for t, weight in chunks(exact, top):
        yield scaled(drift_kinetic_response(model, t, lmax), t), weight
    for t, weight in chunks(mean, top):
        for found in _responses_by_phase(model, t, lmax):
            yield scaled(found, t), weight / PHASES


def _combined(
    model: ScatteringModel, t: Array, averages: Array, missing: Array, integrals: Array
) -> Array:
    """V_ℓ and U_ℓ from b_ℓ, 1 − b_0 and c_ℓ, shape (2, lmax + 1, n), lmax ≥ 2."""
    single = ScatteringModel(model.law)
    change = combine(single, t, averages, missing).longitudinal
    along = 1.5 * change + 0.5 * t * integrals
    # Without cancellation at small t.
    along[0], along[1] = t * integrals[2], -averages[2]
    across = -0.5 * (integrals + change / t)
    both = np.stack([along, across])
    both += averages[:-1] * (both[:, :1] * compression_sum(model, averages[0], missing))
    if model.exponential:
        # c_2 = b_2 and t b_1 = 1 − b_0: no dipole of incompressible flows in the stationary limit.
        both[0, 1] = -averages[2] * power_below_one(averages[0], missing, model.scatterings - 1)
    if model.frame == "observer":
        both[0, 1] += 1 / 3
    return both
