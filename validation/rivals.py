"""Angular power spectra of other explanations of the small scales: A14 and AM15."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

__all__ = ["ahlers2014", "ahlers_mertsch2015"]

Array = NDArray[np.float64]


def ahlers2014(ell: ArrayLike, dipole: float = 1.0) -> Array:
    """C_ℓ = 18 C_1/[(2ℓ+1)(ℓ+1)(ℓ+2)] (Ahlers 2014, as in ZL24 App. B)."""
    ell = np.asarray(ell, dtype=np.float64)
    return np.asarray(18 * dipole / ((2 * ell + 1) * (ell + 1) * (ell + 2)))


def ahlers_mertsch2015(ell: ArrayLike, exponent: float, dipole: float = 1.0) -> Array:
    """C_ℓ ∝ ∫₋₁¹ x P_ℓ(x) (1−x)^(−p) dx (our reading of Ahlers & Mertsch 2015, ZL24 App. B).

    x P_ℓ = [(ℓ+1) P_(ℓ+1) + ℓ P_(ℓ−1)]/(2ℓ+1), and ∫ P_ℓ (1−x)^(−p) dx ∝ Γ(ℓ+p)/Γ(ℓ+2−p).
    """
    ell = np.asarray(ell, dtype=np.float64)

    def moment(order: Array) -> Array:
        return np.asarray(np.exp(gammaln(order + exponent) - gammaln(order + 2 - exponent)))

    def unnormalised(order: Array) -> Array:
        above, below = moment(order + 1), moment(order - 1)
        return np.asarray(((order + 1) * above + order * below) / (2 * order + 1))

    return dipole * unnormalised(ell) / unnormalised(np.asarray(1.0))
