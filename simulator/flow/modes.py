"""Synthesis of a turbulent flow by Fourier modes (recipe of Zhang & Liu 2024, §2, in stratified form).

[ln k_min, ln k_max] is split into M equal strata; each holds one wavevector, with ln k uniform in the stratum,
an isotropic direction and the variance w(k) k Δln k. Every ensemble mean of a quadratic quantity then equals
the integral over the band exactly, for any M; fewer modes increase only the scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.fourier import even_odd_sums, gradient_sums, velocity_sums, wave_sums
from eddysky.kernels.rings import ring_sums
from eddysky.simulator.config.spectrum import Spectrum, TransverseFraction, fraction_at

__all__ = ["Modes", "draw_modes", "modes_below"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# Highest word of the Philox counter, different for each use of random numbers, so that no stream repeats another.
MODE_STREAM = 1


@dataclass(frozen=True, slots=True)
class Modes:
    """Plane waves u(r) = Σ_m a_m cos(k_m·r) + b_m sin(k_m·r), a `VelocityField`.

    Parameters
    ----------
    wavevectors
        k [1/pc], shape (M, 3).
    cosines, sines
        Amplitudes a, b [km/s], shape (M, 3).
    waves
        A [km/s], shape (M, 3), and φ/2π, shape (M,), of modes A_m cos(k_m·r + φ_m), else None. They reduce the cost
        of `velocity` by a third.
    """

    wavevectors: Array
    cosines: Array
    sines: Array
    waves: tuple[Array, Array] | None = None
    table: tuple[Array, Array, Array] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Arguments of the kernels: wavevectors in turns/pc, a and b, each (3, M).
        rows = (self.wavevectors / (2 * math.pi), self.cosines, self.sines)
        object.__setattr__(self, "table", tuple(np.ascontiguousarray(part.T) for part in rows))

    @property
    def k_max(self) -> float:
        """Highest wavenumber of all modes [1/pc]."""
        return float(np.max(np.linalg.norm(self.wavevectors, axis=1), initial=0.0))

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) in km/s at points (N, 3) in pc."""
        result = np.empty_like(points)
        if self.waves is not None:
            amplitudes, phases = self.waves
            wave_sums(points, self.table[0], phases, np.ascontiguousarray(amplitudes.T), result)
        else:
            velocity_sums(points, *self.table, result)
        return result

    def gradient(self, points: Array) -> Array:
        """∂u_i/∂x_j (N, 3, 3) in km/s/pc at points (N, 3) in pc."""
        result = np.empty((len(points), 9))
        gradient_sums(points, *self.table, result)
        return result.reshape(-1, 3, 3)

    def velocity_pairs(self, points: Array) -> tuple[Array, Array]:
        """Velocities at points and at their antipodes, at the cost of one evaluation."""
        even, odd = np.empty_like(points), np.empty_like(points)
        even_odd_sums(points, *self.table, even, odd)
        return even + odd, even - odd

    def velocity_on_rings(
        self,
        points: Array,
        counts: Integers,
        north: Integers,
        south: Integers,
        radius: float,
        velocity: Array,
    ) -> None:
        """Write the velocity [km/s] on pairs of rings at a distance [pc]; other arguments as in `ring_sums`."""
        turns, cosines, sines = self.table
        ring_sums(points, counts, north, south, radius * turns, cosines, sines, velocity)

    def part(self, indices: slice | NDArray[np.intp]) -> Modes:
        """The modes of these indices."""
        waves = None if self.waves is None else (self.waves[0][indices], self.waves[1][indices])
        return Modes(self.wavevectors[indices], self.cosines[indices], self.sines[indices], waves)


def by_component(vectors: Array) -> Array:
    """The same vectors (..., 3) with each component contiguous in memory, which is much faster in NumPy."""
    return np.ascontiguousarray(np.swapaxes(vectors, -1, -2)).swapaxes(-1, -2)


def draw_modes(
    spectrum: Spectrum,
    transverse_fraction: TransverseFraction,
    count: int,
    amplitudes: Literal["gaussian", "cosine"],
    seed: int,
    realization: int,
) -> Modes:
    """Draw the modes of one realisation; a pure function of its arguments.

    Parameters
    ----------
    spectrum
        w(k) with a finite band.
    transverse_fraction
        β, a number or a function of k [1/pc]: 0 acoustic (potential), 2/3 equipartition, 1 incompressible.
    count
        Number of modes M.
    amplitudes
        "gaussian": a and b are independent normal vectors of covariance
        variance·[(β/2)(1 − k̂k̂) + (1 − β)k̂k̂], so the field is exactly Gaussian given its wavevectors.
        "cosine": one wave of random phase and amplitude √(2·variance), polarised along k̂ with probability
        1 − β and otherwise along a random transverse direction.
    seed, realization
        Select the random stream.

    Returns
    -------
    Modes
        M modes in order of wavenumber [1/pc], with amplitudes in km/s.
    """
    rng = mode_deviates(seed, realization)
    k, variance = wavenumbers(spectrum, count, rng)
    direction = unit_vectors(rng, count)
    beta = fraction_at(transverse_fraction, k)
    if amplitudes == "gaussian":
        normal = by_component(rng.standard_normal((2, count, 3)))
        along = np.einsum("smi,mi->sm", normal, direction)[..., None] * direction
        size = np.sqrt(variance)
        # In place: fresh memory would take longer than the arithmetic.
        normal -= along
        normal *= (size * np.sqrt(beta / 2))[:, None]
        along *= (size * np.sqrt(1 - beta))[:, None]
        normal += along
        cosines, sines = normal
        waves = None
    else:
        longitudinal = rng.random(count) >= beta
        # The component of an isotropic vector perpendicular to k̂ has a uniform azimuth.
        across = unit_vectors(rng, count)
        across -= np.sum(across * direction, axis=1, keepdims=True) * direction
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        polarisation = np.where(longitudinal[:, None], direction, across)
        wave = np.sqrt(2 * variance)[:, None] * polarisation
        turns = rng.random(count)
        phase = 2 * math.pi * turns[:, None]
        cosines, sines = wave * np.cos(phase), -wave * np.sin(phase)
        waves = (wave, turns)
    return Modes(k[:, None] * direction, cosines, sines, waves)


def mode_deviates(seed: int, realization: int) -> np.random.Generator:
    """Random numbers of the modes of one realisation."""
    return np.random.Generator(
        np.random.Philox(key=[seed, realization], counter=[0, 0, 0, MODE_STREAM])
    )


def wavenumbers(spectrum: Spectrum, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Wavenumbers [1/pc], one in each stratum of ln k, and the variances of their waves [km² s⁻²], (count,) each."""
    ratio = spectrum.k_max / spectrum.k_min
    step = math.log(ratio) / count
    # By the C library, unlike np.exp, whose last bits depend on the processor.
    k = spectrum.k_min * np.float_power(ratio, (np.arange(count) + rng.random(count)) / count)
    return k, spectrum(k) * k * step


def modes_below(spectrum: Spectrum, count: int, wavenumber: float) -> int:
    """Number of the first modes that lie below a wavenumber [1/pc] in every realisation."""
    strata = math.log(wavenumber / spectrum.k_min) / math.log(spectrum.k_max / spectrum.k_min)
    return max(0, math.floor(strata * count))


def unit_vectors(rng: np.random.Generator, count: int) -> Array:
    """Isotropic unit vectors (count, 3)."""
    z = 2 * rng.random(count) - 1
    angle = 2 * math.pi * rng.random(count)
    radius = np.sqrt((1 - z) * (1 + z))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z]).T
