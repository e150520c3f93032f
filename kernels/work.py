"""Flights of particles in a magnetic field b: where and when the flow changes their momentum.

Backward in time, with ψ = s/r_L, a particle that starts in direction n = μb + n_⊥ has after a path s

    N(s) = μb + cos ψ n_⊥ + sin ψ b×n_⊥,   x(s) = μs b + r_L [sin ψ n_⊥ + (1 − cos ψ) b×n_⊥].
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.paths import REDIRECTION, WORK, isotropic_direction
from eddysky.kernels.philox import uniform_pair

__all__ = ["draw_work_deviates", "draw_work_paths", "helix", "redirect", "stretching"]

Array = NDArray[np.float64]


@kernel
def helix(
    directions: Array, paths: Array, field: Array, radius: float, displacement: Array, turned: Array
) -> None:
    """Write displacements x(s) and directions N(s), (N, 3) each, of particles after paths s (N,).

    Parameters
    ----------
    directions : (N, 3)
        n.
    paths : (N,)
        s [pc].
    field : (3,)
        b.
    radius
        r_L [pc], negative for negative charges.
    displacement, turned : (N, 3)
        Results, overwritten.
    """
    bx, by, bz = field[0], field[1], field[2]
    for i in range(directions.shape[0]):
        x, y, z = directions[i, 0], directions[i, 1], directions[i, 2]
        pitch = x * bx + y * by + z * bz
        x, y, z = x - pitch * bx, y - pitch * by, z - pitch * bz
        # b × n_⊥
        u, v, w = by * z - bz * y, bz * x - bx * z, bx * y - by * x
        angle = paths[i] / radius
        sine, cosine, half = math.sin(angle), math.cos(angle), math.sin(0.5 * angle)
        # 1 − cos ψ without cancellation.
        way, ahead, aside = pitch * paths[i], radius * sine, radius * 2.0 * half * half
        displacement[i, 0] = way * bx + ahead * x + aside * u
        displacement[i, 1] = way * by + ahead * y + aside * v
        displacement[i, 2] = way * bz + ahead * z + aside * w
        turned[i, 0] = pitch * bx + cosine * x + sine * u
        turned[i, 1] = pitch * by + cosine * y + sine * v
        turned[i, 2] = pitch * bz + cosine * z + sine * w


@kernel
def stretching(directions: Array, gradient: Array, rates: Array) -> None:
    """Write Σ N_i N_j ∂u_i/∂x_j (N,) for directions N (N, 3) and gradients (N, 3, 3)."""
    for n in range(directions.shape[0]):
        total = 0.0
        for i in range(3):
            row = 0.0
            for j in range(3):
                row += gradient[n, i, j] * directions[n, j]
            total += directions[n, i] * row
        rates[n] = total


@kernel
def redirect(directions: Array, seed: int, realization: int, first: int, step: int) -> None:
    """Write new isotropic directions (N, 3) of particles from `first` on, after this number of scatterings."""
    for i in range(directions.shape[0]):
        a, b = uniform_pair(seed, REDIRECTION, realization, first + i, step)
        directions[i, 0], directions[i, 1], directions[i, 2] = isotropic_direction(a, b)


@kernel
def draw_work_paths(
    paths: Array,
    mean_free_path: float,
    order: int,
    seed: int,
    realization: int,
    first: int,
    step: int,
) -> None:
    """Write s' (N,) of the density P(path > s')/λ for the Erlang law of this order Q: j exponentials, j from 1 to Q."""
    draws = 1 + order // 2
    for i in range(paths.shape[0]):
        a, b = uniform_pair(seed, WORK, realization, first + i, step * draws)
        count = 1 + int(order * a)
        total = -math.log(b)
        for pair in range(count // 2):
            a, b = uniform_pair(seed, WORK, realization, first + i, step * draws + 1 + pair)
            total -= math.log(a)
            if 2 * pair + 2 < count:
                total -= math.log(b)
        paths[i] = mean_free_path * total / order


@kernel
def draw_work_deviates(
    deviates: Array, parts: Array, seed: int, realization: int, first: int, step: int
) -> None:
    """Write two sets of uniform deviates (N,) in (0, 1) of one step."""
    for i in range(deviates.shape[0]):
        deviates[i], parts[i] = uniform_pair(seed, WORK, realization, first + i, step)
