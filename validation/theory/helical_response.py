"""Sky of one plane wave of the flow with helical transport, as a_ℓm about the magnetic field b.

Lengths are in mean free paths, w = λ/r_L, n is the arrival direction. Back in time the direction turns about b by w s
along the path s, and the response to the wave u = A e^(ik·r) is

    T(n) = ∫₀^∞ P(path > s) i (N·k)(N·A) e^(ik·x(s)) ds

in the rest frame of the fluid. For exponential paths, cut off at a rate g, it solves L T = i (n·k)(n·A) with
L = g − i n·k − w ∂/∂φ. At fixed μ = n·b the harmonics T = Σ T_m e^(imφ) obey

    (g − i k_∥μ − imw) T_m − (i k_⊥ sin θ/2)(T_(m−1) + T_(m+1)) = S_m,

where only the S_m with |m| ≤ 2 differ from zero: beyond, T_(m±1)/T_m are continued fractions. Erlang paths of order Q
need Σ_j Q^(j−1) L^(−j) of g = Q, j = 1…Q, which is a mean of resolvents (L − z)^(−1) over a circle |z| < Q.

The characteristic function G(n) = ⟨e^(ik·x)⟩ obeys G − 1 = T with i n·k in the place of i (n·k)(n·A). For N
scatterings T becomes T + G T̄ (1 − χ^(N−1))/(1 − χ), with the means T̄ and χ of T and G over directions.

T(−n) = −T*(n), so that one half of the sphere and m ≥ 0 suffice. Y_ℓm is without the sign (−1)^m here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, cast

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ErlangPath
from eddysky.validation.theory.legendre import meridian_harmonics

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["HelicalModel", "wave_multipoles"]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# Polarisation along k, and the number of the source −n·k after those of the polarisations 0, 1 and 2.
_LONGITUDINAL, _WAVE = 0, 3
# Probability of the paths that are left out where harmonics in φ end. Errors of a_ℓm are at least ten times smaller.
_ACCURACY = 1e-6
_DIGITS = -math.log(_ACCURACY)
# The mean over the circle of Erlang paths has a relative error of e^(−23); its terms exceed it by e^12 at most.
_CIRCLE, _CANCELLATION = 23.0, 12.0
# Values of one work array: 1 MB.
_CHUNK = 2**16
# Harmonics in φ beyond z = k r_L fall faster than exponentially: e^(−20) after that many.
_MARGIN, _AIRY = 14, 5.0


@dataclass(frozen=True, slots=True)
class HelicalModel:
    """How particles gyrate and scatter, and the frame in which the sky is observed.

    Parameters
    ----------
    gyration
        w = λ/r_L, with the sign of the charge.
    order
        Order of the Erlang law; 1 for exponential paths.
    scatterings
        Number of scatterings N; infinite in the stationary limit.
    frame
        "fluid" or "observer".
    """

    gyration: float
    order: int
    scatterings: float
    frame: str

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Model of a configuration."""
        law = config.transport.law
        assert isinstance(law, ErlangPath)
        gyration = config.mean_free_path / config.larmor_radius
        return cls(gyration, law.order, config.transport.scattering_count, config.sky.frame)


