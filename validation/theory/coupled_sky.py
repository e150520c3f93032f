r"""Mean, covariance and third cumulants of the coupled C_ℓ of a partly seen sky, also of one that knows the field.

For a weight of declination alone ã_ℓm = Σ_ℓ' K^m_ℓℓ' a_ℓ'm (`mode_coupling`), and C̃_ℓ = Σ_m |ã_ℓm|²/(2ℓ+1) is a
quadratic form of Gaussian variables: with the covariance P of all ã_ℓm (noise N included), their mean p, and
Q = diag(1/(2ℓ+1)) for the ℓ in question,

    ⟨C̃_ℓ⟩ = tr(P Q) + p·Q p,   Cov = 2 tr(P Q P Q') + 4 p·Q P Q' p,   κ₃ = 8 tr((PQ)³) + 24 p·(QP)²Q p.

- Statistically isotropic skies: P has a block V^m = K^m diag(C) K^mᵀ + N^m for each m.
- Skies of the pitch angle alone: a_ℓm = √(4π/(2ℓ+1)) Y*_ℓm(b) z_ℓ with the correlation Z of the z_ℓ (m = 0 about b).
  Thus ã = T z, P = T Z Tᵀ + N, and with A = Tᵀ Q T all traces are those of small matrices. C̃_ℓ depends on the
  declination of b. For a field that is drawn anew for each sky, moments about zero are averaged over its directions.
- Skies with all m about b: `coupled_axisymmetric`.

The regular flow and the density gradient make a sky that is the same in each realisation, p.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.legendre import zonal_harmonics
from eddysky.validation.theory.mode_coupling import ZonalCoupling

__all__ = [
    "CoupledMoments",
    "isotropic_moments",
    "seen_regular",
    "zonal_moments",
]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# Directions of a field that is drawn anew for each sky: nodes in the sine of the declination, and right ascensions
# where another part of the sky has a direction of its own.
_DECLINATIONS, _RIGHT_ASCENSIONS = 12, 6
# Part of the largest variance below which a combination of the z_ℓ is left out.
_NEGLIGIBLE = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class CoupledMoments:
    """Moments of the coupled C_ℓ of one sky, of which the noise bias is subtracted.

    Parameters
    ----------
    mean
        ⟨C̃_ℓ⟩, shape (lmax + 1,).
    covariance
        Cov(C̃_ℓ, C̃_ℓ'), noise included, shape (lmax + 1, lmax + 1).
    third
        Third cumulant of each C̃_ℓ, noise included, shape (lmax + 1,).
    third_of_sum
        Takes q, shape (lmax + 1,), to the third cumulant of Σ_ℓ q_ℓ C̃_ℓ.
    """

    mean: Array
    covariance: Array
    third: Array
    third_of_sum: Callable[[Array], float]

    @property
    def correlation(self) -> Array:
        """Correlation matrix, shape (lmax + 1, lmax + 1); that of C̃_ℓ without scatter is the unit matrix."""
        spread = np.sqrt(np.diag(self.covariance))
        safe = np.where(spread > 0, spread, 1.0)
        out = self.covariance / np.outer(safe, safe)
        np.fill_diagonal(out, 1.0)
        return np.asarray(out)


def isotropic_moments(
    coupling: ZonalCoupling, c_ell: Array, regular: ComplexArray | None = None
) -> CoupledMoments:
    """Moments for a Gaussian, statistically isotropic sky.

    Parameters
    ----------
    coupling
        Of weight and exposure.
    c_ell
        C_ℓ of the sky, beam included, shape (lmax_sky + 1,).
    regular
        Mean a_ℓm in equatorial axes, beam included, for m = 0…lmax_sky, shape (m, ℓ); none by default.

    Returns
    -------
    CoupledMoments

    Examples
    --------
    >>> import numpy as np
    >>> south = np.repeat([0.0, 1.0], [1568, 1504])  # nside 16, all rings below the equator
    >>> coupling = ZonalCoupling.from_maps(south, 1e6 * south, lmax=8, keep_zonal=False)
    >>> moments = isotropic_moments(coupling, 1 / np.arange(1.0, 10.0) ** 3)
    >>> bool(moments.mean[2] < 1 / 27), bool(moments.correlation[2, 4] > 0.1)
    (True, True)
    """
    size = 2 * np.arange(coupling.lmax + 1) + 1
    twice = coupling.twice
    blocks = coupling.order_covariances(c_ell)
    mean = coupling.matrix @ c_ell
    seen: ComplexArray | None = None
    covariance = 2 * np.tensordot(twice, blocks**2, 1)
    variances = np.einsum("mll->ml", blocks)
    third = 8 * twice @ variances**3
    if regular is not None:
        seen = seen_regular(coupling, regular)
        squares = np.abs(seen) ** 2
        mean = mean + twice @ squares / size
        products = np.einsum("ml,mk->mlk", seen.conj(), seen).real
        covariance += 4 * np.tensordot(twice, products * blocks, 1)
        third += 24 * twice @ (squares * variances**2)

    def third_of_sum(weights: Array) -> float:
        form = blocks * (weights / size)
        cubes = 8 * np.einsum("mij,mjk,mki->m", form, form, form, optimize=True)
        if seen is not None:
            scaled = seen * weights / size
            inner = blocks @ form.transpose(0, 2, 1)
            cubes += 24 * np.einsum("mi,mij,mj->m", scaled.conj(), inner, scaled).real
        return float(twice @ cubes)

    return CoupledMoments(mean, covariance / np.outer(size, size), third / size**3, third_of_sum)


def zonal_moments(
    coupling: ZonalCoupling,
    correlation: Array,
    field: Array | None,
    isotropic: Array | None = None,
    regular: ComplexArray | None = None,
) -> CoupledMoments:
    """Moments for a sky that depends on the angle to b alone.

    Parameters
    ----------
    coupling
        Of weight and exposure.
    correlation
        ⟨z_ℓ z_ℓ'⟩ of m = 0 about b, beam included, shape (lmax_sky + 1, lmax_sky + 1).
    field
        Unit vector b in equatorial axes, shape (3,); None if each sky has its own, of a random direction.
    isotropic
        C_ℓ of a statistically isotropic contribution, shape (lmax_sky + 1,); none by default.
    regular
        Mean a_ℓm of another contribution, as in `isotropic_moments`.

    Returns
    -------
    CoupledMoments
    """
    noise = coupling.noise
    extra = np.zeros(coupling.lmax + 1)
    if isotropic is not None:
        noise = coupling.order_covariances(isotropic)
        extra = coupling.matrix @ isotropic
    fixed = None if regular is None else seen_regular(coupling, regular)
    if field is not None:
        found = _about_field(coupling, correlation, field, noise, _NoiseProducts(noise), fixed)
        return replace(found, mean=found.mean + extra)
    return _averaged(coupling, correlation, noise, fixed, extra)


def _averaged(
    coupling: ZonalCoupling,
    correlation: Array,
    noise: Array,
    fixed: ComplexArray | None,
    extra: Array,
) -> CoupledMoments:
    """Moments of skies each of which has its own field, of a random direction: exact in the mean."""
    sines, weights = np.polynomial.legendre.leggauss(_DECLINATIONS)
    longitudes = np.zeros(1)
    if fixed is not None:
        longitudes = 2 * np.pi * np.arange(_RIGHT_ASCENSIONS) / _RIGHT_ASCENSIONS
    weights = np.repeat(weights, len(longitudes)) / (2 * len(longitudes))
    cosines = np.sqrt(1 - sines**2)
    noisy = _NoiseProducts(noise)
    cases = []
    for sine, cosine in zip(sines.tolist(), cosines.tolist(), strict=True):
        for a in longitudes.tolist():
            field = np.array([cosine * math.cos(a), cosine * math.sin(a), sine])
            cases.append(_about_field(coupling, correlation, field, noise, noisy, fixed))
    off = np.array([case.mean for case in cases])
    off -= weights @ off
    variances = np.array([np.diag(case.covariance) for case in cases])
    covariance = np.tensordot(weights, np.array([case.covariance for case in cases]), 1)
    third = weights @ (np.array([case.third for case in cases]) + 3 * off * variances + off**3)
    size = 2 * np.arange(coupling.lmax + 1) + 1
    power = np.diag(correlation) / (2 * np.arange(len(correlation)) + 1)
    mean = coupling.matrix @ power + extra
    if fixed is not None:
        mean = mean + coupling.twice @ np.abs(fixed) ** 2 / size

    def third_of_sum(q: Array) -> float:
        total = 0.0
        for weight, case, shift in zip(weights, cases, off @ q, strict=True):
            total += weight * (
                case.third_of_sum(q) + 3 * shift * (q @ case.covariance @ q) + shift**3
            )
        return float(total)

    return CoupledMoments(mean, covariance + (off.T * weights) @ off, third, third_of_sum)


class _NoiseProducts:
    """Q N Q and Q N Q N Q for Q = diag(q), which are the same for all directions of the field; the last are kept."""

    def __init__(self, noise: Array) -> None:
        self._noise = noise
        self._last: tuple[Array, Array, Array] | None = None

    def __call__(self, q: Array) -> tuple[Array, Array]:
        if self._last is None or not np.array_equal(self._last[0], q):
            once = self._noise * np.outer(q, q)
            self._last = (q, once, once @ (self._noise * q))
        return self._last[1:]


def _about_field(
    coupling: ZonalCoupling,
    correlation: Array,
    field: Array,
    noise: Array,
    noisy: _NoiseProducts,
    fixed: ComplexArray | None,
) -> CoupledMoments:
    """Moments for one direction of the field; `noise` is the covariance of all that is not of z, `fixed` a mean ã."""
    size = 2 * np.arange(coupling.lmax + 1) + 1.0
    orders, twice = coupling.orders, coupling.twice
    highest = correlation.shape[0] - 1
    harmonics = zonal_harmonics(field, highest)
    phase = np.exp(-1j * orders * math.atan2(field[1], field[0]))
    kept = orders[orders <= highest]
    turned = np.zeros((len(orders), coupling.lmax + 1, highest + 1))
    turned[: len(kept)] = coupling.couplings[: len(kept)] * harmonics[kept, np.newaxis]
    p = np.zeros((len(orders), coupling.lmax + 1), dtype=np.complex128)
    if fixed is not None:
        p += fixed
    # T of few uncorrelated variables in place of the z_ℓ, real but for the phase of the order; (m, ℓ, n).
    values, vectors = np.linalg.eigh(correlation)
    some = values > _NEGLIGIBLE * max(float(values[-1]), 0.0)
    turned = turned @ (vectors[:, some] * np.sqrt(values[some]))
    weighted = turned * twice[:, np.newaxis, np.newaxis]
    # A_ℓ without 1/(2ℓ+1), shape (ℓ, n, n).
    forms = weighted.transpose(1, 2, 0) @ turned.transpose(1, 0, 2)
    signal = turned @ turned.transpose(0, 2, 1)
    total = np.einsum("lii->l", forms) + twice @ np.abs(p) ** 2
    flat = forms.reshape(len(forms), -1)
    covariance = 2 * flat @ flat.T
    covariance += 2 * np.tensordot(twice, noise * (2 * signal + noise), 1)
    # Tᵀ p, summed over m and −m.
    aligned = (phase.conj()[:, np.newaxis] * p).real
    along = np.einsum("mli,ml->li", weighted, aligned)
    pairs = np.einsum("ml,mk->mlk", p.conj(), p).real
    covariance += 4 * (along @ along.T + np.tensordot(twice, pairs * noise, 1))

    # For single ℓ the products of matrices are those of rows.
    of_noise, of_signal = np.einsum("mll->ml", noise), np.einsum("mll->ml", signal)
    cubes = np.einsum("lij,ljk,lki->l", forms, forms, forms, optimize=True)
    inner = np.einsum("mli,lij,mlj->ml", turned, forms, turned, optimize=True)
    cubes = cubes + twice @ (3 * of_noise * (inner + of_signal * of_noise) + of_noise**3)
    onward = np.einsum("mli,li->ml", turned, along)
    pushed = phase[:, np.newaxis] * onward + of_noise * p
    third = (8 * cubes + 24 * twice @ np.abs(pushed) ** 2) / size**3

    def third_of_sum(weights: Array) -> float:
        q = weights / size
        form = np.tensordot(q, forms, 1)
        cubes = float(np.trace(form @ form @ form))
        inner = (turned @ form) @ turned.transpose(0, 2, 1)
        # tr(3 S Q S Q N Q + 3 S Q N Q N Q + N Q N Q N Q) for each m, S and N being symmetric.
        once, again = noisy(q)
        cubes += twice @ np.einsum("mij,mij->m", 3 * inner, once)
        cubes += twice @ np.einsum("mij,mij->m", 3 * signal + noise, again)
        pushed = phase[:, np.newaxis] * (turned @ (q @ along))
        pushed = pushed + np.einsum("mij,mj->mi", noise, q * p)
        return float(8 * cubes + 24 * twice @ (np.abs(pushed) ** 2 @ q))

    return CoupledMoments(total / size, covariance / np.outer(size, size), third, third_of_sum)


def seen_regular(coupling: ZonalCoupling, regular: ComplexArray) -> ComplexArray:
    """Mean ã_ℓm of the orders kept, shape (n, lmax + 1)."""
    out = np.zeros((len(coupling.orders), coupling.lmax + 1), dtype=np.complex128)
    for place, m in enumerate(coupling.orders.tolist()):
        if m < len(regular):
            out[place] = coupling.couplings[place] @ regular[m]
    return out
