"""Power spectra of alternative models of the small-scale anisotropy (ZL24 App. B).

In both models pitch-angle scattering generates C_ℓ from a large-scale dipole, independently of the spectrum of the
turbulence. They are normalised to a given C_1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ahlers2014", "ahlers_mertsch2015"]

Array = NDArray[np.float64]


def ahlers2014(ell: ArrayLike, dipole: float = 1.0) -> Array:
    """C_ℓ of Ahlers (2014): C_ℓ/C_1 = 18/[(2ℓ+1)(ℓ+1)(ℓ+2)], ∝ ℓ^(−3) at large ℓ ("A14").

    Parameters
    ----------
    ell
        Multipoles, whole numbers ≥ 1, shape (n,).
    dipole
        C_1, positive.

    Returns
    -------
    ndarray
        C_ℓ in the unit of the dipole, shape (n,).

    Raises
    ------
    ValueError
        If a multipole or the dipole is out of its range.

    Examples
    --------
    >>> ahlers2014([1, 2, 3])
    array([1.        , 0.3       , 0.12857143])
    """
    multipoles = _check(ell, dipole)
    return np.asarray(
        18 * dipole / ((2 * multipoles + 1.0) * (multipoles + 1.0) * (multipoles + 2.0))
    )


def ahlers_mertsch2015(ell: ArrayLike, exponent: float, dipole: float = 1.0) -> Array:
    """C_ℓ ∝ ∫₋₁¹ x P_ℓ(x) (1−x)^(−p) dx / [ℓ(ℓ+1)] of Ahlers & Mertsch (2015), ∝ ℓ^(2p−4) at large ℓ ("AM15").

    Particles from directions that differ by the angle arccos x are scattered relative to each other at a rate
    ∝ (1−x)^p. Their relative diffusion, this rate times ℓ(ℓ+1), balances the dipole as the source of power. The
    formula is that of ZL24 App. B; it has not been checked against the paper itself.

    With M_ℓ = (p)_ℓ/(1−p)_(ℓ+1) = 2^(p−1) ∫ P_ℓ (1−x)^(−p) dx,

        C_ℓ ∝ [(ℓ+1) M_(ℓ+1) + ℓ M_(ℓ−1)]/[ℓ(ℓ+1)(2ℓ+1)],    M_(ℓ+1)/M_ℓ = (ℓ+p)/(ℓ+2−p).

    All terms are positive; the relative error is below 1e-12 up to ℓ = 1000.

    Parameters
    ----------
    ell
        Multipoles, whole numbers ≥ 1, shape (n,).
    exponent
        p of the relative scattering rate, 0 < p < 1.
    dipole
        C_1, positive.

    Returns
    -------
    ndarray
        C_ℓ in the unit of the dipole, shape (n,).

    Raises
    ------
    ValueError
        If a multipole, the exponent or the dipole is out of its range.
    """
    multipoles = _check(ell, dipole)
    if not 0 < exponent < 1:
        raise ValueError(f"exponent must be between 0 and 1, got {exponent}")
    below = np.arange(max(1, int(np.max(multipoles, initial=1))) + 1)
    moments = np.cumprod(np.append(1.0, (below + exponent) / (below + 2 - exponent)))
    every = below[1:]
    source = ((every + 1) * moments[2:] + every * moments[:-2]) / (2 * every + 1)
    c_ell = source / (every * (every + 1.0))
    return np.asarray(dipole * c_ell[multipoles - 1] / c_ell[0])


def _check(ell: ArrayLike, dipole: float) -> NDArray[np.int64]:
    """The multipoles as integers; ValueError if one is below 1 or not whole, or if the dipole is not positive."""
    given = np.asarray(ell)
    if not np.all((given >= 1) & (given == np.floor(given)) & np.isfinite(given)):
        raise ValueError(f"ell must be whole numbers >= 1, got {ell!r}")
    if not 0 < dipole < np.inf:
        raise ValueError(f"dipole must be positive and finite, got {dipole}")
    return given.astype(np.int64)
