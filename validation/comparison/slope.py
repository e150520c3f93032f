"""Slope of measured spectra against ln(ℓ + ½), relative to a prediction.

Power laws of w(k) give powers of ℓ + ½ rather than of ℓ. The ratio of each realisation to the prediction is fitted by
1 + a + δ ln(ℓ + ½). This is linear in C_ℓ: δ is unbiased, and its standard error is that of its scatter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Slope", "fit_slope"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """d ln C_ℓ / d ln(ℓ + ½) over a range of multipoles.

    Parameters
    ----------
    lmin, lmax
        The range.
    measured, error
        Slope of the ensemble, each multipole weighted by its inverse variance, and its standard error.
    predicted
        Slope of the prediction with the same weights.
    pull
        Pull of the measured slope (`skewed_pull`).
    """

    lmin: int
    lmax: int
    measured: float
    error: float
    predicted: float
    pull: float

    def __str__(self) -> str:
        """Measured and predicted slope, and the range of multipoles."""
        return (
            f"slope {self.measured:.3f} ± {self.error:.3f}, predicted {self.predicted:.3f} "
            f"(l = {self.lmin}-{self.lmax})"
        )


def fit_slope(
    ell: NDArray[np.int64],
    predicted: Array,
    weights: Array,
    tilt: Callable[[NDArray[np.bool_], Array], tuple[float, float, float]],
) -> Slope | None:
    """Fit the slope from ℓ = 10 on, or from 2 on short ranges.

    Parameters
    ----------
    ell
        Multipoles, shape (n,).
    predicted
        Prediction, shape (n,).
    weights
        Inverse variances of the ratios to the prediction, but for a factor, shape (n,).
    tilt
        Takes which multipoles are used, shape (n,), and their coefficients to the sum of coefficient × ratio in the
        mean of the realisations, its standard error and its pull.

    Returns
    -------
    Slope or None
        None for fewer than three multipoles.
    """
    start = 10 if ell[-1] >= 20 else 2
    use = ell >= start
    if np.count_nonzero(use) < 3:
        return None
    x, weight = np.log(ell[use] + 0.5), weights[use]
    x = x - np.average(x, weights=weight)
    coefficient = weight * x / np.sum(weight * x**2)
    slope = float(coefficient @ np.log(predicted[use]))
    value, error, pull = tilt(use, coefficient)
    return Slope(int(start), int(ell[-1]), slope + value, error, slope, pull)
