"""Sky of plane waves of the flow seen by gyrating particles, by quadrature along the helix.

Units and axes as in `gyration`: a path s from the direction n ends at k·x(s) = K(s)·n,

    K(s) = κs b + (κ_⊥/w) [sin ψ e_1 − (1 − cos ψ) e_2],    ψ = ws, e_1 along k_⊥, e_2 = b × e_1,

and the direction of motion there is R(s) n. With free paths of density p(s), P(s) = P(path > s), integration by parts
gives

    ∫ P i (N·k) (N·A + c) e^(ik·x) ds = Σ_q n·B_q e^(iK_q·n) − n·A,
    B_q = p_q R^T A − P_q (dR/ds)^T A + P_q ic R^T k,

p_q and P_q times the weight of the node: a sum of waves seen at the distance one in every direction, with the
multipoles of `harmonics`: j_ℓ'(K) along K and j_ℓ(K)/K across it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.harmonics import LANES, add_waves
from eddysky.kernels.radial import spherical_bessel

__all__ = ["helix_means", "helix_sums"]

Array = NDArray[np.float64]

# Least K, where its direction no longer matters.
_LEAST = 1e-12


@kernel
def waves_along(
    wave: Array, turns: float, path: Array, start: int, directions: Array, amplitudes: Array, k: Array
) -> None:  # fmt: skip
    """Write K_q and B_q of `LANES` nodes of a path.

    Parameters
    ----------
    wave : (WAVE,)
        As in `gyration`.
    turns
        w.
    path : (5, nodes)
        s, p and P with weights, sin ψ, 1 − cos ψ.
    start
        First node.
    directions, amplitudes, k
        K/|K|, −Im B and Re B, and |K|, as `add_waves` takes them; overwritten.
    """
    cosine, sine, across_field = wave[2], wave[3], wave[1] * turns
    for j in range(LANES):
        q = start + j
        rise, versed = path[3, q], path[4, q]
        x, y, z = wave[1] * rise, -wave[1] * versed, wave[0] * path[0, q]
        size = math.sqrt(x * x + y * y + z * z)
        if size < _LEAST:
            x, y, z, size = 0.0, 0.0, _LEAST, _LEAST
        k[j] = size
        directions[0, j] = (x * cosine - y * sine) / size
        directions[1, j] = (x * sine + y * cosine) / size
        directions[2, j] = z / size
        density, survival, level = path[1, q], path[2, q], 1.0 - versed
        for part in range(2):
            # −Im and Re of A and of ic.
            sign = -1.0 if part == 0 else 1.0
            first, second = sign * wave[7 - part], sign * wave[9 - part]
            heat = -survival * (wave[10] if part == 0 else wave[11])
            along = level * first + rise * second
            across = level * second - rise * first
            x = density * along - survival * turns * across + heat * across_field * level
            y = density * across + survival * turns * along - heat * across_field * rise
            amplitudes[part, 0, j] = x * cosine - y * sine
            amplitudes[part, 1, j] = x * sine + y * cosine
            amplitudes[part, 2, j] = density * sign * wave[5 - part] + heat * wave[0]


@kernel
def helix_sums(
    waves: Array, turns: float, path: Array, lmax: int, factors: Array, sums: Array
) -> None:  # fmt: skip
    """Add waves, without the dipole −n·A and without the mean c, to sums of a_ℓm about the field.

    Parameters
    ----------
    waves : (n, WAVE)
        As in `gyration`.
    turns
        w, positive.
    path : (5, nodes)
        Of a multiple of `LANES` nodes: s, p and P with weights, sin ψ, 1 − cos ψ.
    lmax, factors, sums
        As in `add_waves`.
    """
    directions, amplitudes = np.empty((3, LANES)), np.empty((2, 3, LANES))
    k, radial = np.empty(LANES), np.empty((2, lmax + 1, LANES))
    bessel = np.empty((lmax + 2, LANES))
    for index in range(waves.shape[0]):
        for start in range(0, path.shape[1], LANES):
            waves_along(waves[index], turns, path, start, directions, amplitudes, k)
            largest = np.max(k)
            # j_ℓ is below 1e-12 beyond.
            highest = min(lmax, int(largest + 9.0 * largest ** (1.0 / 3.0)) + 8)
            spherical_bessel(k, bessel[: highest + 2])
            for ell in range(highest + 1):
                # Times i^(ℓ−1) for odd ℓ and i^(ℓ−2) for even ℓ.
                sign = 1.0 - (ell - 1) % 4 if ell % 2 == 1 else ell % 4 - 1.0
                factor = sign / (2 * ell + 1)
                for j in range(LANES):
                    below, above = bessel[max(ell - 1, 0), j], bessel[ell + 1, j]
                    radial[0, ell, j] = factor * (ell * below - (ell + 1) * above)
                    radial[1, ell, j] = factor * (below + above) if ell > 0 else 0.0
            add_waves(directions, amplitudes, radial, highest, lmax, factors, sums)


@kernel
def helix_means(waves: Array, turns: float, path: Array, means: Array) -> None:
    """Write means over directions, as `gyration_means`.

    Parameters
    ----------
    waves, turns, path
        As in `helix_sums`; c counts as zero.
    means : (n, 3)
        Overwritten.
    """
    directions, amplitudes = np.empty((3, LANES)), np.empty((2, 3, LANES))
    k, bessel, wave = np.empty(LANES), np.empty((2, LANES)), np.empty(waves.shape[1])
    for index in range(waves.shape[0]):
        means[index] = 0.0
        for start in range(0, path.shape[1], LANES):
            for step in range(2):
                wave[:] = waves[index]
                if step == 0:
                    wave[10:] = 0.0
                else:
                    # The wave A = 0, c = 1 has the mean ⟨e^(ik·x)⟩ − 1.
                    wave[4:10] = 0.0
                    wave[10], wave[11] = 1.0, 0.0
                waves_along(wave, turns, path, start, directions, amplitudes, k)
                spherical_bessel(k, bessel)
                for j in range(LANES):
                    # The mean of n e^(iK·n) is i j_1(K) along K.
                    minus, real = 0.0, 0.0
                    for i in range(3):
                        minus += directions[i, j] * amplitudes[0, i, j]
                        real += directions[i, j] * amplitudes[1, i, j]
                    if step == 0:
                        means[index, 0] += minus * bessel[1, j]
                        means[index, 1] += real * bessel[1, j]
                    else:
                        means[index, 2] -= minus * bessel[1, j]
