"""The mean square of a sky against pitch angle, averaged over azimuth about b and over bins (ZL25 Eqs. 16, 17).

The pitch angle ϑ is that of the momentum p, as in ZL25: μ = cos ϑ = b·p/p = −n·b for particles that arrive from n. What
arrives from n = +b has ϑ = 180°. With the pole of the harmonics along the magnetic field b, the ring of pitch angle ϑ
of the sky restricted to ℓ_min ≤ ℓ ≤ ℓ_max lies at colatitude π − ϑ. There

    I(μ, φ) = Σ_m F_m(μ) e^(imφ),  F_m = Σ_ℓ a_ℓm λ_ℓm(−μ),  ⟨I²⟩_φ = |F_0|² + 2 Σ_(m>0) |F_m|²,

where Y_ℓm(θ, φ) = λ_ℓm(cos θ) e^(imφ). λ_ℓm(−μ) = (−1)^(ℓ+m) λ_ℓm(μ) makes the factor (−1)^(ℓ+ℓ') of Eq. 17.
⟨I²⟩_φ is a polynomial in μ of degree 2 ℓ_max, so that its values at 2 ℓ_max + 1 nodes of Gauss and Legendre give its
mean over any bin exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.alm_index import ells_and_ms

__all__ = [
    "PitchAngleBins",
    "from_multipole",
    "pitch_angle_profile",
    "zonal_profile",
]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class PitchAngleBins:
    """Bins of equal width in μ = −n·b, hence of equal solid angle, and what averaging over them takes.

    Parameters
    ----------
    lmax
        Highest multipole of the skies.
    edges
        Edges of the bins in μ, from −1 (arrival from n = +b) to 1 (from n = −b), shape (bins + 1,).
    theta
        Angles of the nodes' arrival directions to b, so that μ = −cos θ, shape (2 lmax + 1,).
    weights
        From a polynomial's values at the nodes to its means over the bins, shape (bins, 2 lmax + 1).
    legendre
        Y_ℓ0 at the nodes, shape (2 lmax + 1, lmax + 1).
    """

    lmax: int
    edges: Array
    theta: Array
    weights: Array
    legendre: Array

    @classmethod
    def from_lmax(cls, lmax: int, bins: int = 20) -> Self:
        """Bins for skies up to lmax.

        Raises
        ------
        ValueError
            If lmax is negative or there is no bin.
        """
        if lmax < 0 or bins < 1:
            raise ValueError(f"lmax = {lmax}, bins = {bins}: need lmax >= 0 and bins >= 1")
        count = 2 * lmax + 1
        theta = np.asarray(ducc0.misc.GL_thetas(count), dtype=np.float64)
        quadrature = np.asarray(ducc0.misc.GL_weights(count, 1), dtype=np.float64) / (2 * math.pi)
        at_nodes = np.polynomial.legendre.legvander(-np.cos(theta), 2 * lmax)
        edges = np.linspace(-1.0, 1.0, bins + 1)
        at_edges = np.polynomial.legendre.legvander(edges, 2 * lmax + 1)
        # (2L+1) ∫ P_L dμ = P_(L+1) − P_(L−1), with P_(−1) set to 1: its difference is zero.
        primitive = at_edges[:, 1:].copy()
        primitive[:, 1:] -= at_edges[:, : 2 * lmax]
        projection = np.diff(primitive, axis=0) * (bins / 4)
        weights = np.einsum("bl,il->bi", projection, at_nodes) * quadrature
        norm = np.sqrt((2 * np.arange(lmax + 1) + 1) / (4 * math.pi))
        legendre = np.polynomial.legendre.legvander(np.cos(theta), lmax) * norm
        return cls(lmax, edges, theta, weights, np.asarray(legendre, dtype=np.float64))

    def average(self, values: Array) -> Array:
        """Means over the bins (…, bins) of values at the nodes (…, 2 lmax + 1)."""
        # Not by BLAS, whose last bit depends on what else is running.
        return np.asarray(np.einsum("...i,bi->...b", values, self.weights))


def pitch_angle_profile(
    alm: Alm, bins: PitchAngleBins, lmin: int = 2, other: Alm | None = None
) -> Array:
    """Mean square of one sky in bins of pitch angle.

    Parameters
    ----------
    alm
        a_ℓm, m ≥ 0, m by m up to `bins.lmax`, in the frame whose pole is b (`frames.to_field_frame`).
    bins
        The bins.
    lmin
        Lowest multipole that counts.
    other
        A second a_ℓm of the same sky with independent noise: the product of both, in which noise
        averages to zero, takes the place of the square.

    Returns
    -------
    ndarray
        ⟨I²⟩ over azimuth and bin, in the order of μ = −n·b, shape (bins,). Its mean is Σ_(ℓ ≥ ℓ_min) (2ℓ+1) C_ℓ/4π.
    """
    first = _rings(alm, bins, lmin)
    second = first if other is None else _rings(other, bins, lmin)
    product = first.real * second.real + first.imag * second.imag
    return bins.average(2 * product.sum(axis=1) - product[:, 0])


def _rings(alm: Alm, bins: PitchAngleBins, lmin: int) -> Alm:
    """F_m at the nodes for multipoles from lmin on, shape (2 lmax + 1, lmax + 1)."""
    kept = from_multipole(alm, bins.lmax, lmin)
    leg: Alm = ducc0.sht.alm2leg(
        alm=kept[None], spin=0, lmax=bins.lmax, theta=bins.theta, nthreads=1
    )[0]
    return leg


def from_multipole(alm: Alm, lmax: int, lmin: int) -> Alm:
    """Copy of a_ℓm, m ≥ 0, m by m up to lmax, with zeros at ℓ < lmin."""
    kept = np.array(alm, dtype=np.complex128)
    kept[ells_and_ms(lmax)[0] < lmin] = 0.0
    return kept


def zonal_profile(
    zonal: Array, bins: PitchAngleBins, lmin: int = 2, other: Array | None = None
) -> Array:
    """Mean squares of skies that depend on pitch angle alone.

    Parameters
    ----------
    zonal
        a_ℓ0 in the frame whose pole is b, shape (…, lmax + 1).
    bins, lmin, other
        As in `pitch_angle_profile`.

    Returns
    -------
    ndarray
        In the order of μ = −n·b, shape (…, bins).
    """
    legendre = bins.legendre[:, lmin:]
    first = np.einsum("...l,il->...i", zonal[..., lmin:], legendre)
    second = first
    if other is not None:
        second = np.einsum("...l,il->...i", other[..., lmin:], legendre)
    return bins.average(first * second)
