"""Small-angle scattering: directions diffuse on the sphere, ⟨cos θ⟩ = e^(−h) after a path of h mean free paths.

A step turns the direction by a random angle of the von Mises–Fisher law, of density ∝ e^(κ cos θ), about a uniform
azimuth. With coth κ − 1/κ = e^(−h) its first multipole is that of the diffusion, e^(−h); the others differ from
e^(−ℓ(ℓ+1)h/2) by O(h³).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel
from eddysky.kernels.paths import WALK
from eddysky.kernels.philox import uniform_pair

__all__ = ["turn"]

Array = NDArray[np.float64]


@kernel
def turn(
    directions: Array,
    change: Array,
    before: Array,
    after: Array,
    potential: Array,
    weight: float,
    concentration: float,
    seed: int,
    realization: int,
    first: int,
    step: int,
) -> None:
    """Turn each direction n into a random n', and add n·u − n'·u' + w (n + n')·U to the particle's change.

    Parameters
    ----------
    directions : (N, 3)
        Unit vectors, changed in place.
    change : (N,)
        Changed in place.
    before, after : (N, 3)
        Velocities u before and u' after the turn; both the same except where waves are left out from here on.
    potential : (N, 3)
        Velocities U of the potential part of the flow.
    weight
        w.
    concentration
        κ of the law of the angle.
    seed, realization, first, step
        Select the random numbers; `first` is the number of the first particle.
    """
    floor = math.exp(-2.0 * concentration)
    for i in range(directions.shape[0]):
        x, y, z = directions[i, 0], directions[i, 1], directions[i, 2]
        a, b = uniform_pair(seed, WALK, realization, first + i, step)
        # 1 − cos θ by inversion of its distribution function.
        deficit = -math.log(a + (1.0 - a) * floor) / concentration
        sine = math.sqrt(max(deficit * (2.0 - deficit), 0.0))
        across, aside = sine * math.cos(2.0 * math.pi * b), sine * math.sin(2.0 * math.pi * b)
        # Two axes perpendicular to n without a singular direction (Duff et al. 2017, JCGT 6, 1).
        sign = math.copysign(1.0, z)
        c = -1.0 / (sign + z)
        d = x * y * c
        new_x = (1.0 - deficit) * x + across * (1.0 + sign * x * x * c) + aside * d
        new_y = (1.0 - deficit) * y + across * sign * d + aside * (sign + y * y * c)
        new_z = (1.0 - deficit) * z - across * sign * x - aside * y
        # Rounding must not add up over thousands of steps.
        scale = 1.0 / math.sqrt(new_x * new_x + new_y * new_y + new_z * new_z)
        new_x, new_y, new_z = scale * new_x, scale * new_y, scale * new_z
        change[i] += x * before[i, 0] + y * before[i, 1] + z * before[i, 2]
        change[i] -= new_x * after[i, 0] + new_y * after[i, 1] + new_z * after[i, 2]
        change[i] += weight * (
            (x + new_x) * potential[i, 0]
            + (y + new_y) * potential[i, 1]
            + (z + new_z) * potential[i, 2]
        )
        directions[i, 0], directions[i, 1], directions[i, 2] = new_x, new_y, new_z
