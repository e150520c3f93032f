"""Where the band of wavenumbers ends if no inner scale is given: far enough for C_ℓ to follow its law up to lmax.

A band that ends at k_max lacks the waves beyond it, which carry part of each C_ℓ. That part is known from the
envelope of the transfer functions at large ℓ, a function of t = kλ/ℓ (isotropic) or kλ|k̂·b|/ℓ (parallel) alone:
for fixed paths ⟨j_ℓ'²⟩ ∝ t⁻² √(1−t⁻²) and ⟨ℓ² j_ℓ²/x²⟩ ∝ t⁻⁴/√(1−t⁻²), averaged over their oscillation; for
exponential paths (I_ℓ/q)² ∝ t⁻⁴ e^(−2/t) and ℓ²⟨j_ℓ/x⟩² ∝ t⁻² e^(−2/t).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ExponentialPath, FixedPath, FreePathLaw

__all__ = ["MAX_BAND", "default_band"]

Array = NDArray[np.float64]

# Part of C_lmax that waves beyond the default band would add. Ten to a hundred multipoles then show the slope of
# the unbounded law within 0.02; in parallel transport, where C_ℓ converges slowly, within 0.1.
MISSING = {"isotropic": 0.008, "parallel": 0.04}
# No pixel-centre sky goes further, k_max λ; and flat spectra do not converge at all.
MAX_BAND = 4096.0
MAX_REACH = {"isotropic": 32.0, "parallel": 64.0}
# Steep spectra would end the band so early that the highest multipoles lack waves to be made of.
MIN_REACH = 2.0
NODES = 4096


def default_band(
    index: float, fractions: tuple[float, ...], start: float, mode: str, law: FreePathLaw
) -> float:
    """End of the band, k_max λ.

    Parameters
    ----------
    index
        γ of w(k) ∝ k^(−γ) at large k.
    fractions
        The least and the largest transverse fraction β.
    start
        Where the power law must hold from: the highest multipole, or kλ of the longest wave or of the peak.
    mode
        Of the transport.
    law
        Of the free path; other laws than fixed and exponential get the larger of the bands of both.
    """
    known = isinstance(law, FixedPath | ExponentialPath)
    laws = (law,) if known else (FixedPath(), ExponentialPath())
    reach = max(_reach(index, fraction, mode, law) for fraction in fractions for law in laws)
    return min(start * reach, MAX_BAND)


@lru_cache(maxsize=256)
def _reach(index: float, fraction: float, mode: str, law: FreePathLaw) -> float:
    """k_max λ over the highest multipole at which the part `MISSING` of its C_ℓ lies beyond."""
    low, high = MIN_REACH, MAX_REACH[mode]
    # Bisection, as SciPy's root finder would make the start of every program slower.
    while high / low > 1 + 1e-6:
        middle = math.sqrt(low * high)
        if missing_part(middle, index, fraction, mode, law) > MISSING[mode]:
            low = middle
        else:
            high = middle
    return high


def missing_part(reach: float, index: float, fraction: float, mode: str, law: FreePathLaw) -> float:
    """Part of C_ℓ of the power law that waves of kλ > reach · ℓ make; 1 where the law does not converge."""
    if index <= (-1.0 if mode == "isotropic" else 0.0):
        return 1.0
    places = (np.arange(NODES) + 0.5) / NODES
    if isinstance(law, FixedPath):
        # t = 1/sin θ takes the square root at t = 1 away.
        angle = places * math.pi / 2
        t, width = 1 / np.sin(angle), np.cos(angle) / np.sin(angle) ** 2
        longitudinal = 0.5 * t**-2 * np.sqrt(1 - t**-2) * width
        transverse = 0.25 * t**-4 / np.sqrt(1 - t**-2) * width
    else:
        # Beyond 1/t = 16 the exponential leaves nothing.
        t = 1 / (16 * places)
        longitudinal, transverse = t**-2 * np.exp(-2 / t), 0.5 * np.exp(-2 / t)
        if mode == "isotropic" and fraction > 0:
            # Smaller than the transverse part by ℓ².
            longitudinal = np.zeros_like(t)
    beyond: Callable[[Array], Array]
    if mode == "isotropic":
        weight = (1 - fraction) * longitudinal + fraction * transverse

        def beyond(end: Array) -> Array:
            return np.where(t >= end, t**-index, 0.0)
    else:
        weight = longitudinal

        def beyond(end: Array) -> Array:
            # ∫ dx x^(−γ−1) [β/2 + (1−3β/2)(t/x)²] from where both x > t and x > end.
            first = np.maximum(end, t)
            across = fraction / (2 * index) * first**-index
            return across + (1 - 1.5 * fraction) * t**2 / (index + 2) * first ** (-index - 2)

    lost, whole = np.sum(weight * beyond(np.full_like(t, reach))), np.sum(weight * beyond(t))
    return float(lost / whole)
