"""Significance of an excess or deficit of counts (Li & Ma 1983, ApJ 272, 317, Eq. 17).

With N_on counts where N_off counts elsewhere let α N_off be expected,

    S² = 2 { N_on ln[(1 + α)/α · N_on/(N_on + N_off)] + N_off ln[(1 + α) N_off/(N_on + N_off)] },

and S has the sign of N_on − α N_off. Where the expectation B is a sum over rings of different α, α is its variance over
itself, and N_off = B/α: the numbers of one region with the same expectation and the same variance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.observation.discs import background_of_discs

__all__ = ["li_ma", "significance_map"]

Array = NDArray[np.float64]


def li_ma(on: ArrayLike, off: ArrayLike, alpha: ArrayLike) -> Array:
    """Significance in standard deviations, negative for deficits.

    Parameters
    ----------
    on, off
        Counts in the region and elsewhere, of one shape.
    alpha
        Expected counts in the region over those elsewhere.

    Returns
    -------
    ndarray
        0 where nothing was counted or expected.

    Examples
    --------
    The example of Gammapy's documentation:

    >>> round(float(li_ma(18, 97, 0.1)), 12)
    2.242170442484
    """
    on, off, alpha = (np.asarray(values, dtype=np.float64) for values in (on, off, alpha))
    total = (on + off) / (1 + alpha)
    excess = on - alpha * off
    # Both logarithms of 1 + x, as the excess may be tiny: on = α t + d, off = t − d with d = excess/(1 + α).
    shift = excess / (1 + alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        square = on * np.log1p(shift / (alpha * total)) + off * np.log1p(-shift / total)
        square = np.where(on == 0, off * np.log1p(alpha), square)
        square = np.where(off == 0, on * np.log((1 + alpha) / alpha), square)
    square = np.where((total > 0) & (alpha > 0), square, 0.0)
    return np.asarray(np.sign(excess) * np.sqrt(2 * np.maximum(square, 0.0)))


def significance_map(
    counts: NDArray[np.int64], exposure: Array, radius: float, keep_zonal: bool
) -> Array:
    """Significance of the counts in the disc around each pixel against those beside it.

    Parameters
    ----------
    counts, exposure, radius, keep_zonal
        As in `background_of_discs`.

    Returns
    -------
    ndarray
        NaN outside the field of view and where there is nothing to compare with, shape (npix,).
    """
    on, expected, variance = background_of_discs(counts, exposure, radius, keep_zonal)
    known = (exposure > 0) & (expected > 0)
    alpha = np.divide(variance, expected, out=np.ones(len(on)), where=known)
    return np.where(known, li_ma(on, expected / alpha, alpha), np.nan)
