"""Spherical harmonics in the healpy convention: C_ℓ = Σ_m |a_ℓm|²/(2ℓ+1) of a real sky."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.alm_index import alm_size, ells_and_ms, index_of

__all__ = [
    "GUARD",
    "Multipoles",
    "cross_power",
    "dipole_alm",
    "particle_alm",
    "quadratic_alm",
    "truncated",
]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Relative accuracy of the transform of particles, far below their shot noise.
ACCURACY = 1e-5
# In rare threads ducc0 (0.42) gives other last bits at some m of its two highest multipoles, which are therefore not
# used.
GUARD = 2


class Multipoles(NamedTuple):
    """Multipoles of one sky.

    Parameters
    ----------
    power
        C_ℓ, ℓ = 0…lmax.
    mean
        Mean over all directions.
    zonal
        a_ℓ0 about the axis of a sky that depends on the angle to it alone, shape (1, lmax + 1), else None.
    alm
        a_ℓm about equatorial axes, m by m, if asked for. Shape (1, (lmax + 1)(lmax + 2)/2).
    """

    power: Array
    mean: float
    zonal: Array | None
    alm: Alm | None

    @classmethod
    def from_alm(cls, alm: Alm, lmax: int, keep_alm: bool) -> Multipoles:
        """Multipoles of a sky without an axis, of its a_ℓm about equatorial axes."""
        mean = float(alm[0].real / math.sqrt(4 * math.pi))
        return cls(cross_power(alm, alm, lmax), mean, None, alm[None] if keep_alm else None)


def truncated(alm: Alm, highest: int, lmax: int) -> Alm:
    """a_ℓm up to lmax, m by m, of those (m ≥ 0, m by m) up to `highest`."""
    return alm[_kept(highest, lmax)]


@lru_cache(maxsize=64)
def _kept(highest: int, lmax: int) -> NDArray[np.int64]:
    """Indices of the a_ℓm up to lmax among those up to `highest`."""
    return index_of(*ells_and_ms(lmax), highest)


def cross_power(first: Alm, second: Alm, lmax: int) -> Array:
    """C_ℓ, ℓ = 0…lmax, of two skies whose a_ℓm (m ≥ 0, m by m) reach lmax."""
    product = first.real * second.real + first.imag * second.imag
    ell, _ = ells_and_ms(lmax)
    weight = np.full(len(ell), 2.0)
    weight[: lmax + 1] = 1.0
    total = np.bincount(ell, weights=weight * product)
    return np.asarray(total / (2 * np.arange(lmax + 1) + 1))


def particle_alm(values: Array, angles: Array, lmax: int) -> Alm:
    """Σ_i I_i Y*_ℓm(n_i) over particles: no pixels, hence no pixel window and no aliasing.

    Parameters
    ----------
    values : (N,)
        I_i.
    angles : (N, 2)
        Colatitude and longitude of n_i [rad].
    lmax
        Highest multipole.
    """
    if len(values) == 0:
        return np.zeros(alm_size(lmax), dtype=np.complex128)
    # One thread: the order of its sums, and so the last bits, would depend on the number of threads.
    alm: Alm = ducc0.sht.adjoint_synthesis_general(
        map=values[None],
        spin=0,
        lmax=lmax + GUARD,
        loc=angles,
        epsilon=ACCURACY,
        nthreads=1,
    )[0]
    return truncated(alm, lmax + GUARD, lmax)


def quadratic_alm(matrix: Array, lmax: int) -> Alm:
    """a_ℓm of n·M n, a monopole and a quadrupole, for M of shape (3, 3); the quadrupole only for lmax ≥ 2."""
    alm = np.zeros(alm_size(lmax), dtype=np.complex128)
    symmetric = 0.5 * (matrix + matrix.T)
    trace = symmetric[0, 0] + symmetric[1, 1] + symmetric[2, 2]
    alm[0] = math.sqrt(4 * math.pi) / 3 * trace
    if lmax >= 2:
        xx, yy, zz = (symmetric[i, i] for i in range(3))
        alm[index_of(2, 0, lmax)] = math.sqrt(4 * math.pi / 45) * (2 * zz - xx - yy)
        factor = math.sqrt(8 * math.pi / 15)
        alm[index_of(2, 1, lmax)] = -factor * (symmetric[0, 2] - 1j * symmetric[1, 2])
        alm[index_of(2, 2, lmax)] = factor * (0.5 * (xx - yy) - 1j * symmetric[0, 1])
    return alm


def dipole_alm(vector: Array, lmax: int) -> Alm:
    """a_ℓm of the dipole n·d, for d of shape (3,)."""
    alm = np.zeros(alm_size(lmax), dtype=np.complex128)
    alm[index_of(1, 0, lmax)] = math.sqrt(4 * math.pi / 3) * vector[2]
    alm[index_of(1, 1, lmax)] = -math.sqrt(2 * math.pi / 3) * (vector[0] - 1j * vector[1])
    return alm