def wave_multipoles(
    model: HelicalModel, k: float, y: Array, lmax: int, polarizations: Sequence[int] = (0, 1, 2)
) -> ComplexArray:
    """a_ℓm of waves of wavenumber k at angles arccos y to b.

    Parameters
    ----------
    model
        The transport.
    k
        kλ > 0.
    y
        k̂·b from 0 to 1, shape (n,).
    lmax
        Largest multipole.
    polarizations
        Which: 0 along k, 1 across k in the plane of k and b, 2 along k × b.

    Returns
    -------
    ndarray
        a_ℓm of unit waves in units of D/v for m ≥ 0, shape (M + 1, lmax + 1, polarisations, n), up to the largest M
        that matters. a_(ℓ,−m) = −(−1)^ℓ a*_ℓm. Errors are below 1e-7 of the largest.
    """
    turns = k / abs(model.gyration)
    beyond = turns + _AIRY * turns ** (1 / 3) + _MARGIN
    top = min(lmax, int(beyond))
    kinds = (*polarizations, *((_WAVE,) if model.scatterings > 1 else ()))
    out = np.zeros((top + 1, lmax + 1, len(kinds), len(y)), dtype=np.complex128)
    across = np.sqrt((1 - y) * (1 + y))
    for rate, weight in _resolvents(model.order):
        length = (_DIGITS + max(0.0, math.log(abs(weight)))) / rate.real
        last = math.ceil(max(top + 2, min(beyond, top + 2 + k * length / 2)))
        # Of the wave along the path, in radians.
        phase = k * np.hypot(y * length, across * min(length, 2 / abs(model.gyration)))
        nodes = lmax + 12 + phase / 2
        order = np.argsort(nodes)
        start = 0
        while start < len(y):
            # Waves that need similar numbers of nodes share them.
            count = _rounded(nodes[order[start]])
            part = order[start : start + max(1, _CHUNK // count)]
            part = part[nodes[part] <= count]
            table = _Legendre.from_count(count, lmax, top)
            out[..., part] += _resolvent(
                kinds, k, y[part], table, rate, weight, model.gyration, last
            )
            start += len(part)
    return _scattered(model, k, y, polarizations, out)


def _resolvents(order: int) -> list[tuple[complex, complex]]:
    """Rates g and weights of resolvents whose sum is Σ_j Q^(j−1) L^(−j) of Erlang paths."""
    if order == 1:
        return [(1.0 + 0.0j, 1.0 + 0.0j)]
    shrink = _CANCELLATION / order
    count = max(order, math.ceil(_CIRCLE / shrink))
    circle = math.exp(-shrink) * np.exp(2j * np.pi * (np.arange(count) + 0.5) / count)
    weight = np.sum(circle ** -np.arange(order)[:, np.newaxis], axis=0) / count
    return list(zip((order * (1 - circle)).tolist(), weight.tolist(), strict=True))


def _rounded(count: float) -> int:
    """An even number of nodes, of few different ones, so that tables of Legendre functions are used again."""
    step = max(4, 2 ** (int(math.log2(count)) - 2))
    return int(step * math.ceil(count / step))


@dataclass(frozen=True, slots=True)
class _Legendre:
    """Quadrature over 0 < μ < 1: nodes (n,), and 2π Y_ℓm(μ, 0) times weights for ℓ = m…lmax, by m, each (ℓ, n)."""

    mu: Array
    lmax: int
    rows: tuple[Array, ...]

    @classmethod
    @lru_cache(maxsize=16)
    def from_count(cls, count: int, lmax: int, top: int) -> Self:
        """The upper half of `count` Gauss–Legendre nodes, and m ≤ top."""
        mu = np.cos(np.asarray(ducc0.misc.GL_thetas(count))[: count // 2])
        # The weights of ducc0 add up to 4π.
        weights = np.asarray(ducc0.misc.GL_weights(count, 1))[: count // 2]
        rows = (weights * each for each in meridian_harmonics(mu, lmax, top))
        return cls(mu, lmax, tuple(rows))


def _source(kind: int, k: float, y: Array, mu: Array) -> list[ComplexArray]:
    """S_m of a polarisation, or of −n·k, for m = −2…2, shape (μ, y) each."""
    half_sine, across = np.sqrt((1 - mu) * (1 + mu)) / 2, np.sqrt((1 - y) * (1 + y))
    # Harmonics m = −1, 0, 1 of n·k and n·A, with A in the plane of k and b or, by x = i, across it.
    wave = (k * across * half_sine, k * y * mu, k * across * half_sine)
    out = [np.zeros(np.broadcast_shapes(mu.shape, y.shape), dtype=np.complex128) for _ in range(5)]
    if kind == _WAVE:
        for i in range(3):
            out[1 + i] -= wave[i]
        return out
    x, z = cast("tuple[Any, Any]", ((across, y), (y, -across), (1j, 0.0))[kind])
    flow = (x * half_sine, z * mu, np.conj(x) * half_sine)
    for i, j in itertools.product(range(3), repeat=2):
        out[i + j] += 1j * wave[i] * flow[j]
    return out


def _resolvent(
    kinds: Sequence[int],
    k: float,
    y: Array,
    table: _Legendre,
    rate: complex,
    weight: complex,
    gyration: float,
    last: int,
) -> ComplexArray:
    """a_ℓm of (g − i n·k − w ∂/∂φ)^(−1) S, times the weight, for the sources of these kinds."""
    mu, top = table.mu[:, np.newaxis], len(table.rows) - 1
    # c of (g − ik_∥μ − imw) T_m − c (T_(m−1) + T_(m+1)) = S_m, and the factor of T_0.
    sines = np.sqrt((1 - mu) * (1 + mu)) * np.sqrt((1 - y) * (1 + y))
    coupling = np.asarray(0.5j * k * sines, dtype=np.complex128)
    diagonal = np.asarray(rate - 1j * k * mu * y, dtype=np.complex128)
    inverse = _inverses(coupling, diagonal, gyration, last, max(top, 2))
    ratio = [coupling[:, np.newaxis] * each[:, :, np.newaxis] for each in inverse]
    source = weight * np.stack([_source(kind, k, y, mu) for kind in kinds], axis=2)
    # From |m| = 2 inwards: T_±m = ratio · T_±(m−1) + rest; then out again. Axes: ±, μ, kinds, y.
    second = source[[4, 0]] * inverse[2][:, :, np.newaxis]
    first = source[[3, 1]] * inverse[1][:, :, np.newaxis] + ratio[1] * second
    centre = diagonal - coupling**2 * (inverse[1][0] + inverse[1][1])
    inflow = coupling[:, np.newaxis] * (first[0] + first[1])
    sides = np.stack([(source[2] + inflow) / centre[:, np.newaxis]] * 2)
    out = np.zeros((top + 1, table.lmax + 1, len(kinds), len(y)), dtype=np.complex128)
    for m, rows in enumerate(table.rows):
        if m > 0:
            sides *= ratio[m]
        if m in (1, 2):
            sides += (first, second)[m - 1]
        opposite = sides[1].conj()
        for ell in (m, m + 1):
            total = sides[0] - opposite if ell % 2 == 0 else sides[0] + opposite
            found = rows[ell - m :: 2] @ total.reshape(len(mu), -1).view(np.float64)
            out[m, ell::2] = found.view(np.complex128).reshape(-1, len(kinds), len(y))
    return out


def _inverses(
    coupling: ComplexArray, diagonal: ComplexArray, gyration: float, last: int, top: int
) -> list[ComplexArray]:
    """v_m = 1/(d_m − c² v_(m+1)) of m and of −m, shape (2, μ, y), for m = 0…top; that for 0 is not used.

    Far out d_m changes slowly, or v_m is small: v_last is that of constant coefficients.
    """
    step = np.array([-1j, 1j])[:, np.newaxis, np.newaxis] * gyration
    square = (coupling**2).real
    outermost = diagonal + last * step
    value = 2 / (outermost + np.sqrt(outermost**2 - 4 * square))
    kept = [value] * (top + 1)
    for m in range(last - 1, 0, -1):
        value = 1 / (diagonal + m * step - square * value)
        if m <= top:
            kept[m] = value
    return kept


def _scattered(
    model: HelicalModel, k: float, y: Array, polarizations: Sequence[int], flight: ComplexArray
) -> ComplexArray:
    """Responses of one flight, with the compression at the earlier scatterings and the flow at the observer."""
    response = flight[:, :, : len(polarizations)]
    if model.scatterings > 1:
        # Of i (G − 1).
        wave = flight[:, :, len(polarizations)]
        missing = -wave[0, 0].imag / math.sqrt(4 * math.pi)
        heat = response[0, 0] / math.sqrt(4 * math.pi) * _earlier(missing, model.scatterings)
        response = response - 1j * wave[:, :, np.newaxis] * heat
        response[0, 0] += math.sqrt(4 * math.pi) * heat
    flow = _flow(y, response.shape[0], response.shape[1])[:, :, list(polarizations)]
    if model.order == 1 and math.isinf(model.scatterings) and _LONGITUDINAL in polarizations:
        # Along b exactly −n·k̂ and a mean: the density adjusts until its gradient balances the drag.
        at, along = list(polarizations).index(_LONGITUDINAL), y == 1
        response[:, :, at, along] = -flow[:, :, at, along]
        response[0, 0, at, along] = 1j * math.sqrt(4 * math.pi) / k
    return response + flow if model.frame == "observer" else response


def _flow(y: Array, orders: int, multipoles: int) -> ComplexArray:
    """a_ℓm of n·A of the three polarisations, shape (orders, multipoles, 3, y)."""
    across = np.sqrt((1 - y) * (1 + y))
    out = np.zeros((orders, multipoles, 3, len(y)), dtype=np.complex128)
    vectors: tuple[tuple[Any, Any], ...] = ((across, y), (y, -across), (-1j, 0.0))
    for at, (x, z) in enumerate(vectors):
        out[0, 1, at] = math.sqrt(4 * math.pi / 3) * z
        out[1, 1, at] = math.sqrt(2 * math.pi / 3) * x
    return out


def _earlier(missing: Array, scatterings: float) -> Array:
    """(1 − χ^(N−1))/(1 − χ), from 1 − χ."""
    if math.isinf(scatterings):
        return 1 / missing
    before = int(scatterings) - 1
    small = np.minimum(missing, 0.5)
    power = np.where(
        missing < 0.5, -np.expm1(before * np.log1p(-small)), 1 - (1 - missing) ** before
    )
    return np.asarray(power / missing)
