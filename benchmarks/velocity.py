"""Velocity kernel: nanoseconds per mode and point on one core, beside GSTools' Rust sum and NumPy.

All sums use the same wavevectors and points. GSTools' `summate` is a scalar field, its `summate_incompr` a
vector field with one amplitude pair a mode; ours has two free amplitude vectors a mode ("gaussian") or one
and a phase ("cosine"). "plain loop" is what one would write in Numba first, with `math.cos` and `math.sin`.

The bound is the time that the vector operations of a sum would take if each were a fused multiply-add at the rate
measured in the same run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from machine import fma_peak
from timing import Timing, interleaved

from eddysky.kernels.fourier import even_odd_sums, velocity_sums, wave_sums
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.sky.grids import healpix_grid

MODES = 4096
POINTS = 2000
# Of the map with the rings.
NSIDE = 64
# Vector operations for one mode and one point, counted in the kernels: half of those for a pair, a quarter of those for
# two pairs on rings. Fused ones count once.
OPERATIONS = {
    "eddysky, pairs of rings": 7.25,
    "eddysky, pairs n and -n": 12,
    "eddysky, any points, gaussian": 25,
    "eddysky, any points, cosine": 17,
}


@numba.njit(nogil=True)
def plain_loop(points: Any, wavevectors: Any, cosines: Any, sines: Any, velocity: Any) -> None:
    """The mode sum as one would write it first."""
    for i in range(points.shape[0]):
        velocity[i, :] = 0.0
        for m in range(wavevectors.shape[0]):
            phase = 0.0
            for axis in range(3):
                phase += wavevectors[m, axis] * points[i, axis]
            cosine, sine = math.cos(phase), math.sin(phase)
            for axis in range(3):
                velocity[i, axis] += cosines[m, axis] * cosine + sines[m, axis] * sine


def measure() -> list[dict[str, Any]]:
    """Time every sum, several times in turn, and compare each of ours with NumPy's values."""
    import gstools_core

    spectrum = PowerLaw(5 / 3, 20.0, 10.0, 2 * math.pi / 1000, 11.2)
    modes = draw_modes(spectrum, 2 / 3, MODES, "gaussian", seed=1, realization=0)
    directions = np.random.default_rng(1).standard_normal((POINTS, 3))
    points = 10 * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    table = modes.table
    phases = np.random.default_rng(2).random(MODES)
    sphere = healpix_grid(NSIDE)
    pairs, everywhere = sphere.pairs, np.empty((2 * len(sphere.half), 3))
    assert pairs is not None
    velocity, wave, even, odd = (np.empty_like(points) for _ in range(4))
    waves, columns = np.ascontiguousarray(modes.wavevectors.T), np.ascontiguousarray(points.T)
    z1, z2 = np.ascontiguousarray(modes.cosines[:, 0]), np.ascontiguousarray(modes.sines[:, 0])
    few = slice(0, POINTS // 10)

    contenders: dict[str, tuple[Callable[[], object], int]] = {
        "eddysky, pairs of rings": (
            lambda: modes.velocity_on_rings(
                pairs.points, pairs.counts, pairs.north, pairs.south, 10.0, everywhere
            ),
            len(everywhere),
        ),
        "eddysky, pairs n and -n": (lambda: even_odd_sums(points, *table, even, odd), 2 * POINTS),
        "eddysky, any points, gaussian": (lambda: velocity_sums(points, *table, velocity), POINTS),
        "eddysky, any points, cosine": (
            lambda: wave_sums(points, table[0], phases, table[1], wave),
            POINTS,
        ),
        "plain loop": (
            lambda: plain_loop(
                points[few], modes.wavevectors, modes.cosines, modes.sines, velocity[few].copy()
            ),
            POINTS // 10,
        ),
        "gstools-core, scalar": (
            lambda: gstools_core.summate(waves, z1, z2, columns[:, few], 1),
            POINTS // 10,
        ),
        "gstools-core, vector": (
            lambda: gstools_core.summate_incompr(waves, z1, z2, columns[:, few], 1),
            POINTS // 10,
        ),
        "numpy": (lambda: numpy_sum(modes, points[few]), POINTS // 10),
    }
    times = interleaved({name: call for name, (call, _) in contenders.items()})
    exact = numpy_sum(modes, points)
    first = sphere.first[:: len(sphere.first) // POINTS]
    ring_exact = numpy_sum(modes, 10 * sphere.half[:: len(sphere.first) // POINTS])
    amplitudes = np.sum(np.linalg.norm(modes.cosines, axis=1) + np.linalg.norm(modes.sines, axis=1))
    errors = {
        "eddysky, pairs of rings": np.max(np.abs(everywhere[first] - ring_exact)) / amplitudes,
        "eddysky, pairs n and -n": np.max(np.abs(even + odd - exact)) / amplitudes,
        "eddysky, any points, gaussian": np.max(np.abs(velocity - exact)) / amplitudes,
        "eddysky, any points, cosine": wave_error(modes, phases, points, wave),
    }
    peak = fma_peak()
    rms = float(np.std(exact))
    rust = per_sum(times["gstools-core, vector"], POINTS // 10)
    return [
        {
            "sum": name,
            "ns_per_mode_and_point": per_sum(times[name], count),
            "error_over_amplitude_sum": errors.get(name),
            "error_over_rms": errors[name] * amplitudes / rms if name in errors else None,
            "of_fma_bound": OPERATIONS[name] / peak / per_sum(times[name], count)
            if name in OPERATIONS
            else None,
            "gstools_vector_over_this": rust / per_sum(times[name], count),
        }
        for name, (_, count) in contenders.items()
    ]


def per_sum(timing: Timing, points: int) -> float:
    """Nanoseconds per mode and point."""
    return timing.median / points / MODES * 1e9


def wave_error(modes: Any, phases: Any, points: Any, computed: Any) -> float:
    """Largest error of waves with one amplitude vector and a phase, over the sum of amplitudes."""
    phase = points @ modes.wavevectors.T + 2 * math.pi * phases
    sizes = np.linalg.norm(modes.cosines, axis=1)
    return float(np.max(np.abs(np.cos(phase) @ modes.cosines - computed)) / np.sum(sizes))


def numpy_sum(modes: Any, points: Any) -> Any:
    """Mode sum as one would script it."""
    phase = points @ modes.wavevectors.T
    return np.cos(phase) @ modes.cosines + np.sin(phase) @ modes.sines
