"""Spherical harmonics along a meridian, Y_ℓm(θ, 0) without the sign (−1)^m, and of one direction."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["from_sectoral", "meridian_harmonics", "zonal_harmonics"]

Array = NDArray[np.float64]


def meridian_harmonics(mu: Array, lmax: int, top: int) -> Iterator[Array]:
    """Y_ℓm(arccos μ, 0) for ℓ = m…lmax, shape (lmax + 1 − m, n) for each m = 0…top.

    Parameters
    ----------
    mu
        Cosines of the colatitude, shape (n,).
    lmax, top
        Largest multipole and largest m, top ≤ lmax.
    """
    sectoral = np.full_like(mu, 1 / math.sqrt(4 * math.pi))
    for m in range(top + 1):
        yield from_sectoral(sectoral, mu, m, lmax)
        sectoral = sectoral * np.sqrt((1 - mu) * (1 + mu) * (2 * m + 3) / (2 * m + 2))


def from_sectoral(sectoral: Array, mu: Array, m: int, lmax: int) -> Array:
    """Y_ℓm for ℓ = m…lmax times a function of μ, from Y_mm times it; shape (lmax + 1 − m, n)."""
    rows = np.empty((lmax + 1 - m, len(mu)))
    before, now = np.zeros_like(mu), sectoral
    for ell in range(m, lmax + 1):
        rows[ell - m] = now
        factor = math.sqrt((4 * (ell + 1) ** 2 - 1) / ((ell + 1) ** 2 - m * m))
        last = math.sqrt((ell * ell - m * m) / (4 * ell * ell - 1)) if ell > m else 0.0
        before, now = now, factor * (mu * now - last * before)
    return rows


def zonal_harmonics(field: Array, lmax: int) -> Array:
    """√(4π/(2ℓ+1)) Y_ℓm(b) e^(−imφ_b), real, for m, ℓ = 0…lmax; zero for ℓ < m.

    A sky of the angle to b alone, Σ z_ℓ Y_ℓ0 in the frame of b, has a_ℓm = √(4π/(2ℓ+1)) Y*_ℓm(b) z_ℓ.

    Parameters
    ----------
    field
        Unit vector b, shape (3,).
    lmax
        Largest multipole and largest m.

    Returns
    -------
    ndarray
        Shape (lmax + 1, lmax + 1), with the axes m, ℓ.
    """
    out = np.zeros((lmax + 1, lmax + 1))
    for m, rows in enumerate(meridian_harmonics(field[2:], lmax, lmax)):
        out[m, m:] = (-1) ** m * rows[:, 0]
    return np.asarray(out * np.sqrt(4 * math.pi / (2 * np.arange(lmax + 1) + 1)))
