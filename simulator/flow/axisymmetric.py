"""Synthesis of turbulence that knows the magnetic field b: wavevectors and polarisations about b.

Wavenumbers and variances are those of `modes`. A mode of wavenumber k belongs to component i of the turbulence with
the probability w_i(k)/w(k), and has an angle to b by its g(y; k), a random azimuth, and amplitudes of variances along
k̂, across k̂ in the plane of k̂ and b, and along k̂ × b (see `simulator.config.anisotropy`). Ensemble means of quadratic
quantities equal the integral over the band exactly, for any number of modes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.wavevectors import goldreich_sridhar_cosines, triads
from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.simulator.config.spectrum import Mixture, Spectrum
from eddysky.simulator.flow.modes import Modes, mode_deviates, wavenumbers

__all__ = ["draw_axisymmetric_modes"]

Array = NDArray[np.float64]


def draw_axisymmetric_modes(
    spectrum: Spectrum,
    parts: Sequence[TurbulentPart],
    field: Array,
    count: int,
    amplitudes: Literal["gaussian", "cosine"],
    seed: int,
    realization: int,
) -> Modes:
    """Draw the modes of one realisation; a pure function of its arguments.

    Parameters
    ----------
    spectrum
        w(k) with a finite band: that of the one part, or the `Mixture` of all.
    parts
        Components of the turbulence.
    field
        Unit vector b along the magnetic field, shape (3,).
    count
        Number of modes M.
    amplitudes
        "gaussian": a and b are independent normal vectors, so the field is exactly Gaussian given its wavevectors.
        "cosine": one wave of random phase and amplitude √(2·variance), polarised along one direction, which is drawn
        with the probabilities of the variances.
    seed, realization
        Select the random stream.

    Returns
    -------
    Modes
        M modes in order of wavenumber [1/pc], with amplitudes in km/s. Of two-dimensional turbulence |k·b| is at most
        a few 1e-16 k, and so is u·b of Alfvén waves relative to u: rounding.

    Examples
    --------
    >>> from eddysky import Config
    >>> config = Config(flow={"anisotropy": "slab", "polarization": "alfven"})
    >>> parts, b = config.turbulent_parts, config.field_direction
    >>> modes = draw_axisymmetric_modes(config.flow_spectrum, parts, b, 100, "gaussian", 1, 0)
    >>> bool(np.max(np.abs(modes.velocity(np.ones((1, 3))) @ b)) < 1e-12)
    True
    """
    rng = mode_deviates(seed, realization)
    k, variance = wavenumbers(spectrum, count, rng)
    owner = _parts_of_modes(spectrum, k, rng.random(count))
    place = rng.random(count)
    cosines, shares = np.empty(count), np.empty((count, 3))
    for number, part in enumerate(parts):
        own = np.flatnonzero(owner == number)
        cosines[own] = _cosines(part, k[own], place[own], own, seed, realization)
        shares[own] = np.stack(part.polarizations(k[own]), axis=1)
    # k and −k make the same waves; both are drawn so that their sum over all modes has no direction.
    cosines *= np.where(rng.random(count) < 0.5, -1.0, 1.0)
    vectors = np.empty((count, 3, 3))
    triads(cosines, rng.random(count), field, vectors)
    wavevectors = k[:, None] * vectors[:, 0]
    if amplitudes == "gaussian":
        sizes = np.sqrt(variance[:, None] * shares)
        first, second = rng.standard_normal((2, count, 3)) * sizes
        return Modes(wavevectors, _combined(first, vectors), _combined(second, vectors))
    longitudinal = rng.random(count) < shares[:, 0]
    # A random direction across k̂ where both have the same share.
    angle = 2 * math.pi * rng.random(count)
    across = np.sqrt(shares[:, 1:]) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    size = np.linalg.norm(across, axis=1, keepdims=True)
    across /= np.where(size > 0, size, 1.0)
    weights = np.where(longitudinal[:, None], [1.0, 0.0, 0.0], np.insert(across, 0, 0.0, axis=1))
    wave = np.sqrt(2 * variance)[:, None] * _combined(weights, vectors)
    turns = rng.random(count)
    phase = 2 * math.pi * turns[:, None]
    return Modes(wavevectors, wave * np.cos(phase), -wave * np.sin(phase), (wave, turns))


def _parts_of_modes(spectrum: Spectrum, k: Array, deviates: Array) -> NDArray[np.int64]:
    """Number of the component to which each mode belongs, for uniform deviates (count,)."""
    if not isinstance(spectrum, Mixture):
        return np.zeros(len(k), dtype=np.int64)
    shares = np.cumsum(spectrum.terms(k), axis=0)
    return np.asarray(np.sum(deviates * shares[-1] >= shares[:-1], axis=0))


def _cosines(
    part: TurbulentPart,
    k: Array,
    deviates: Array,
    modes: NDArray[np.int64],
    seed: int,
    realization: int,
) -> Array:
    """Cosines |k̂·b| of modes of these wavenumbers [1/pc] and numbers, for uniform deviates; (n,) each."""
    if part.cosine is not None:
        return np.full(len(k), part.cosine)
    if part.anisotropy == "isotropic":
        return deviates
    drawn = np.empty(len(k))
    # By the C library, unlike np.cbrt, whose last bits depend on the processor.
    stretch = np.float_power(2 * math.pi * k / part.spectrum.k_min, 1 / 3)
    goldreich_sridhar_cosines(stretch, modes, seed, realization, drawn)
    return drawn


def _combined(weights: Array, vectors: Array) -> Array:
    """Σ_j weights_j vectors_j of each mode, (count, 3)."""
    first, second, third = (weights[:, j, None] * vectors[:, j] for j in range(3))
    return first + second + third
