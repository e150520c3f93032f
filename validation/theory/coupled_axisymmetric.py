r"""Mean of the coupled C_ℓ of a partly seen sky with all m about a magnetic field.

With the covariance S^μ_ℓℓ' of the a_ℓμ about b, in equatorial axes ⟨a_ℓm a*_ℓ'm⟩ = Σ_μ D^ℓ_mμ D^ℓ'*_mμ S^μ_ℓℓ', and
⟨C̃_ℓ⟩ = Σ_m (K^m ⟨a_m a_m†⟩ K^mᵀ)_ℓℓ/(2ℓ+1). The ã of different m are correlated, and the covariance of the C̃_ℓ is not
computed.
"""

from __future__ import annotations

import math
from typing import Any

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.coupled_sky import seen_regular
from eddysky.validation.theory.mode_coupling import ZonalCoupling

__all__ = ["axisymmetric_mean"]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


def axisymmetric_mean(
    coupling: ZonalCoupling,
    covariance: NDArray[Any],
    field: Array,
    regular: ComplexArray | None = None,
) -> Array:
    """⟨C̃_ℓ⟩ of a sky with all m about a fixed field.

    Parameters
    ----------
    coupling
        Of weight and exposure.
    covariance
        As of `field_covariance`, beam included, shape (lmax_sky + 1, lmax_sky + 1, lmax_sky + 1).
    field
        Unit vector b in equatorial axes, shape (3,).
    regular
        As in `isotropic_moments`.

    Returns
    -------
    ndarray
        Shape (lmax + 1,).
    """
    size = 2 * np.arange(coupling.lmax + 1) + 1
    highest = covariance.shape[0] - 1
    # S^mm in equatorial axes.
    own = np.zeros((len(coupling.orders), highest + 1, highest + 1))
    for mu, part in enumerate(covariance):
        plus, minus = _rotation(field, highest, mu)
        for place, m in enumerate(coupling.orders.tolist()):
            if m > highest:
                break
            own[place] += (np.outer(plus[m], plus[m].conj()) * part).real
            if mu > 0:
                own[place] += (np.outer(minus[m], minus[m].conj()) * part.conj()).real
    seen = np.einsum("mli,mij,mlj->ml", coupling.couplings, own, coupling.couplings, optimize=True)
    if regular is not None:
        seen = seen + np.abs(seen_regular(coupling, regular)) ** 2
    return np.asarray(coupling.twice @ seen / size)


def _rotation(field: Array, lmax: int, mu: int) -> tuple[ComplexArray, ComplexArray]:
    """D^ℓ_mμ and D^ℓ_m,−μ that take a_ℓμ about b to a_ℓm about equatorial axes, shape (m, ℓ) each; m ≥ 0."""
    theta = math.atan2(math.hypot(field[0], field[1]), field[2])
    phi = math.atan2(field[1], field[0])
    start = mu * (2 * lmax + 1 - mu) // 2 + mu
    found = []
    for one in (1.0, 1j):
        alm = np.zeros((lmax + 1) * (lmax + 2) // 2, dtype=np.complex128)
        alm[start : start + lmax + 1 - mu] = one if mu > 0 else 1.0
        rotated = ducc0.sht.rotate_alm(alm, lmax, 0.0, theta, phi)
        rows = np.zeros((lmax + 1, lmax + 1), dtype=np.complex128)
        first = 0
        for m in range(lmax + 1):
            rows[m, m:] = rotated[first : first + lmax + 1 - m]
            first += lmax + 1 - m
        found.append(rows)
    if mu == 0:
        return found[0], np.zeros_like(found[0])
    # a_ℓ,−μ = (−1)^μ a*_ℓμ: what was turned is D_mμ + (−1)^μ D_m,−μ, and i (D_mμ − (−1)^μ D_m,−μ).
    plus = 0.5 * (found[0] - 1j * found[1])
    minus = 0.5 * (-1) ** mu * (found[0] + 1j * found[1])
    return plus, minus
