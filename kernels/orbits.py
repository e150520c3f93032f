"""Orbits of charged particles backward in time, in a magnetic field B = B b and the electric field E = −u×B of a flow.

The equation of motion, dp/dt = Ze(E + v×B), is split as Boris (1970) does: half the electric impulse, the rotation
about b, half the electric impulse. The rotation angle of a step of length h is θ = h/r_L to lowest order; it is made
exactly, and the impulse

    Δp = ½θ (E₀/c) u×b · tan(θ/2)/(θ/2)

has Boris' correction, with which particles drift with exactly u across b, whatever the step (to first order in u/c).
Between the impulses particles follow the exact helix of the field, so that all errors come from u changing along the
step: they are of second order in h. The magnetic field enters through b, r_L of these kernels alone; a field that
varies in space would be taken where u is, for the impulse, and in the middle of the step, for the helix.

Momenta are in units of the arrival momentum p₀, energies in units of p₀c, velocities in units of c. A particle moves
along −p, and turns right-handed about b if its charge is positive.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.boost import boost
from eddysky.kernels.compilation import kernel

__all__ = ["gyrate", "kick", "leave_observer"]

Array = NDArray[np.float64]


@kernel
def leave_observer(
    directions: Array, momentum: Array, energy: Array, arrival_energy: float, velocity: Array
) -> None:
    """Write the momenta (N, 3) and energies (N,) of particles that an observer sees arrive from directions n (N, 3).

    The observer moves with a velocity (3,), and measures p = −n and the energy `arrival_energy`.
    """
    ux, uy, uz = velocity[0], velocity[1], velocity[2]
    for i in range(directions.shape[0]):
        momentum[i, 0], momentum[i, 1], momentum[i, 2], energy[i] = boost(
            -directions[i, 0],
            -directions[i, 1],
            -directions[i, 2],
            arrival_energy,
            -ux,
            -uy,
            -uz,
        )


@kernel
def kick(
    momentum: Array,
    energy: Array,
    velocity: Array,
    paths: Array,
    radius: float,
    field: Array,
    arrival_energy: float,
) -> None:
    """Add the electric impulse of half a step.

    Parameters
    ----------
    momentum, energy : (N, 3), (N,)
        Changed in place.
    velocity : (N, 3)
        Of the fluid around each particle.
    paths : (N,)
        Lengths h of the steps.
    radius
        Larmor radius r_L of the arriving particle, in the unit of the paths; negative for negative charges.
    field : (3,)
        Unit vector b.
    arrival_energy
        E₀.
    """
    bx, by, bz = field[0], field[1], field[2]
    rest = arrival_energy * arrival_energy - 1.0
    for i in range(momentum.shape[0]):
        ux, uy, uz = velocity[i, 0], velocity[i, 1], velocity[i, 2]
        size = arrival_energy * math.tan(0.5 * paths[i] / radius)
        px = momentum[i, 0] + size * (uy * bz - uz * by)
        py = momentum[i, 1] + size * (uz * bx - ux * bz)
        pz = momentum[i, 2] + size * (ux * by - uy * bx)
        momentum[i, 0], momentum[i, 1], momentum[i, 2] = px, py, pz
        energy[i] = math.sqrt(px * px + py * py + pz * pz + rest)


@kernel
def gyrate(
    position: Array,
    momentum: Array,
    energy: Array,
    paths: Array,
    radius: float,
    field: Array,
    arrival_energy: float,
) -> None:
    """Move each particle back along its helix, for the time in which the arriving particle moves by its path.

    Arguments are those of `kick`; position and momentum (N, 3) are changed in place.
    """
    bx, by, bz = field[0], field[1], field[2]
    for i in range(position.shape[0]):
        px, py, pz = momentum[i, 0], momentum[i, 1], momentum[i, 2]
        way = paths[i] * arrival_energy / energy[i]
        # From the tangent of the half angle, sine and cosine have squares that sum up to 1.
        half = math.tan(0.5 * way / radius)
        sine = 2.0 * half / (1.0 + half * half)
        along = px * bx + py * by + pz * bz
        # b×p, and the component of p across b.
        rx, ry, rz = by * pz - bz * py, bz * px - bx * pz, bx * py - by * px
        px, py, pz = px - along * bx, py - along * by, pz - along * bz
        # (1 − cos θ) = tan(θ/2) sin θ.
        forth, turn = way * along, radius * sine
        position[i, 0] -= forth * bx + turn * (px + half * rx)
        position[i, 1] -= forth * by + turn * (py + half * ry)
        position[i, 2] -= forth * bz + turn * (pz + half * rz)
        momentum[i, 0] = along * bx + px + sine * (rx - half * px)
        momentum[i, 1] = along * by + py + sine * (ry - half * py)
        momentum[i, 2] = along * bz + pz + sine * (rz - half * pz)
