"""Sky of plane waves of the flow seen by gyrating particles, as Fourier series in the azimuth about the field.

In units of the mean free path let a wave A e^(ik·r) have κ along the field, which is the z axis, and κ_⊥ across it, at
the azimuth φ_k; let w be the mean free path over the Larmor radius, and z = κ_⊥ sin θ/w. Particles from the direction
(μ = cos θ, φ) see the phase k·x(s) = κμs + z [sin χ − sin(φ − φ_k)], χ = φ + ws − φ_k, and move in the direction N(s).
With e^(iz sin χ) = Σ J_n(z) e^(inχ), in which N·k = d(k·x)/ds multiplies J_n by ω_n = κμ + nw, the intensity is

    ∫ P(path > s) i (N·k) (N·A + c) e^(ik·x) ds = Σ_m e^(im(φ − φ_k)) Σ_n J_(n−m)(z) i h_n Ψ(ω_n),
    h_n = (μA_z + c) ω_n J_n + (sin θ/2) [(A_1 − iA_2) ω_(n−1) J_(n−1) + (A_1 + iA_2) ω_(n+1) J_(n+1)],

with A_1 along k_⊥, A_2 along b × k_⊥, Ψ(t) = ∫ P(path > s) e^(its) ds, and c the heating at earlier scatterings. The
real part of this has the harmonics m ≥ 0

    ½ e^(−imφ_k) Σ_n J_(n−m) [V_n ± (−1)^n V*_(−n)],    V_n = i h_n Ψ(ω_n),    + for even m, − for odd m.

Directions are processed `LANES` at a time, one element of a vector each; sums have a fixed order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["LANES", "WAVE", "gyration_means", "gyration_sums"]

Array = NDArray[np.float64]

# Directions in a block: the second half mirrors the first at the equator.
LANES = 16
# Numbers of a wave: κ, κ_⊥/w, cos φ_k, sin φ_k; real and imaginary parts of A_z, A_1, A_2 and c.
WAVE = 12
# Terms that are added at once.
UNROLLED = 4
# First value of the downward recurrence of J_n, and the least z.
_FIRST, _LEAST = 1e-200, 1e-60


@kernel
def bessel_functions(z: Array, top: int, starts: Array, result: Array) -> None:
    """Write J_n(z), n = −top…top, by Miller's algorithm.

    Parameters
    ----------
    z : (LANES,)
        Not negative.
    top
        Highest n.
    starts
        z up to which J_n is negligible, even against rounding, for n = 0, 1, …
    result
        Rows of LANES numbers; overwritten.
    """
    first = np.empty(LANES, dtype=np.int64)
    start = top
    # Here 2/z, J_n, J_(n+1), and their sum.
    vectors = np.zeros(4 * LANES)
    for j in range(LANES):
        first[j] = np.searchsorted(starts, z[j]) + 2
        start = max(start, first[j])
        vectors[j] = 2.0 / max(z[j], _LEAST)
    for n in range(start, -1, -1):
        weight = 1.0 if n == 0 else 2.0 - 2.0 * (n % 2)
        for j in range(LANES):
            now = vectors[LANES + j]
            value = (n + 1) * vectors[j] * now - vectors[2 * LANES + j]
            value = _FIRST if n == first[j] else value
            vectors[2 * LANES + j] = now
            vectors[LANES + j] = value
            vectors[3 * LANES + j] += weight * value
        if n <= top:
            row = (top + n) * LANES
            for j in range(LANES):
                result[row + j] = vectors[LANES + j]
    for j in range(LANES):
        vectors[3 * LANES + j] = 1.0 / vectors[3 * LANES + j]
    for n in range(top + 1):
        sign, row, mirrored = 1.0 - 2.0 * (n % 2), (top + n) * LANES, (top - n) * LANES
        for j in range(LANES):
            value = result[row + j] * vectors[3 * LANES + j]
            result[row + j] = value
            result[mirrored + j] = sign * value


@kernel
def wave_terms(
    wave: Array, mu: Array, sine: Array, turns: float, order: int, count: int, top: int,
    bessel: Array, terms: Array,
) -> None:  # fmt: skip
    """Write V_n, n = −count…count, of one wave.

    Parameters
    ----------
    wave : (WAVE,)
        As above.
    mu, sine : (LANES,)
        cos θ and sin θ.
    turns
        w.
    order
        Of the Erlang law; 1 for exponential paths.
    count
        Highest n.
    top
        That of `bessel`, at least count + 1.
    bessel
        Of `bessel_functions`.
    terms
        Rows of real parts and of imaginary parts; overwritten.
    """
    along, bits = wave[0], 0
    while order >> bits:
        bits += 1
    # Real and imaginary parts: of the factors of the three terms of h_n, of Ψ, and of the powers in it.
    vectors = np.empty(12 * LANES)
    for j in range(LANES):
        vectors[j] = mu[j] * wave[4] + wave[10]
        vectors[LANES + j] = mu[j] * wave[5] + wave[11]
        half = 0.5 * sine[j]
        vectors[2 * LANES + j] = half * (wave[6] + wave[9])
        vectors[3 * LANES + j] = half * (wave[7] - wave[8])
        vectors[4 * LANES + j] = half * (wave[6] - wave[9])
        vectors[5 * LANES + j] = half * (wave[7] + wave[8])
    for n in range(-count, count + 1):
        for j in range(LANES):
            t = (along * mu[j] + n * turns) / order
            shrunk = 1.0 / (1.0 + t * t)
            vectors[6 * LANES + j] = shrunk
            vectors[7 * LANES + j] = t * shrunk
        if order > 1:
            # The mean of the first powers of 1/(1 − it), by doubling.
            for j in range(LANES):
                vectors[8 * LANES + j], vectors[9 * LANES + j] = 0.0, 0.0
                vectors[10 * LANES + j], vectors[11 * LANES + j] = 1.0, 0.0
            for bit in range(bits - 1, -1, -1):
                odd = (order >> bit) % 2
                for j in range(LANES):
                    x, y = vectors[8 * LANES + j], vectors[9 * LANES + j]
                    p, q = vectors[10 * LANES + j], vectors[11 * LANES + j]
                    x, y = x + (x * p - y * q), y + (x * q + y * p)
                    p, q = p * p - q * q, 2.0 * p * q
                    if odd:
                        a, b = vectors[6 * LANES + j], vectors[7 * LANES + j]
                        x, y = a * (1.0 + x) - b * y, b * (1.0 + x) + a * y
                        p, q = a * p - b * q, a * q + b * p
                    vectors[8 * LANES + j], vectors[9 * LANES + j] = x, y
                    vectors[10 * LANES + j], vectors[11 * LANES + j] = p, q
            for j in range(LANES):
                vectors[6 * LANES + j] = vectors[8 * LANES + j] / order
                vectors[7 * LANES + j] = vectors[9 * LANES + j] / order
        row, out = (top + n) * LANES, 2 * (count + n) * LANES
        for j in range(LANES):
            frequency = along * mu[j] + n * turns
            now = frequency * bessel[row + j]
            below = (frequency - turns) * bessel[row - LANES + j]
            above = (frequency + turns) * bessel[row + LANES + j]
            real = vectors[j] * now + vectors[2 * LANES + j] * below
            real += vectors[4 * LANES + j] * above
            imaginary = vectors[LANES + j] * now + vectors[3 * LANES + j] * below
            imaginary += vectors[5 * LANES + j] * above
            a, b = vectors[6 * LANES + j], vectors[7 * LANES + j]
            terms[out + j] = -(a * imaginary + b * real)
            terms[out + LANES + j] = a * real - b * imaginary


@kernel
def mirrored(nodes: Array, sign: float) -> Array:
    """Values (LANES,) of which the second half is the first times a sign."""
    result = np.empty(LANES)
    for j in range(LANES // 2):
        result[j] = nodes[j]
        result[j + LANES // 2] = sign * nodes[j]
    return result


@kernel
def gyration_sums(
    nodes: Array, sines: Array, waves: Array, turns: float, order: int, starts: Array, ends: Array, sums: Array
) -> None:  # fmt: skip
    """Add waves to sums of the harmonics in azimuth.

    Parameters
    ----------
    nodes, sines : (LANES/2,)
        cos θ of directions north of the equator, and sin θ.
    waves : (n, WAVE)
        As above.
    turns
        w, positive.
    order
        Of the Erlang law; 1 for exponential paths.
    starts, ends
        z up to which J_n is below rounding, and small enough to be left out, for n = 0, 1, …
    sums : (2 LANES (mmax + 1),)
        Rows of real and of imaginary parts, m by m; changed in place.
    """
    mmax = sums.shape[0] // (2 * LANES) - 1
    mu, sine = mirrored(nodes, -1.0), mirrored(sines, 1.0)
    z, parts = np.empty(LANES), np.empty(2 * LANES)
    for index in range(waves.shape[0]):
        wave = waves[index]
        largest = 0.0
        for j in range(LANES):
            z[j] = wave[1] * sine[j]
            largest = max(largest, z[j])
        count = int(np.searchsorted(ends, largest)) + 2
        top = count + UNROLLED
        rows = 2 * count + 1
        bessel, terms = np.empty((2 * top + 1) * LANES), np.empty(2 * rows * LANES)
        bessel_functions(z, top, starts, bessel)
        wave_terms(wave, mu, sine, turns, order, count, top, bessel, terms)
        # Of even and of odd m, real and imaginary parts; rows of zeros fill up the last terms.
        size = 2 * (rows + UNROLLED) * LANES
        folded = np.zeros(2 * size)
        for n in range(-count, count + 1):
            sign = 0.5 - n % 2
            here, there = 2 * (count + n) * LANES, 2 * (count - n) * LANES
            for j in range(LANES):
                real, imaginary = 0.5 * terms[here + j], 0.5 * terms[here + LANES + j]
                other, opposite = sign * terms[there + j], sign * terms[there + LANES + j]
                folded[here + j] = real + other
                folded[here + LANES + j] = imaginary - opposite
                folded[size + here + j] = real - other
                folded[size + here + LANES + j] = imaginary + opposite
        cosine, minus_sine = 1.0, 0.0
        for m in range(min(mmax, 2 * count) + 1):
            for j in range(2 * LANES):
                parts[j] = 0.0
            factor, term = (top - count) * LANES, (m % 2) * size + 2 * m * LANES
            for _ in range(m, rows, UNROLLED):
                for j in range(LANES):
                    a, b = bessel[factor + j], bessel[factor + LANES + j]
                    c, d = bessel[factor + 2 * LANES + j], bessel[factor + 3 * LANES + j]
                    parts[j] += (a * folded[term + j] + b * folded[term + 2 * LANES + j]) + (
                        c * folded[term + 4 * LANES + j] + d * folded[term + 6 * LANES + j]
                    )
                    parts[LANES + j] += (
                        a * folded[term + LANES + j] + b * folded[term + 3 * LANES + j]
                    ) + (c * folded[term + 5 * LANES + j] + d * folded[term + 7 * LANES + j])
                factor += UNROLLED * LANES
                term += 2 * UNROLLED * LANES
            row = 2 * m * LANES
            for j in range(LANES):
                real, imaginary = parts[j], parts[LANES + j]
                sums[row + j] += cosine * real - minus_sine * imaginary
                sums[row + LANES + j] += cosine * imaginary + minus_sine * real
            cosine, minus_sine = (
                cosine * wave[2] + minus_sine * wave[3],
                minus_sine * wave[2] - cosine * wave[3],
            )
        for j in range(LANES):
            sums[j] += wave[10]


@kernel
def gyration_means(
    nodes: Array, sines: Array, weights: Array, waves: Array, turns: float, order: int, starts: Array,
    ends: Array, means: Array,
) -> None:  # fmt: skip
    """Add means over directions, with c = 0: of the intensity of each wave, and of 1 − ⟨e^(ik·x)⟩ at the path's end.

    Parameters
    ----------
    nodes, sines, waves, turns, order, starts, ends
        As in `gyration_sums`.
    weights : (LANES/2,)
        Quadrature weights of the directions; on the whole sphere they add up to one.
    means : (n, 3)
        Real and imaginary part of the one, and the other, which is real; changed in place.
    """
    mu, sine = mirrored(nodes, -1.0), mirrored(sines, 1.0)
    weight, z, sums = mirrored(weights, 1.0), np.empty(LANES), np.empty(3 * LANES)
    only, still = np.empty(WAVE), np.zeros(WAVE)
    still[10] = 1.0
    for index in range(waves.shape[0]):
        only[:] = waves[index]
        only[10], only[11] = 0.0, 0.0
        still[0], still[1] = only[0], only[1]
        largest = 0.0
        for j in range(LANES):
            z[j] = only[1] * sine[j]
            largest = max(largest, z[j])
        count = int(np.searchsorted(ends, largest)) + 2
        top = count + 1
        bessel = np.empty((2 * top + 1) * LANES)
        terms, ended = np.empty((2, 2 * (2 * count + 1) * LANES))
        bessel_functions(z, top, starts, bessel)
        wave_terms(only, mu, sine, turns, order, count, top, bessel, terms)
        wave_terms(still, mu, sine, turns, order, count, top, bessel, ended)
        for j in range(3 * LANES):
            sums[j] = 0.0
        for n in range(2 * count + 1):
            row, term = (top - count + n) * LANES, 2 * n * LANES
            for j in range(LANES):
                sums[j] += bessel[row + j] * terms[term + j]
                sums[LANES + j] += bessel[row + j] * terms[term + LANES + j]
                sums[2 * LANES + j] -= bessel[row + j] * ended[term + j]
        for part in range(3):
            for j in range(LANES):
                means[index, part] += weight[j] * sums[part * LANES + j]
