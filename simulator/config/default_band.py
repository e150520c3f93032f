"""Default end of the band of wavenumbers: C_ℓ up to lmax must agree with those of the unbounded spectrum.

Waves beyond k_max contribute to each C_ℓ of the unbounded spectrum. Their part follows from the
envelope of the transfer functions at large ℓ, a function of t = kλ/ℓ (isotropic) or kλ|k̂·b|/ℓ (parallel) alone:
for fixed paths ⟨j_ℓ'²⟩ ∝ t⁻² √(1−t⁻²) and ⟨ℓ² j_ℓ²/x²⟩ ∝ t⁻⁴/√(1−t⁻²), averaged over their oscillation; for
exponential paths (I_ℓ/q)² ∝ t⁻⁴ e^(−2/t) and ℓ²⟨j_ℓ/x⟩² ∝ t⁻² e^(−2/t). Collision rates that tend to ν_∞ replace t by
t/ν_∞. Small-angle scattering, ν_ℓ ≈ ℓ²/2, cuts a wave off at ℓ³ ≈ q instead: its transverse part falls as
e^(−1/3t) with t = kλ/ℓ³, from q ∂f/∂ℓ = −ν_ℓ f.

Particles of several rigidities have mean free paths λs. At large ℓ a wave is seen by those of one s alone, of λs k ~ ℓ,
so that they add up as the squares of their parts of the particles, each with the envelope of its own t.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.collisions import Bgk, CollisionOperator, RateTable, SmallAngle
from eddysky.simulator.config.convergence import CONVERGED
from eddysky.simulator.config.energy_response import Rigidities
from eddysky.simulator.config.free_path import ExponentialPath, FixedPath, FreePathLaw

__all__ = ["MAX_BAND", "default_band"]

Array = NDArray[np.float64]

# Part of C_lmax from waves beyond the default band. The slope of C_ℓ over ten to a hundred multipoles is then
# that of the unbounded spectrum within 0.02; in parallel transport, where C_ℓ converges slowly, within 0.1.
MISSING = {"isotropic": 0.008, "parallel": 0.04}
# Largest k_max λ of a pixel-centre sky; also the end for flat spectra, whose C_ℓ do not converge.
MAX_BAND = 4096.0
# The same with small-angle scattering, whose skies follow waves of kλ ~ ℓ³.
MAX_SMALL_ANGLE_BAND = 1e8
MAX_REACH = {"isotropic": 32.0, "parallel": 64.0}
# With steep spectra the part is small even for bands too short for the highest multipoles.
MIN_REACH = 2.0
# Largest k_max λ to which small Larmor radii extend the default band of helical transport.
MOST_GYRATING = 300.0
NODES = 4096
# Points of the tables of rigidities and of missing parts.
RIGIDITIES, REACHES = 65, 193
BGK = Bgk()


def default_band(
    index: float,
    fractions: tuple[float, ...],
    start: float,
    mode: str,
    law: FreePathLaw,
    collisions: CollisionOperator = BGK,
    turns: float = 0.0,
    rigidities: Rigidities | None = None,
    exponent: float = 0.0,
) -> float:
    """Default end of the band, k_max λ.

    Parameters
    ----------
    index
        γ of w(k) ∝ k^(−γ) at large k.
    fractions
        Smallest and largest transverse fraction β.
    start
        Where the power law must hold from: the highest multipole, or kλ of the longest wave or of the peak.
    mode
        Of the transport.
    law
        Of the free path; other laws than fixed and exponential get the larger of the bands of both.
    collisions
        The collision operator.
    turns
        λ/|r_L| of helical transport, else zero: the band reaches at least to k_max |r_L| = `CONVERGED`, from where on
        gyration averages out compression across the field, or to k_max λ = `MOST_GYRATING`.
    rigidities, exponent
        Distribution of y, and a of the mean free paths λe^(ay); None where there is one.
    """
    if isinstance(collisions, SmallAngle) and mode == "isotropic":
        longer = _longer(index, 1.0, mode, ExponentialPath(), rigidities, exponent)
        return min(start**3 * _small_angle_reach(index) * longer, MAX_SMALL_ANGLE_BAND)
    if isinstance(collisions, RateTable):
        start = start * max(collisions.values[-1], 1.0)
    known = isinstance(law, FixedPath | ExponentialPath)
    laws = (law,) if known else (FixedPath(), ExponentialPath())
    reach = max(
        _reach(index, fraction, mode, law)
        * _longer(index, fraction, mode, law, rigidities, exponent)
        for fraction in fractions
        for law in laws
    )
    return max(min(start * reach, MAX_BAND), min(CONVERGED * turns, MOST_GYRATING))


@lru_cache(maxsize=256)
def _reach(index: float, fraction: float, mode: str, law: FreePathLaw) -> float:
    """k_max λ over the highest multipole at which the part `MISSING` of its C_ℓ lies beyond."""
    low, high = MIN_REACH, MAX_REACH[mode]
    # Bisection, because importing SciPy's root finder would slow down every start.
    while high / low > 1 + 1e-6:
        middle = math.sqrt(low * high)
        if missing_part(middle, index, fraction, mode, law) > MISSING[mode]:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=256)
def _longer(
    index: float,
    fraction: float,
    mode: str,
    law: FreePathLaw,
    rigidities: Rigidities | None,
    exponent: float,
) -> float:
    """How much longer the band must be for several rigidities, 1 or more."""
    if rigidities is None:
        return 1.0
    paths, parts = _squared_parts(rigidities, exponent)
    weights = parts * paths ** (index - 1)
    reaches = np.geomspace(1.0, MAX_REACH[mode], REACHES)
    missing = np.array([missing_part(r, index, fraction, mode, law) for r in reaches])
    places = np.log(reaches)

    def part(reach: float) -> float:
        each = np.interp(np.log(reach * paths), places, missing)
        return float(np.sum(weights * each) / np.sum(weights))

    low = single = _reach(index, fraction, mode, law)
    high = single / float(np.min(paths))
    while high / low > 1 + 1e-6:
        middle = math.sqrt(low * high)
        if part(middle) > MISSING[mode]:
            low = middle
        else:
            high = middle
    # Rounded, because NumPy's logarithms round differently on other processors.
    return round(max(high / single, 1.0), 4)


def _squared_parts(rigidities: Rigidities, exponent: float) -> tuple[Array, Array]:
    """Mean free paths e^(ay) and squares of the parts of the particles that have them, up to a factor, (n,) each."""
    shifts, fractions = (np.array(part) for part in zip(*rigidities.parts, strict=True))
    y, parts = shifts[:, None], fractions[:, None] ** 2
    if rigidities.response is not None:
        x = np.linspace(rigidities.response.low, rigidities.response.high, RIGIDITIES)
        y, parts = y + x, parts * rigidities.response.density(x) ** 2
    return np.exp(exponent * y).ravel(), parts.ravel()


@lru_cache(maxsize=256)
def _small_angle_reach(index: float) -> float:
    """k_max λ over ℓ³ beyond which waves make the part `MISSING` of C_ℓ with small-angle scattering.

    With y = ℓ³/3kλ the waves contribute y^γ e^(−y) dy.
    """
    if index <= -1:
        return math.inf
    y = 40.0 * (np.arange(NODES) + 0.5) / NODES
    part = np.cumsum(y**index * np.exp(-y))
    # Rounded, because NumPy's exponential rounds differently on other processors.
    return round(float(1 / (3 * np.interp(MISSING["isotropic"], part / part[-1], y))), 6)


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
        # Beyond 1/t = 16 the exponential is negligible.
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
