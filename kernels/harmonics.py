"""Multipoles of a sum of plane waves seen from the origin, wave by wave: no grid of directions, so no aliasing.

A wave with unit wavevector k̂, and amplitude vectors of components A_L along and A_T across it, contributes

    a_ℓm = T_ℓ A_L Y*_ℓm(k̂) + t_ℓ A_T·∇Y*_ℓm(k̂),

with functions T_ℓ, t_ℓ of kλ (`radial`). Waves are summed in blocks of `LANES`, one element of a vector each, in a
fixed order: the bits do not depend on the width of the processor's vectors.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.radial import radial_values

__all__ = ["LANES", "add_waves", "add_zonal_waves", "legendre_factors", "sum_waves"]

Array = NDArray[np.float64]

# Waves in a block.
LANES = 64
# Running sums of each a_ℓm.
SUMS = 8
# Where the vectors of `add_waves` begin: cos θ, sin θ, cos φ, sin φ, cos mφ, sin mφ, P_mm, P_ℓm, P_(ℓ−1,m), and the
# summand.
VECTORS = 11
Z, SINE, COS1, SIN1, COS, SIN, START, NOW, BEFORE, REAL, IMAGINARY = range(
    0, VECTORS * LANES, LANES
)
# Legendre functions begin with sin^m θ; this factor keeps it from underflow where it matters, up to m = 3500
# (`MAX_EXPECTED_LMAX` of the configuration).
_LARGE = 1e280
# Least sin θ: at the pole itself θ and φ have no directions.
_POLE = 1e-8


def legendre_factors(lmax: int) -> Array:
    """Factors of the recurrence of normalised Legendre functions, shape (3, (lmax + 1)(lmax + 2)/2), m by m.

    P_ℓm = f_0 z P_(ℓ−1,m) − f_1 P_(ℓ−2,m) and sin θ ∂P_ℓm/∂θ = ℓ z P_ℓm − f_2 P_(ℓ−1,m), for ℓ > m.
    """
    orders = np.arange(lmax + 1)
    m = np.repeat(orders, lmax + 1 - orders).astype(np.float64)
    ell = np.concatenate([np.arange(order, lmax + 1.0) for order in orders])
    factors = np.zeros((3, len(ell)))
    rest = ell > m
    ell, m = ell[rest], m[rest]
    first = np.sqrt((4 * ell**2 - 1) / (ell**2 - m**2))
    before = np.maximum((ell - 1) ** 2 - m**2, 0.0)
    factors[0, rest] = first
    factors[1, rest] = first * np.sqrt(before / np.maximum(4 * (ell - 1) ** 2 - 1, 1.0))
    factors[2, rest] = np.sqrt((2 * ell + 1) * (ell**2 - m**2) / (2 * ell - 1))
    return factors


@kernel
def add_waves(
    directions: Array,
    amplitudes: Array,
    radial: Array,
    highest: int,
    lmax: int,
    factors: Array,
    sums: Array,
) -> None:
    """Add up to `LANES` waves to running sums of a_ℓm.

    Parameters
    ----------
    directions : (3, LANES)
        Unit wavevectors k̂.
    amplitudes : (2, 3, LANES)
        Amplitude vectors for even and for odd ℓ.
    radial : (2, lmax + 1, LANES)
        T_ℓ and t_ℓ.
    highest
        Highest multipole of these waves.
    lmax
        Highest multipole of the sums.
    factors
        Of `legendre_factors` for lmax.
    sums : (2, (lmax + 1)(lmax + 2)/2, 8)
        Real and imaginary parts of the a_ℓm, m by m, in eight parts; changed in index.
    """
    # Vectors of one element a wave lie in one array, or LLVM would not know that they do not overlap.
    vectors = np.empty(VECTORS * LANES)
    along, polar, azimuthal = np.empty((2, LANES)), np.empty((2, LANES)), np.empty((2, LANES))
    for j in range(LANES):
        x, y, z = directions[0, j], directions[1, j], directions[2, j]
        flat = math.sqrt(x * x + y * y)
        sine = max(flat, _POLE)
        cx, sx = (x / flat, y / flat) if flat > 0.0 else (1.0, 0.0)
        vectors[Z + j], vectors[SINE + j] = z, sine
        vectors[COS1 + j], vectors[SIN1 + j] = cx, sx
        vectors[COS + j], vectors[SIN + j] = 1.0, 0.0
        vectors[START + j] = _LARGE / math.sqrt(4.0 * math.pi)
        for parity in range(2):
            ax, ay, az = (
                amplitudes[parity, 0, j],
                amplitudes[parity, 1, j],
                amplitudes[parity, 2, j],
            )
            along[parity, j] = ax * x + ay * y + az * z
            # ∇Y has 1/sin θ in both components.
            polar[parity, j] = ((ax * cx + ay * sx) * z - az * flat) / sine
            azimuthal[parity, j] = (ay * cx - ax * sx) / sine
    # Weights of P_ℓm, of −P_(ℓ−1,m) and of m P_ℓm.
    weights = np.empty((highest + 1) * 3 * LANES)
    for ell in range(highest + 1):
        parity, row = ell % 2, 3 * ell * LANES
        for j in range(LANES):
            transverse = radial[1, ell, j] / _LARGE
            below = transverse * polar[parity, j]
            longitudinal = radial[0, ell, j] / _LARGE * along[parity, j]
            weights[row + j] = longitudinal + ell * vectors[Z + j] * below
            weights[row + LANES + j] = below
            weights[row + 2 * LANES + j] = transverse * azimuthal[parity, j]
    index = 0
    for m in range(highest + 1):
        # With the phase of Condon and Shortley.
        factor = -math.sqrt((2.0 * m + 1.0) / (2.0 * m)) if m > 0 else 1.0
        for j in range(LANES):
            if m > 0:
                vectors[START + j] *= factor * vectors[SINE + j]
                c, s = vectors[COS + j], vectors[SIN + j]
                vectors[COS + j] = c * vectors[COS1 + j] - s * vectors[SIN1 + j]
                vectors[SIN + j] = s * vectors[COS1 + j] + c * vectors[SIN1 + j]
            vectors[NOW + j], vectors[BEFORE + j] = 0.0, 0.0
        for ell in range(m, highest + 1):
            f0, f1, f2 = factors[0, index], factors[1, index], factors[2, index]
            row = 3 * ell * LANES
            if ell == m:
                for j in range(LANES):
                    vectors[NOW + j] = vectors[START + j]
            else:
                for j in range(LANES):
                    now = vectors[NOW + j]
                    vectors[NOW + j] = f0 * vectors[Z + j] * now - f1 * vectors[BEFORE + j]
                    vectors[BEFORE + j] = now
            for j in range(LANES):
                now = vectors[NOW + j]
                x = weights[row + j] * now - f2 * weights[row + LANES + j] * vectors[BEFORE + j]
                y = m * weights[row + 2 * LANES + j] * now
                # Y* has e^(−imφ), and its derivative by φ is −im.
                vectors[REAL + j] = x * vectors[COS + j] - y * vectors[SIN + j]
                vectors[IMAGINARY + j] = -x * vectors[SIN + j] - y * vectors[COS + j]
            width = LANES
            while width > SUMS:
                width //= 2
                for j in range(width):
                    vectors[REAL + j] += vectors[REAL + width + j]
                    vectors[IMAGINARY + j] += vectors[IMAGINARY + width + j]
            for j in range(SUMS):
                sums[0, index, j] += vectors[REAL + j]
                sums[1, index, j] += vectors[IMAGINARY + j]
            index += 1
        index += lmax - highest


@kernel
def sum_waves(
    wavevectors: Array,
    cosines: Array,
    sines: Array,
    scale: float,
    edges: Array,
    coefficients: Array,
    last: NDArray[np.int64],
    factors: Array,
    sums: Array,
) -> None:
    """Add waves a cos(k·r) + b sin(k·r) to running sums of a_ℓm.

    Parameters
    ----------
    wavevectors, cosines, sines : (n, 3)
        k, a and b; similar wavenumbers best lie side by side.
    scale
        Factor from k to the argument of the radial functions.
    edges, coefficients, last
        Panels of T_ℓ and t_ℓ, as in `radial_values`.
    factors, sums
        As in `add_waves`.
    """
    lmax = coefficients.shape[2] - 1
    directions, amplitudes = np.empty((3, LANES)), np.empty((2, 3, LANES))
    q, radial = np.empty(LANES), np.empty((2, lmax + 1, LANES))
    for start in range(0, wavevectors.shape[0], LANES):
        count = min(LANES, wavevectors.shape[0] - start)
        for j in range(LANES):
            # Copies of the last wave, without amplitude, fill the block.
            wave, weight = start + min(j, count - 1), 1.0 if j < count else 0.0
            x, y, z = wavevectors[wave, 0], wavevectors[wave, 1], wavevectors[wave, 2]
            k = math.sqrt(x * x + y * y + z * z)
            q[j] = k * scale
            for i in range(3):
                directions[i, j] = wavevectors[wave, i] / k
                amplitudes[0, i, j] = weight * sines[wave, i]
                amplitudes[1, i, j] = weight * cosines[wave, i]
        highest = radial_values(q, edges, coefficients, last, radial)
        add_waves(directions, amplitudes, radial, highest, lmax, factors, sums)


@kernel
def add_zonal_waves(
    cosines: Array, sines: Array, radial: Array, places: NDArray[np.intp], sums: Array
) -> None:
    """Add waves along an axis to sums (multipoles,) of a_ℓ0 about it, without the factor √(4π(2ℓ+1)).

    Parameters
    ----------
    cosines, sines : (functions, n)
        Amplitudes that multiply each function, of odd and of even ℓ.
    radial : (functions, multipoles, n)
        T_ℓ of each, in any order of the waves.
    places : (n,)
        Index of each wave in `radial`.
    sums : (multipoles,)
        Changed in index.
    """
    for ell in range(sums.shape[0]):
        for f in range(cosines.shape[0]):
            for j in range(cosines.shape[1]):
                sums[ell] += radial[f, ell, places[j]] * (cosines[f, j] if ell % 2 else sines[f, j])
