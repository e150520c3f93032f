"""Covariance of a_ℓm about the magnetic field for isotropic transport and turbulence that knows the field.

About k̂ a wave drives m = 0 (along k) and m = ±1 (across k) with the transfer functions T_ℓ and t_ℓ of `transfer`. About
the field, with y = k̂·b = cos θ,

    a_ℓm ∝ T_ℓ Y_ℓm(θ), t_ℓ ∂Y_ℓm/∂θ, t_ℓ m Y_ℓm/sin θ

for the polarisations along k, across k in the plane of k and b, and along k × b. Averaged over phase and azimuth,

    ⟨a_ℓm a*_ℓ'm⟩ = (4π)² i^(ℓ−ℓ') ∫ w dk Σ (part of p) X_ℓ X_ℓ' ∫₀¹ g dy Z_ℓm Z_ℓ'm for even ℓ + ℓ', zero for odd.

Σ_m Z_ℓm² does not depend on y: A_ℓ is that of isotropic turbulence of the same w(k) and β(k).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.validation.theory.gauss_legendre import panel_rule
from eddysky.validation.theory.legendre import from_sectoral, meridian_harmonics
from eddysky.validation.theory.quadrature import band_transfers
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.wave_groups import WaveGroup, wave_groups

__all__ = ["axisymmetric_covariance"]

Array = NDArray[np.float64]

# Polynomials in ln k that interpolate the integrals over y of Goldreich–Sridhar turbulence.
_POLYNOMIALS = 24
# Panels of 16 nodes in y and in ln(1 − y).
_PANELS = 24


def axisymmetric_covariance(
    parts: tuple[TurbulentPart, ...], mean_free_path: float, lmax: int, model: ScatteringModel
) -> Array:
    """⟨a_ℓm a*_ℓ'm⟩ about the magnetic field; times (D/v)² for δf/f.

    Parameters
    ----------
    parts
        Components of the turbulence.
    mean_free_path
        λ [pc].
    lmax
        Largest multipole.
    model
        Free-path law, scatterings, frame and collision operator.

    Returns
    -------
    ndarray
        For m = 0…lmax and the same for −m, shape (lmax + 1, lmax + 1, lmax + 1) with the axes m, ℓ, ℓ' [km² s⁻²], real;
        symmetric in ℓ and ℓ'. Accurate to 1e-8 of the product of the standard deviations of a_ℓm and a_ℓ'm.
    """
    total = np.zeros((lmax + 1, lmax + 1, lmax + 1))
    for group in wave_groups(parts, mean_free_path):
        _add_group(total, group, model)
    ell = np.arange(lmax + 1)
    signs = np.where(ell // 2 % 2 == 0, 1.0, -1.0)
    even = (ell[:, np.newaxis] + ell) % 2 == 0
    return np.asarray((4 * np.pi) ** 2 * total * even * np.outer(signs, signs))


def _add_group(total: Array, group: WaveGroup, model: ScatteringModel) -> None:
    """Add the waves of one distribution of directions."""
    lmax = len(total) - 1
    edges = group.edges
    low, high = math.log(edges[0]), math.log(edges[-1])
    # Nodes in ln k at which the integrals over y are known; one where they do not depend on k.
    count = _POLYNOMIALS if group.parts[0].anisotropy == "goldreich-sridhar" else 1
    nodes, weights = np.polynomial.legendre.leggauss(count)
    places = np.exp(low + 0.5 * (high - low) * (1 + nodes))
    at_nodes = np.polynomial.legendre.legvander(nodes, count - 1) * (np.arange(count) + 0.5)

    def densities(x: Array) -> Array:
        """Variance of each polarisation times Lagrange's polynomials in ln k, shape (3 · count, n)."""
        scaled = 2 * (np.log(x) - low) / (high - low) - 1
        polynomials = np.polynomial.legendre.legvander(scaled, count - 1)
        cardinal = (polynomials @ at_nodes.T).T * weights[:, np.newaxis]
        product = group.densities(x)[:, np.newaxis] * cardinal
        return np.asarray(product.reshape(-1, len(x)))

    products = np.zeros((3, count, lmax + 1, lmax + 1))
    for functions, weight in band_transfers(densities, edges, lmax, model):
        weight = weight.reshape(3, count, -1)
        for which in range(3):
            rows = functions.longitudinal if which == 0 else functions.transverse
            for node in range(count):
                products[which, node] += (rows * weight[which, node]) @ rows.T
    for node, place in enumerate(places):
        y, weight = _directions(group, float(place))
        for m, shapes in enumerate(_harmonics(y, lmax)):
            for which, rows in enumerate(shapes):
                average = (rows * weight) @ rows.T
                total[m, m:, m:] += products[which, node, m:, m:] * average


def _directions(group: WaveGroup, x: float) -> tuple[Array, Array]:
    """Nodes y and weights that include g, at one x = kλ, shape (n,) each."""
    if group.cosine is not None:
        return np.array([group.cosine]), np.ones(1)
    # Waves are spread over y ~ (k_min/k)^(1/3); isotropic ones evenly.
    start = 0.1 * (group.edges[0] / x) ** (1 / 3)
    y, weight = panel_rule(np.append(0.0, np.geomspace(start, 0.5, _PANELS)))
    fall, fall_weight = panel_rule(np.linspace(0.0, 36.0, 2 * _PANELS))
    missing = 0.5 * np.exp(-fall)
    y = np.concatenate([y, 1 - missing])
    weight = np.concatenate([weight, missing * fall_weight]) * group.cosine_density(x, y)
    return y, weight / np.sum(weight)


def _harmonics(y: Array, lmax: int) -> list[tuple[Array, Array, Array]]:
    """Y_ℓm, ∂Y_ℓm/∂θ and m Y_ℓm/sin θ at cos θ = y for ℓ = m…lmax, by m; each (ℓ, n)."""
    tables = []
    # Y_mm/sin θ for m > 0.
    sine, divided = np.sqrt((1 - y) * (1 + y)), np.zeros_like(y)
    for m, rows in enumerate(meridian_harmonics(y, lmax, lmax)):
        tables.append((rows, np.empty_like(rows), m * from_sectoral(divided, y, m, lmax)))
        grow = math.sqrt((2 * m + 3) / (2 * m + 2))
        divided = grow * (divided * sine if m > 0 else rows[0])
    # 2 ∂Y_ℓm/∂θ = √((ℓ+m)(ℓ−m+1)) Y_ℓ(m−1) − √((ℓ−m)(ℓ+m+1)) Y_ℓ(m+1), Y_ℓ(−1) = −Y_ℓ1, without the signs (−1)^m.
    for m, (_, slopes, _) in enumerate(tables):
        for ell in range(m, lmax + 1):
            down = math.sqrt((ell + m) * (ell - m + 1))
            up = math.sqrt((ell - m) * (ell + m + 1))
            above = tables[m + 1][0][ell - m - 1] if ell > m else 0.0
            below = tables[m - 1][0][ell - m + 1] if m > 0 else -above
            slopes[ell - m] = 0.5 * (down * below - up * above)
    return tables
