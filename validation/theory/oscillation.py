"""Averages over the oscillation of spherical Bessel functions, for fixed paths and x ≫ ℓ."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["PHASES", "averages_by_phase"]

Array = NDArray[np.float64]

PHASES = 8


def averages_by_phase(x: Array, lmax: int) -> Iterator[tuple[float, Array]]:
    """j_ℓ(x) with e^(ix) replaced by each of 8 uniform phases, ℓ = 0 … lmax + 1.

    j_ℓ = Re[h_ℓ e^(−ix) e^(ix)] with the spherical Hankel function h_ℓ = j_ℓ + i y_ℓ: uniform phases average over the
    oscillation but keep the amplitude. The upward recurrence is stable for x > ℓ.

    Yields
    ------
    tuple of float and ndarray
        The phase, and the functions, shape (lmax + 2, n).
    """
    real, imaginary = np.empty((lmax + 2, x.size)), np.empty((lmax + 2, x.size))
    inverse = 1 / x
    real[0], imaginary[0] = 0.0, -inverse
    real[1], imaginary[1] = -inverse, -(inverse**2)
    for ell in range(1, lmax + 1):
        factor = (2 * ell + 1) * inverse
        real[ell + 1] = factor * real[ell] - real[ell - 1]
        imaginary[ell + 1] = factor * imaginary[ell] - imaginary[ell - 1]
    for phase in 2 * np.pi * np.arange(PHASES) / PHASES:
        yield float(phase), np.cos(phase) * real - np.sin(phase) * imaginary
