"""Low multipoles of a map, fitted to the pixels that were seen.

Polynomials x^a y^b z^c with c = 0, 1 and a + b + c ≤ ℓ_max span the spherical harmonics up to ℓ_max on the sphere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError

__all__ = ["MOST_FITTED", "fitted_multipoles"]

Array = NDArray[np.float64]

# Polynomials of higher order lose digits.
MOST_FITTED = 10
# Pixels at a time.
PART = 100_000


def fitted_multipoles(values: Array, lmax: int, weight: Array | None = None) -> Array:
    """The sum of multipoles ℓ ≤ lmax that fits the seen pixels best, by least squares.

    Parameters
    ----------
    values
        HEALPix map in RING order, NaN where nothing was seen, shape (12 nside²,).
    lmax
        Highest multipole, at most `MOST_FITTED`.
    weight
        Weight of the squared difference of each pixel, such as one over its variance, shape (12 nside²,); equal by
        default.

    Returns
    -------
    ndarray
        Its values at all pixels, shape (12 nside²,).

    Raises
    ------
    InputError
        If lmax is negative or too high, or more multipoles are fitted than pixels were seen.
    """
    import healpy

    nside = healpy.npix2nside(len(values))
    seen, terms = np.flatnonzero(np.isfinite(values)), (lmax + 1) ** 2
    if not 0 <= lmax <= MOST_FITTED:
        raise InputError(f"multipoles up to {lmax}: must be from 0 to {MOST_FITTED} to be fitted")
    if len(seen) < terms:
        raise InputError(
            f"multipoles up to {lmax}: have {terms} coefficients, and {len(seen)} pixels were seen"
        )
    # R of the QR decomposition of [A | b], part by part.
    triangle = np.zeros((0, terms + 1))
    for pixels in parts(seen):
        rows = np.column_stack([polynomials(nside, pixels, lmax), values[pixels]])
        if weight is not None:
            rows *= np.sqrt(weight[pixels, np.newaxis])
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, rows]), mode="r"))
    fitted, *_ = np.linalg.lstsq(triangle[:terms, :terms], triangle[:terms, terms], rcond=None)
    return np.concatenate(
        [polynomials(nside, pixels, lmax) @ fitted for pixels in parts(np.arange(len(values)))]
    )


def parts(pixels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The same in parts of no more than `PART`."""
    return np.array_split(pixels, max(1, -(-len(pixels) // PART)))


def polynomials(nside: int, pixels: NDArray[np.int64], lmax: int) -> Array:
    """The polynomials at pixel centres, shape (pixels, (lmax + 1)²)."""
    import healpy

    x, y, z = healpy.pix2vec(nside, pixels)
    return np.stack(
        [
            x**a * y**b * z**c
            for c in (0, 1)
            for a in range(lmax + 1 - c)
            for b in range(lmax + 1 - c - a)
        ],
        axis=1,
    )
